"""Disk-based MapReduce on one machine: everything between tasks lies on disk."""

from __future__ import annotations

from typing import ClassVar

from hadoopjobs.runners.base import RunOptions
from hadoopjobs.runners.machine import MachineRunner
from hadoopjobs.runners.store import BlockStore, DiskStore


class LocalRunner(MachineRunner):
    """Worker processes; sorted runs and intermediate parts are files in the temporary folder."""

    name: ClassVar[str] = "local"

    def _store(self, folder: str, options: RunOptions) -> BlockStore:
        return DiskStore(folder)

    def _task_budget(self, options: RunOptions) -> int:
        return options.memory_bytes // 2 // options.workers
