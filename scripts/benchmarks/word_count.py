"""`scripts/bench word-count`: the same text counted by others and by us, whole processes timed."""

from __future__ import annotations

import argparse
from importlib.util import find_spec

from inputs import HADOOPJOBS, HERE, PROJECT, PYTHON, Workspace, zipf_text
from report import TIME_HEADINGS, Check, Report, Table, at_least, at_most, cpu, time_cells, wall
from rounds import Plan, Program, SameResults, alternate

PARTS = ("mrjob", "counter", "duckdb")
MRJOB_EXAMPLE = "mrjob.examples.mr_word_freq_count"
MEMORY_GAIN, LOCAL_GAIN, COUNTER_COST, DUCKDB_COST = 10.0, 8.0, 1.8, 1.5


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--megabytes", type=float, default=100)
    parser.add_argument("--part", action="append", choices=PARTS, help="only this one")


def run(options: argparse.Namespace, space: Workspace, report: Report) -> None:
    wanted = zipf_text(options.megabytes)
    text = str(space.make([wanted], 3 * wanted.size)[0])
    report.title = f"Word count, {options.megabytes:g} MB of Zipf text, {options.runs} runs"
    for part in options.part or PARTS:
        programs = _programs(part, text)
        plan = Plan(space, options.runs, check=SameResults())
        results = alternate(programs, plan)
        report.runs |= results
        peer = results[programs[0].name]
        rows = [
            [name, *time_cells(runs), _ratio(wall(runs), wall(peer)), _ratio(cpu(runs), cpu(peer))]
            for name, runs in results.items()
        ]
        report.tables.append(Table([part, *TIME_HEADINGS, "wall ratio", "CPU ratio"], rows))
        walls = [wall(runs) for runs in results.values()]
        report.checks += _checks(part, walls)


def _programs(part: str, text: str) -> list[Program]:
    """The other program, then ours."""
    if part == "mrjob":
        example = find_spec(MRJOB_EXAMPLE)
        assert example is not None
        assert example.origin is not None
        theirs = [PYTHON, "-m", MRJOB_EXAMPLE, "-r", "local", "--no-conf", text]
        return [
            Program("mrjob -r local", theirs),
            Program("same class on memory", _ours("memory", example.origin, text)),
            Program("same class on local", _ours("local", example.origin, text)),
            Program("its mapper, bare loop", [PYTHON, str(HERE / "bare_loop.py"), text]),
        ]
    if part == "counter":
        return [
            Program("Counter in 2 processes", [PYTHON, str(HERE / "counter_words.py"), text]),
            Program("Sum on memory", _ours("memory", str(HERE / "split_count.py"), text)),
        ]
    vectorised = str(PROJECT / "jobs" / "word_count_batches.py")
    return [
        Program("DuckDB SQL", [PYTHON, str(HERE / "duckdb_words.py"), text]),
        Program("batches on memory", _ours("memory", vectorised, text)),
    ]


def _ours(runner: str, job: str, text: str) -> list[str]:
    return [HADOOPJOBS, "run", "-q", "-r", runner, job, text]


def _checks(part: str, walls: list[float]) -> list[Check]:
    if part == "mrjob":
        mrjob, memory, local, _ = walls
        return [
            at_least("mrjob / memory, wall", mrjob / memory, MEMORY_GAIN, "x"),
            at_least("mrjob / local, wall", mrjob / local, LOCAL_GAIN, "x"),
        ]
    if part == "counter":
        return [at_most("memory / Counter, wall", walls[1] / walls[0], COUNTER_COST, "x")]
    return [at_most("batches / DuckDB, wall", walls[1] / walls[0], DUCKDB_COST, "x")]


def _ratio(value: float, base: float) -> str:
    return f"{value / base:.3f}"
