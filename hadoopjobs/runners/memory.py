"""The in-memory pipeline: the same tasks, their blocks in memory while the budget lasts."""

from __future__ import annotations

from typing import ClassVar

from hadoopjobs.runners.base import RunOptions
from hadoopjobs.runners.machine import MachineRunner
from hadoopjobs.runners.store import BlockStore, MemoryStore


class MemoryRunner(MachineRunner):
    """A third of the budget holds blocks between tasks, another is for the tasks' buffers."""

    name: ClassVar[str] = "memory"

    def _store(self, folder: str, options: RunOptions) -> BlockStore:
        return MemoryStore(folder, options.memory_bytes // 3, options.workers)

    def _task_budget(self, options: RunOptions) -> int:
        return options.memory_bytes // 3 // options.workers
