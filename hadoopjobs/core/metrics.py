"""What a run reports: times, bytes, records, counters; per task, per stage and in all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from hadoopjobs.core.context import Counters, add_counters


@dataclass
class TaskMetrics:
    """One successful attempt of one task. Times in seconds; `started` since 1970.

    bytes_read       of input files or shuffle segments, as they lie there (compressed)
    bytes_shuffled   handed to the reduce side, as they cross (compressed)
    bytes_written    to disk, between stages: shuffle runs and intermediate parts
    bytes_spilled    part of `bytes_written` that only a lack of memory caused
    bytes_output     of final output
    peak_memory      resident bytes of the worker at its highest, shared pages included
    """

    stage: int
    side: str
    index: int
    attempt: int = 0
    worker: int = 0
    started: float = 0.0
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    records_in: int = 0
    records_out: int = 0
    bytes_read: int = 0
    bytes_shuffled: int = 0
    bytes_written: int = 0
    bytes_spilled: int = 0
    bytes_output: int = 0
    peak_memory: int = 0
    skipped: int = 0


_SUMMED = (
    "bytes_read",
    "bytes_shuffled",
    "bytes_written",
    "bytes_spilled",
    "bytes_output",
)


@dataclass
class StageMetrics:
    """One stage: its tasks, its counters, its wall time."""

    number: int
    name: str
    wall_seconds: float = 0.0
    tasks: list[TaskMetrics] = field(default_factory=list)
    counters: Counters = field(default_factory=dict)
    failed_attempts: int = 0
    resumed: bool = False

    def total(self, name: str, side: str | None = None) -> int:
        return sum(getattr(t, name) for t in self.tasks if side is None or t.side == side)


@dataclass
class RunResult:
    """All that is known of a run when it is over.

    `output` is the folder that was written, or None when records went to `stdout`. A run that is
    not over yet has the `application` of YARN that goes on alone.
    """

    job: str
    runner: str
    output: str | None = None
    wall_seconds: float = 0.0
    stages: list[StageMetrics] = field(default_factory=list)
    peak_memory: int = 0
    application: str | None = None

    @property
    def cpu_seconds(self) -> float:
        return sum(task.cpu_seconds for stage in self.stages for task in stage.tasks)

    def total(self, name: str, side: str | None = None) -> int:
        """Sum over all tasks of a field of `TaskMetrics`."""
        return sum(stage.total(name, side) for stage in self.stages)

    @property
    def counters(self) -> Counters:
        """User counters, summed over all stages."""
        total: Counters = {}
        for stage in self.stages:
            add_counters(total, stage.counters)
        return total

    def to_json(self) -> dict[str, Any]:
        """The document that `--metrics FILE` writes; schema in docs/metrics.md."""
        return {
            "version": 1,
            "job": self.job,
            "runner": self.runner,
            "output": self.output,
            "wall_seconds": self.wall_seconds,
            "cpu_seconds": self.cpu_seconds,
            "peak_memory": self.peak_memory,
            "totals": {name: self.total(name) for name in _SUMMED},
            "counters": self.counters,
            "stages": [asdict(stage) for stage in self.stages],
        }


def median(values: Sequence[float]) -> float:
    """The middle one, or the mean of the two in the middle; 0.0 of nothing."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
