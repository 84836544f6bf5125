"""`scripts/bench iterate`: PageRank through disk and in memory. It has no target."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import median

from inputs import HADOOPJOBS, PROJECT, Workspace, power_law_edges
from report import TIME_HEADINGS, Report, Table, time_cells, wall
from rounds import Plan, Program, SameResults, alternate

RUNNERS = ("local", "memory")
TOTALS = ("bytes_shuffled", "bytes_written", "bytes_spilled")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--edges", type=int, default=1_000_000)
    parser.add_argument("--iterations", type=int, default=10)


def run(options: argparse.Namespace, space: Workspace, report: Report) -> None:
    report.title = (
        f"PageRank, {options.iterations} iterations, {options.edges:,} edges, {options.runs} runs"
    )
    wanted = power_law_edges(options.edges)
    edges = str(space.make([wanted], 20 * wanted.size)[0])
    metrics = {runner: space.outputs / f"{runner}.json" for runner in RUNNERS}
    job = [str(PROJECT / "jobs/pagerank.py"), "--iterations", str(options.iterations), edges]
    programs = [
        Program(runner, [HADOOPJOBS, "run", "-q", "-r", runner, "--metrics", str(path), *job])
        for runner, path in metrics.items()
    ]
    results = alternate(programs, Plan(space, options.runs, check=SameResults()))
    report.runs |= results
    base = wall(results["local"])
    rows = [
        [name, *time_cells(runs), f"{wall(runs) / base:.3f}", *_moved(metrics[name])]
        for name, runs in results.items()
    ]
    headings = ["runner", *TIME_HEADINGS, "ratio", "MB shuffled", "MB to disk", "MB spilled"]
    report.tables += [Table(headings, rows), _iterations(metrics)]


def _moved(path: Path) -> list[str]:
    """Megabytes of the last run: they are the same in each."""
    totals = json.loads(path.read_text())["totals"]
    return [f"{totals[name] / 1e6:.1f}" for name in TOTALS]


def _iterations(metrics: dict[str, Path]) -> Table:
    rows = []
    for runner, path in metrics.items():
        stages = json.loads(path.read_text())["stages"]
        times = [stage["wall_seconds"] for stage in stages]
        rows.append([runner, str(len(times)), f"{median(times):.2f}", f"{sum(times):.2f}"])
    return Table(["runner, last run", "stages", "s a stage", "s in all"], rows)
