"""`scripts/bench start`: how long until the command line answers."""

from __future__ import annotations

import argparse

from inputs import HADOOPJOBS, PROJECT, PYTHON, Workspace, zipf_text
from report import TIME_HEADINGS, Report, Table, at_most, time_cells, wall
from rounds import Plan, Program, alternate

HELP_SECONDS, SMALL_RUN_SECONDS = 0.2, 0.6


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(runs=11)


def run(options: argparse.Namespace, space: Workspace, report: Report) -> None:
    report.title = f"Start, {options.runs} runs"
    text = str(space.make([zipf_text(0.001)], 0)[0])
    small = ["run", "-q", str(PROJECT / "jobs/word_count.py"), text]
    programs = [
        Program("python -c pass", [PYTHON, "-c", "pass"]),
        Program("hadoopjobs --help", [HADOOPJOBS, "--help"]),
        Program("1 KB on memory", [HADOOPJOBS, *small, "-r", "memory"]),
        Program("1 KB on local", [HADOOPJOBS, *small, "-r", "local"]),
        Program("1 KB on inline", [HADOOPJOBS, *small, "-r", "inline"]),
    ]
    results = alternate(programs, Plan(space, options.runs))
    report.runs |= results
    rows = [[name, *time_cells(runs)] for name, runs in results.items()]
    report.tables.append(Table(["program", *TIME_HEADINGS], rows))
    report.checks += [
        at_most("hadoopjobs --help, wall", wall(results["hadoopjobs --help"]), HELP_SECONDS, "s"),
        at_most("1 KB on memory, wall", wall(results["1 KB on memory"]), SMALL_RUN_SECONDS, "s"),
    ]
