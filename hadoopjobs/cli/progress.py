"""Tell how a run goes: a bar on a terminal, `map 40% reduce 0%` lines elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Any

from hadoopjobs.core.context import Counters
from hadoopjobs.core.listener import Listener
from hadoopjobs.core.metrics import RunResult
from hadoopjobs.core.sizes import format_size

_LINE_SECONDS = 1.0


class LineListener(Listener):
    """Lines on standard error, as Hadoop prints them."""

    def __init__(self) -> None:
        self._last = ""
        self._last_time = 0.0
        self._status_time = 0.0

    def stage_started(self, name: str, maps: int, reduces: int) -> None:
        _say(f"{name}: {maps} map tasks, {reduces} reduce tasks")
        self._last_time = time.monotonic()

    def progressed(self, map_share: float, reduce_share: float) -> None:
        line = f" map {map_share:.0%} reduce {reduce_share:.0%}"
        now = time.monotonic()
        if line != self._last and now - self._last_time >= _LINE_SECONDS:
            self._last, self._last_time = line, now
            _say(line)

    def stage_finished(self, name: str, reduces: int) -> None:
        done = " map 100% reduce 100%" if reduces else " map 100%"
        _say(done)

    def said(self, text: str) -> None:
        if text.startswith("status: "):
            now = time.monotonic()
            if now - self._status_time < _LINE_SECONDS:
                return
            self._status_time = now
        _say(text)


class BarListener(Listener):
    """A bar for each side of the stage at hand."""

    def __init__(self) -> None:
        self._progress: Any = None
        self._bars: list[Any] = []

    def stage_started(self, name: str, maps: int, reduces: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:3.0f}%"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            auto_refresh=False,
        )
        _say(f"{name}: {maps} map tasks, {reduces} reduce tasks")
        self._bars = [self._progress.add_task("map", total=1.0)]
        if reduces:
            self._bars.append(self._progress.add_task("reduce", total=1.0))
        self._progress.start()

    def progressed(self, map_share: float, reduce_share: float) -> None:
        if self._progress is not None:
            for bar, share in zip(self._bars, (map_share, reduce_share), strict=False):
                self._progress.update(bar, completed=share)
            self._progress.refresh()

    def stage_finished(self, name: str, reduces: int) -> None:
        self.close()

    def close(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def said(self, text: str) -> None:
        if self._progress is not None:
            self._progress.console.print(text, markup=False, highlight=False)
        else:
            _say(text)


def listener_for(quiet: bool) -> Listener:
    """The listener that suits the standard error of this process."""
    if quiet:
        return _Warnings()
    return BarListener() if sys.stderr.isatty() else LineListener()


class _Warnings(Listener):
    def said(self, text: str) -> None:
        if not text.startswith("status:"):
            _say(text)


def say_summary(result: RunResult) -> None:
    """The end of a run on standard error: counters, then one line of numbers."""
    for line in counter_lines(result.counters):
        _say(line)
    where = f", output in {result.output}" if result.output else ""
    _say(
        f"{result.job} on {result.runner}: {result.wall_seconds:.2f} s, "
        f"{format_size(result.total('bytes_read', 'map'))} read, "
        f"{format_size(result.total('bytes_shuffled'))} shuffled, "
        f"{format_size(result.total('bytes_written'))} written to disk between tasks, "
        f"{format_size(result.total('bytes_spilled'))} spilled{where}"
    )


def counter_lines(counters: Counters) -> list[str]:
    """Counters as Hadoop's client prints them."""
    lines = []
    for group in sorted(counters):
        lines.append(f"Counters: {group}")
        lines += [f"    {name}={counters[group][name]}" for name in sorted(counters[group])]
    return lines


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
