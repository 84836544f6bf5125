"""The command line of `scripts/bench`."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

import hadoop_files
import hadoop_jobs
import iterate
import spill
import start
import word_count
from inputs import PROJECT, NotEnoughDisk, Workspace
from measure import CommandFailed, adopt_orphans, kill_descendants
from report import Report, machine_line

BENCHMARKS = {
    "word-count": word_count,
    "spill": spill,
    "iterate": iterate,
    "start": start,
    "hadoop": hadoop_jobs,
    "hadoop-files": hadoop_files,
}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures hadoopjobs. The exit code is 1 if a target is missed.",
    )
    names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    for name, module in BENCHMARKS.items():
        about = (module.__doc__ or "").split("\n")[0].partition(": ")[2]
        command = names.add_parser(
            name,
            help=about,
            description=about,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )
        command.add_argument("--runs", type=int, default=5, help="measured runs of each program")
        command.add_argument(
            "--data", type=Path, default=PROJECT / "build/bench", help="folder for all files"
        )
        command.add_argument("--json", type=Path, metavar="FILE", help="write the numbers as JSON")
        module.add_options(command)
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    return options


def main() -> int:
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    adopt_orphans()
    space = Workspace(options.data)
    report = Report(options.name, options.name, machine_line())
    status = 0
    try:
        BENCHMARKS[options.name].run(options, space, report)
    except (CommandFailed, NotEnoughDisk) as error:
        print(f"error: {error}", file=sys.stderr)
        status = 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        status = 130
    finally:
        kill_descendants()
        space.clean()
    if report.tables or not status:  # what was measured before an error is worth its time
        print(report.text(), end="")
        if options.json:
            report.save(options.json)
    return status or int(not report.passed)


if __name__ == "__main__":
    sys.exit(main())
