"""One process, one task after the other: for debuggers and small tests."""

from __future__ import annotations

from typing import ClassVar

from hadoopjobs.core.job_files import load_job_file
from hadoopjobs.runners.base import Run, RunOptions
from hadoopjobs.runners.machine import MachineRunner
from hadoopjobs.runners.pool import InlinePool, Pool
from hadoopjobs.runners.store import BlockStore, MemoryStore
from hadoopjobs.runtime.staging import Staging


class InlineRunner(MachineRunner):
    """Runs tasks in the driver itself."""

    name: ClassVar[str] = "inline"

    def _store(self, folder: str, options: RunOptions) -> BlockStore:
        return MemoryStore(folder, options.memory_bytes // 2, 1)

    def _task_budget(self, options: RunOptions) -> int:
        return options.memory_bytes // 4

    def _pool(self, run: Run, temporary: str, stagings: tuple[Staging, ...]) -> Pool:
        for job_file in run.options.job_files:
            load_job_file(job_file)
        return InlinePool(run.plan, dict(run.options.environment))
