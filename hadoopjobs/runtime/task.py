"""What a task is asked, what it gives, and the state that its parts share."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hadoopjobs.core.context import Counters, TaskContext
from hadoopjobs.core.metrics import TaskMetrics
from hadoopjobs.formats.base import Split
from hadoopjobs.physical.records import Cursor
from hadoopjobs.physical.stage import Stage
from hadoopjobs.runtime.key_ranges import EVERYTHING, KeyRange
from hadoopjobs.runtime.memory import resident_bytes
from hadoopjobs.runtime.run_file import OutputPlace, RunFileWriter, Segment

Report = Callable[[float, str], None]
"""Called now and then with the share of the task that is done (0 to 1) and its status."""


@dataclass(frozen=True)
class TaskSpec:
    """What a runner asks of a worker.

    A map task has `splits`, which it reads one after the other, or the segments of an earlier
    stage's part, or neither, if all inputs are empty; a reduce task the segments of its partition,
    of which it takes the keys in `key_range`, or a file of `lines` that Hadoop has sorted. `final`
    is where a sink that writes files writes its own. `on_hadoop` says that the environment is a
    container's, with Hadoop's own variables, and `is_spooled` that the split is of a copy of what
    Hadoop has read.
    """

    stage: int
    side: str
    index: int
    attempt: int
    input_index: int
    splits: tuple[Split, ...]
    segments: tuple[Segment, ...]
    place: OutputPlace
    final: str | None
    budget_bytes: int
    skip_bad_records: int = 0
    settings: tuple[tuple[str, str], ...] = ()
    working_folder: str | None = None
    key_range: KeyRange = EVERYTHING
    on_hadoop: bool = False
    lines: str | None = None
    is_spooled: bool = False


@dataclass
class TaskResult:
    """What is left of a successful attempt: segments by partition, numbers, counters."""

    metrics: TaskMetrics
    outputs: list[list[Segment]] = field(default_factory=list)
    counters: Counters = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)


class Task:
    """State that the parts of one attempt share."""

    def __init__(self, stage: Stage, spec: TaskSpec, report: Report) -> None:
        self.stage = stage
        self.spec = spec
        self.cursor = Cursor()
        self.context = TaskContext(dict(spec.settings), on_status=lambda text: report(-1.0, text))
        self.metrics = TaskMetrics(spec.stage, spec.side, spec.index, spec.attempt)
        self.writer = RunFileWriter(spec.place)
        self.outputs: list[list[Segment]] = []
        self.skipped: list[str] = []
        self.label = ""
        self._report = report
        self._reported = time.monotonic()
        self._collect_at = resident_bytes() + spec.budget_bytes // 4

    def done(self, share: float) -> None:
        """Say how far the task is, at most five times a second; clear cycles of user code.

        The garbage collector is off in tasks (it would look at all buffered records again and
        again), so it is called here when memory has grown.
        """
        now = time.monotonic()
        if now - self._reported < 0.2:
            return
        self._reported = now
        self._report(share, "")
        if resident_bytes() > self._collect_at:
            gc.collect()
            self._collect_at = resident_bytes() + self.spec.budget_bytes // 4

    @contextmanager
    def within(self, label: str) -> Iterator[Cursor]:
        """While user code `label` runs, and not the task's own: what it raises is told as its."""
        before = self.label, self.cursor
        self.label, self.cursor = label, Cursor()
        yield self.cursor
        self.label, self.cursor = before  # not after a failure, which is told with what is set

    def counted(self, batches: Iterable[Any]) -> Iterator[Any]:
        """`batches`, with their records counted as input."""
        for batch in batches:
            self.metrics.records_in += len(batch)
            yield batch
