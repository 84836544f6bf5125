"""What a task says on its way, in the language of Hadoop Streaming, and at its end.

Source: Hadoop Streaming, "How do I update counters / status in streaming applications?".
"""

from __future__ import annotations

import os
import socket
import sys
import time
import traceback
from dataclasses import asdict
from threading import Thread
from typing import Any

from hadoopjobs.core.context import Counters
from hadoopjobs.core.errors import HadoopJobsError, TaskError
from hadoopjobs.core.metrics import TaskMetrics
from hadoopjobs.runtime.task import TaskResult

GROUP = "hadoopjobs"
PROGRESS = "thousandths of map tasks done"
_PAUSE_SECONDS = 1.0
_ALIVE_SECONDS, _WORKS_SECONDS = 60.0, 0.02
_MOST_COUNTERS = 60  # Hadoop ends jobs with more than 120, its own included


class Reporter:
    """Writes to standard error what Hadoop reads there."""

    def __init__(self, counts_progress: bool) -> None:
        self._counts_progress = counts_progress
        self._shown = 0
        self._at = 0.0

    def __call__(self, share: float, status: str) -> None:
        """As `runtime.task.Report`. Each call also tells Hadoop that the task is alive."""
        now = time.monotonic()
        if status:
            say(f"reporter:status:{_one_line(status)}")
        elif now - self._at >= _PAUSE_SECONDS:
            self._at = now
            say(f"reporter:status:{max(0.0, share):.0%} done")
            self._progress(int(share * 1000))

    def _progress(self, done: int) -> None:
        if self._counts_progress and done > self._shown:
            say(f"reporter:counter:{GROUP},{PROGRESS},{done - self._shown}")
            self._shown = done

    def finished(self, result: TaskResult) -> None:
        """The user's counters, for Hadoop's pages; the exact ones are in the task's result."""
        self._progress(1000)
        named = [
            (group, name, amount)
            for group, counters in result.counters.items()
            for name, amount in counters.items()
        ]
        metrics = result.metrics
        named.append((GROUP, f"{metrics.side} cpu ms", int(metrics.cpu_seconds * 1000)))
        named.append((GROUP, f"{metrics.side} records in", metrics.records_in))
        named.append((GROUP, f"{metrics.side} records out", metrics.records_out))
        for group, name, amount in named[-_MOST_COUNTERS:]:
            say(f"reporter:counter:{_field(group)},{_field(name)},{amount}")


def keep_alive() -> None:
    """Tell Hadoop now and then that the task is alive, as long as it uses the processor.

    Between two batches nothing is reported, and a slow mapper may have one for very long; Hadoop
    ends a task that says nothing for ten minutes. One that waits for ever is still ended.
    """
    Thread(target=_alive, daemon=True).start()


def _alive() -> None:
    before = time.process_time()
    while True:
        time.sleep(_ALIVE_SECONDS)
        now = time.process_time()
        if now - before > _WORKS_SECONDS:
            say("reporter:status:working")
        before = now


def say(line: str) -> None:
    data = f"{line}\n".encode("utf-8", "replace")
    os.write(2, data)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _field(text: str) -> str:
    return _one_line(text).replace(",", ";") or "-"


def told_of(result: TaskResult) -> dict[str, Any]:
    """A result as plain data, without the segments, which lie on the node."""
    return {
        "metrics": asdict(result.metrics),
        "counters": result.counters,
        "skipped": result.skipped,
    }


def result_told(document: dict[str, Any]) -> TaskResult:
    counters: Counters = document["counters"]
    metrics = TaskMetrics(**document["metrics"])
    return TaskResult(metrics, [], counters, document["skipped"])


def failure_told(error: BaseException) -> dict[str, Any]:
    """Why an attempt failed, and where, as plain data."""
    told: dict[str, Any] = {
        "class": type(error).__name__ if isinstance(error, HadoopJobsError) else None,
        "message": str(error),
        "trace": "".join(traceback.format_exception(error)),
        "host": socket.gethostname(),
        "log": _log_address(),
    }
    if isinstance(error, TaskError):
        told["fields"] = dict(error.__dict__)
    return told


def _log_address() -> str | None:
    """The page of this container's logs; YARN sets these variables in every container."""
    found = [os.environ.get(name) for name in ("NM_HOST", "NM_HTTP_PORT", "CONTAINER_ID", "USER")]
    if None in found:
        return None
    host, port, container, user = found
    return f"http://{host}:{port}/node/containerlogs/{container}/{user}"


def say_failure(error: BaseException) -> None:
    """For whoever reads the container's log."""
    sys.stderr.write(f"{error}\n")
    sys.stderr.flush()
