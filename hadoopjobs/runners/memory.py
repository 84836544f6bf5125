"""The in-memory pipeline: the same tasks, their blocks in memory while the budget lasts."""

from __future__ import annotations

from typing import ClassVar

from hadoopjobs.runners.base import RunOptions
from hadoopjobs.runners.machine import MachineRunner
from hadoopjobs.runners.store import BlockStore, MemoryStore


class MemoryRunner(MachineRunner):
    """A quarter of the budget holds blocks between tasks, a third is for the tasks' buffers; what
    the tasks hold beside them, as while Parquet is read, is more than the buffers."""

    name: ClassVar[str] = "memory"

    def _store(self, folder: str, options: RunOptions) -> BlockStore:
        return MemoryStore(folder, options.memory_bytes // 4, options.workers)

    def _task_budget(self, options: RunOptions) -> int:
        return options.memory_bytes // 3 // options.workers
