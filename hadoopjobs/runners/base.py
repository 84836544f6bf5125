"""What every runner takes and gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO, ClassVar

from hadoopjobs.core.functions import JobFile
from hadoopjobs.core.listener import Listener
from hadoopjobs.core.metrics import RunResult
from hadoopjobs.physical.stage import PhysicalPlan


@dataclass(frozen=True)
class SideFile:
    """A file, folder or archive that tasks find in their working folder under `name`."""

    path: str
    name: str
    kind: str = "file"


@dataclass(frozen=True)
class RunOptions:
    """How to run, whatever is run. Sizes in bytes; `settings` is the job's JOBCONF.

    `node_packages`, `node_python` and `py_files` are what a cluster's nodes get: see
    `EnvironmentRequest`, where the first two are `env` and `python`.

    `detach` submits to a cluster and waits for nothing. `hadoop_bin` is the program that submits in
    place of this one.

    `resume` goes on after the last stage that an earlier, failed run of the same job finished.
    `resume_key` tells which run is the same; None: nothing is kept for a later run. `resume_job`
    tells which runs are of the same job, with other inputs or settings as it may be: what one of
    them kept is of no use once a later one is through.
    """

    workers: int
    memory_bytes: int
    temp_dir: str | None = None
    max_attempts: int = 4
    skip_bad_records: int = 0
    split_bytes: int | None = None
    overwrite: bool = False
    settings: tuple[tuple[str, str], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    side_files: tuple[SideFile, ...] = ()
    job_files: tuple[JobFile, ...] = ()
    node_packages: str | None = None
    node_python: str | None = None
    py_files: tuple[str, ...] = ()
    resume: bool = False
    detach: bool = False
    hadoop_bin: str | None = None
    resume_key: str | None = None
    resume_job: str | None = None


@dataclass
class Run:
    """One run to be done: what, how, and who is told.

    `collect` takes the batches of a last stage that keeps parts, in their order.
    """

    name: str
    plan: PhysicalPlan
    options: RunOptions
    stdout: BinaryIO
    listener: Listener = field(default_factory=Listener)
    collect: Callable[[Any], None] | None = None


class Runner(ABC):
    """Runs the stages of a plan in order."""

    name: ClassVar[str]

    @abstractmethod
    def run(self, run: Run) -> RunResult:
        """Run all; returns when the output is published whole, or raises and leaves none."""
