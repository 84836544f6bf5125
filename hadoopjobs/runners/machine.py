"""What the three runners of one machine share: workers, temporary folder, clean-up."""

from __future__ import annotations

import contextlib
import os
import pickle
import resource
import shutil
import sys
import tempfile
from abc import abstractmethod
from typing import Any

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import ConfigError, UsageError
from hadoopjobs.core.metrics import RunResult
from hadoopjobs.physical.stage import (
    ApplyMapperBatches,
    ColumnShuffle,
    DatasetSink,
    PartsSink,
    PhysicalPlan,
    ScanSource,
    Stage,
)
from hadoopjobs.runners.base import Run, Runner, RunOptions, SideFile
from hadoopjobs.runners.output import OutputFolder, output_folder
from hadoopjobs.runners.pool import Pool, WorkerPool
from hadoopjobs.runners.resume import Checkpoints
from hadoopjobs.runners.scheduler import Scheduler
from hadoopjobs.runners.store import BlockStore
from hadoopjobs.runtime.nursery import Setup
from hadoopjobs.runtime.run_file import raise_storage_error
from hadoopjobs.runtime.staging import Staging
from hadoopjobs.storage import resolve_inputs


class MachineRunner(Runner):
    """Runs on this machine; subclasses say where blocks live and how memory is shared."""

    @abstractmethod
    def _store(self, folder: str, options: RunOptions) -> BlockStore: ...

    @abstractmethod
    def _task_budget(self, options: RunOptions) -> int:
        """Bytes that one task may buffer."""

    def _pool(self, run: Run, temporary: str, stagings: tuple[Staging, ...]) -> Pool:
        return WorkerPool(run.options.workers, _setup(run, temporary, stagings))

    def run(self, run: Run) -> RunResult:
        _allow_many_files()
        temporary = _TemporaryFolder(run.options.temp_dir)
        options = run.options
        checkpoints = Checkpoints(options)
        outputs = _output_folders(run)
        store = self._store(temporary.path, run.options)
        pool: Pool | None = None
        try:
            working_folder = link_side_files(run.options.side_files, temporary)
            stagings = tuple(output.staging for output in outputs.values())
            pool = self._pool(run, temporary.path, stagings)
            scheduler = Scheduler(
                run,
                self.name,
                pool,
                store,
                checkpoints,
                outputs,
                self._task_budget(run.options),
                working_folder,
            )
            try:
                result = scheduler.execute()
            except Exception:
                checkpoints.keep(run.plan, run.listener)
                raise
            checkpoints.clear()
            return result
        finally:
            if pool is not None:
                pool.close()
            store.close()
            checkpoints.close()
            for output in outputs.values():
                output.abandon()
            temporary.remove()


class _TemporaryFolder:
    """A private folder that is made only when something is written to it."""

    def __init__(self, parent: str | None) -> None:
        root = os.path.abspath(parent or tempfile.gettempdir())
        self.path = os.path.join(root, f"hadoopjobs-{os.getpid()}-{os.urandom(4).hex()}")

    def make(self) -> str:
        try:
            os.makedirs(self.path, mode=0o700, exist_ok=True)
        except OSError as error:
            raise_storage_error(error, self.path)
        return self.path

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def _allow_many_files() -> None:
    """Let this process hold as many files as the system allows: each task output is one."""
    with contextlib.suppress(ValueError, OSError):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _output_folders(run: Run) -> dict[int, OutputFolder]:
    """The output folders of the stages that have one, by their numbers, the last stage first."""
    return {
        stage.number: output_folder(dataset, run.options.overwrite, lambda: input_uris(run.plan))
        for stage in reversed(run.plan.stages)
        if (dataset := _written_by(stage)) is not None
    }


def _written_by(stage: Stage) -> DatasetRef | None:
    if isinstance(stage.sink, DatasetSink):
        return stage.sink.dataset
    return stage.sink.copy if isinstance(stage.sink, PartsSink) else None


def input_uris(plan: PhysicalPlan) -> list[str]:
    """The files that a run reads."""
    sources = [given.source for stage in plan.stages for given in stage.inputs]
    scans = [source for source in sources if isinstance(source, ScanSource)]
    return [status.uri for scan in scans for status in resolve_inputs(scan.dataset.uris)]


def _setup(run: Run, temporary: str, stagings: tuple[Staging, ...]) -> Setup:
    return Setup(
        path=tuple(sys.path),
        job_files=run.options.job_files,
        imports=_imports(run.plan),
        plan=pickle.dumps(run.plan, protocol=5),
        temporary=temporary,
        stagings=stagings,
        environment=run.options.environment,
    )


def _imports(plan: PhysicalPlan) -> tuple[str, ...]:
    """Modules that workers will need, loaded once in the nursery."""
    for stage in plan.stages:
        operators: list[Any] = [op for given in stage.inputs for op in given.operators]
        layouts = [g.source.layout for g in stage.inputs if isinstance(g.source, ScanSource)]
        if (
            isinstance(stage.shuffle, ColumnShuffle)
            or any(isinstance(operator, ApplyMapperBatches) for operator in operators)
            or "columns" in layouts
        ):
            return ("pyarrow", "pyarrow.compute", "hadoopjobs.runtime.columns")
    return ()


def link_side_files(side_files: tuple[SideFile, ...], temporary: _TemporaryFolder) -> str | None:
    """A working folder that holds the side files under their names; None if there are none."""
    if not side_files:
        return None
    folder = os.path.join(temporary.make(), "work")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    for side_file in side_files:
        source = os.path.abspath(side_file.path)
        target = os.path.join(folder, side_file.name)
        if not os.path.exists(source):
            raise UsageError(f"side file {side_file.path} does not exist")
        if os.path.lexists(target):
            raise ConfigError(
                f"two side files are called {side_file.name!r}: name one as {side_file.path}#other"
            )
        if side_file.kind == "archive":
            from hadoopjobs.runners.archives import unpack_archive

            unpack_archive(source, target)
        else:
            os.symlink(source, target)
    return folder
