"""The same job on several runners: run in turn, results held against each other, numbers side
by side."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from hadoopjobs.core.metrics import RunResult, median
from hadoopjobs.core.sizes import format_size

Execute = Callable[[str, BinaryIO], RunResult]
"""Runs the job on the named runner and writes its output to the stream."""

_SPOOL_BYTES = 1 << 26


@dataclass
class Side:
    """One runner: its runs, and its output as sorted lines."""

    runner: str
    results: list[RunResult] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)

    def wall(self) -> float:
        return median([result.wall_seconds for result in self.results])

    def figure(self, name: str) -> float:
        return median([float(result.total(name)) for result in self.results])

    def cpu(self) -> float:
        return median([result.cpu_seconds for result in self.results])


@dataclass
class Comparison:
    """What came out. `difference` is None if all outputs are equal as multisets of lines."""

    job: str
    sides: list[Side]
    difference: str | None = None


def compare(job: str, runners: Sequence[str], runs: int, execute: Execute) -> Comparison:
    """Run the job `runs` times on each runner, in turn (A B A B)."""
    sides = [Side(runner) for runner in runners]
    for _ in range(runs):
        for side in sides:
            with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as output:
                side.results.append(execute(side.runner, output))  # type: ignore[arg-type]
                output.seek(0)
                side.lines = sorted(output.read().split(b"\n"))
            if side.lines and not side.lines[0]:
                side.lines.remove(b"")
    return Comparison(job, sides, _difference(sides))


def _difference(sides: Sequence[Side]) -> str | None:
    first = sides[0]
    for other in sides[1:]:
        if first.lines == other.lines:
            continue
        for mine, its in zip(first.lines, other.lines, strict=False):
            if mine != its:
                return (
                    f"first difference in sorted order:\n  {first.runner}: {_text(mine)}\n"
                    f"  {other.runner}: {_text(its)}"
                )
        return f"{first.runner} gave {len(first.lines)} rows, {other.runner} {len(other.lines)}"
    return None


def _text(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace")


def top_rows(lines: Sequence[bytes], count: int) -> list[tuple[str, Any]]:
    """The rows `key<TAB>number` with the largest numbers; empty if the rows are of another kind."""
    rows = []
    for line in lines:
        try:
            key, value = (json.loads(part) for part in line.split(b"\t"))
        except ValueError:
            return []
        if isinstance(value, bool) or not isinstance(value, int | float):
            return []
        rows.append((str(key), value))
    rows.sort(key=lambda row: (-row[1], row[0]))
    return rows[:count]


_FIGURES: tuple[tuple[str, Callable[[Side], str]], ...] = (
    ("time", lambda side: f"{side.wall():.2f} s"),
    ("CPU", lambda side: f"{side.cpu():.2f} s"),
    ("read", lambda side: format_size(side.figure("bytes_read"))),
    ("shuffled", lambda side: format_size(side.figure("bytes_shuffled"))),
    ("written to disk between tasks", lambda side: format_size(side.figure("bytes_written"))),
    ("spilled", lambda side: format_size(side.figure("bytes_spilled"))),
    ("peak memory of a task", lambda side: format_size(side.results[-1].peak_memory)),
    ("rows", lambda side: f"{len(side.lines)}"),
)


def render(comparison: Comparison, top: int = 10) -> str:
    """The comparison as text for a terminal."""
    sides = comparison.sides
    parts = []
    rows = top_rows(sides[0].lines, top)
    if rows:
        width = max(len(key) for key, _ in rows)
        parts.append("\n".join(f"  {key:<{width}}  {value}" for key, value in rows))
    table = [[comparison.job, *(side.runner for side in sides)]]
    table += [[name, *(figure(side) for side in sides)] for name, figure in _FIGURES]
    parts.append(_columns(table))
    if comparison.difference is None:
        names = " and ".join(side.runner for side in sides)
        parts.append(f"The results of {names} are equal.")
    else:
        parts.append(f"The results DIFFER; {comparison.difference}")
    return "\n\n".join(parts) + "\n"


def _columns(table: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    lines = []
    for row in table:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells))
    return "\n".join(lines)
