"""All of a run on Hadoop that another process needs to go on with it."""

from __future__ import annotations

import pickle
import sys
import time
from dataclasses import dataclass, field

from hadoopjobs.core.errors import FileMissing, HadoopJobsError
from hadoopjobs.core.metrics import RunResult
from hadoopjobs.physical.stage import PhysicalPlan, Stage
from hadoopjobs.runners.base import RunOptions
from hadoopjobs.runners.hadoop_inputs import LocalInputs
from hadoopjobs.runners.hadoop_job import StageJob
from hadoopjobs.runners.hadoop_output import ClusterOutput
from hadoopjobs.runners.hadoop_packages import Packages
from hadoopjobs.runners.hadoop_splits import Part
from hadoopjobs.runners.hadoop_storage import RunFolder
from hadoopjobs.runners.hadoop_text import TextJob
from hadoopjobs.runners.output_folder import OutputFolder
from hadoopjobs.runtime.hadoop_orders import digest
from hadoopjobs.storage import filesystem_for
from hadoopjobs.yarn import CacheFile, SubmittedJob

_LEFT = "left-"
_OTHERS_WRITE = 0o022
_PYTHON = f"Python {sys.version_info[0]}.{sys.version_info[1]}".encode()


@dataclass
class Pending:
    """The job of a stage, submitted, whose end nobody has seen yet."""

    stage: int
    job: StageJob | TextJob
    submitted: SubmittedJob
    is_uber: bool
    started: float  # seconds since 1970

    @property
    def application_id(self) -> str:
        return self.submitted.application_id


@dataclass
class RunState:
    """Where a run stands. `plan` is as the user gave it, `cluster_plan` over files that nodes can
    read; `last` is the last stage finished, and its parts."""

    plan: PhysicalPlan
    options: RunOptions
    folder: RunFolder
    inputs: LocalInputs
    output: ClusterOutput | OutputFolder | None
    result: RunResult
    cluster_plan: PhysicalPlan
    started: float = field(default_factory=time.time)
    packages: Packages = field(default_factory=lambda: Packages((), (), ()))
    side_files: tuple[CacheFile, ...] = ()
    cache: tuple[CacheFile, ...] = ()
    digest: str = ""
    parts: dict[int, list[Part]] = field(default_factory=dict)
    last: tuple[int, list[Part]] | None = None
    skipped: int = 0
    pending: Pending | None = None

    def is_last(self, stage: Stage) -> bool:
        return stage.number == len(self.plan.stages) - 1


class LeftRuns:
    """The runs that nobody watches, each in a file of the user's own named after the application
    that goes on. The files are pickled, as the plans are that tasks get from the same folder: one
    that somebody else could have written, or that is not as it was written, is not read."""

    def __init__(self, root: str) -> None:
        """`root` is the folder of this user's runs, which nobody else can read."""
        self._root = root

    def save(self, state: RunState) -> None:
        assert state.pending is not None
        uri = self._uri(state.pending.application_id)
        fs = filesystem_for(uri)
        fs.delete(uri)
        with fs.open_write(uri) as file:
            pickled = pickle.dumps(state, protocol=5)
            file.write(b"%s\n%s\n" % (_PYTHON, digest(pickled).encode()) + pickled)
        fs.set_permission(uri, 0o600)

    def load(self, application_id: str) -> RunState | None:
        """None if no run of this user was left with that application. Raises `HadoopJobsError` for
        a file that others may write, that was changed, or that is of another Python."""
        uri = self._uri(application_id)
        fs = filesystem_for(uri)
        try:
            permissions = [fs.status(each).permission or 0 for each in (uri, self._root)]
            with fs.open_read(uri) as file:
                written_by, told, pickled = file.read().split(b"\n", 2)
        except FileMissing:
            return None
        if any(permission & _OTHERS_WRITE for permission in permissions):
            raise HadoopJobsError(
                f"others may write {uri} or its folder: it is not read; remove it"
            )
        if told != digest(pickled).encode():
            raise HadoopJobsError(f"{uri} is not as it was written: it is not read; remove it")
        if written_by != _PYTHON:
            raise HadoopJobsError(
                f"{application_id} was left by {written_by.decode()}: attach with that, not with "
                f"{_PYTHON.decode()}, or remove {uri}"
            )
        try:
            state = pickle.loads(pickled)
        except (pickle.UnpicklingError, AttributeError, ImportError) as error:
            raise HadoopJobsError(
                f"{application_id} was left by another version of hadoopjobs ({error}): attach "
                f"with that one, or remove {uri}"
            ) from error
        assert isinstance(state, RunState)
        return state

    def forget(self, application_id: str) -> None:
        uri = self._uri(application_id)
        filesystem_for(uri).delete(uri)

    def _uri(self, application_id: str) -> str:
        return f"{self._root}/{_LEFT}{application_id}"
