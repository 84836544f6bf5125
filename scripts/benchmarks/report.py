"""What a benchmark says in the end: tables and checks, as plain text and as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median

from measure import Measurement

PACKAGES = ("hadoopjobs", "mrjob", "duckdb", "pyarrow")


@dataclass(frozen=True)
class Check:
    """A target, and whether it was met."""

    what: str
    value: str
    target: str
    passed: bool


@dataclass
class Report:
    """The result of one benchmark. `runs` has the single measurements by the program's name."""

    name: str
    title: str
    machine: str
    tables: list[Table] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    runs: dict[str, list[Measurement]] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)

    def text(self) -> str:
        parts = [f"{self.title}\n{self.machine}"]
        parts += [table.text() for table in self.tables]
        if self.checks:
            rows = [
                [c.what, c.value, c.target, "pass" if c.passed else "FAIL"] for c in self.checks
            ]
            parts.append(Table(["check", "measured", "target", ""], rows).text())
        return "\n\n".join(parts) + "\n"

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"version": 1, **asdict(self)}, indent=2) + "\n")


@dataclass(frozen=True)
class Table:
    """Rows of text under headings; the first column to the left, the others to the right."""

    headings: list[str]
    rows: list[list[str]]

    def text(self) -> str:
        lines = [self.headings, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.headings))]
        rule = ["-" * width for width in widths]
        return "\n".join(_aligned(line, widths) for line in (lines[0], rule, *lines[1:]))


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    line = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
    return "  ".join(line).rstrip()


def wall(runs: Sequence[Measurement]) -> float:
    """The median of the wall seconds."""
    return median(run.wall_seconds for run in runs)


def cpu(runs: Sequence[Measurement]) -> float:
    """The median of the CPU seconds."""
    return median(run.cpu_seconds for run in runs)


def spread(values: Sequence[float]) -> str:
    """The smallest and the largest."""
    return f"{seconds(min(values))}-{seconds(max(values))}"


def seconds(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:.1f}"


def mebibytes(value: float) -> str:
    return f"{value / (1 << 20):.0f}"


TIME_HEADINGS = ["wall s", "spread", "CPU s", "spread"]


def time_cells(runs: Sequence[Measurement]) -> list[str]:
    """The cells under `TIME_HEADINGS`."""
    return [
        seconds(wall(runs)),
        spread([run.wall_seconds for run in runs]),
        seconds(cpu(runs)),
        spread([run.cpu_seconds for run in runs]),
    ]


def at_most(what: str, value: float, target: float, unit: str, digits: int = 2) -> Check:
    return Check(what, f"{value:.{digits}f} {unit}", f"at most {target:g} {unit}", value <= target)


def at_least(what: str, value: float, target: float, unit: str) -> Check:
    return Check(what, f"{value:.2f} {unit}", f"at least {target:g} {unit}", value >= target)


def machine_line() -> str:
    """Cores, memory, Python, packages, and how busy the machine was before."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{len(os.sched_getaffinity(0))} cores, {memory / (1 << 30):.1f} GiB, "
        f"{platform.machine()}, Linux {platform.release()}, Python {platform.python_version()}, "
        f"{packages}; load {os.getloadavg()[0]:.2f} at the start"
    )
