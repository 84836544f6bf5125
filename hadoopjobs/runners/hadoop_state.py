"""All of a run on Hadoop that another process needs to go on with it."""

from __future__ import annotations

import pickle
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
from hadoopjobs.storage import filesystem_for
from hadoopjobs.yarn import CacheFile, SubmittedJob

_LEFT = "left-"


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
    that goes on. The files are pickled, as the plans are that tasks get from the same folder."""

    def __init__(self, root: str) -> None:
        """`root` is the folder of this user's runs, which nobody else can read."""
        self._root = root

    def save(self, state: RunState) -> None:
        assert state.pending is not None
        uri = self._uri(state.pending.application_id)
        fs = filesystem_for(uri)
        fs.delete(uri)
        with fs.open_write(uri) as file:
            file.write(pickle.dumps(state, protocol=5))
        fs.set_permission(uri, 0o600)

    def load(self, application_id: str) -> RunState | None:
        """None if no run of this user was left with that application."""
        uri = self._uri(application_id)
        try:
            with filesystem_for(uri).open_read(uri) as file:
                state = pickle.loads(file.read())
        except FileMissing:
            return None
        except (pickle.UnpicklingError, AttributeError, ImportError, EOFError) as error:
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
