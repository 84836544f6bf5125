"""`scripts/bench spill`: inputs larger than the memory budget.

An inverted index without combiner at several sizes, a vectorised group-by with many keys, and
a run within its budget for which there is no folder to spill to.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from inputs import HADOOPJOBS, HERE, Workspace, key_values, zipf_text
from measure import CommandFailed, Measurement, measure
from report import (
    TIME_HEADINGS,
    Check,
    Report,
    Table,
    at_most,
    cpu,
    mebibytes,
    seconds,
    time_cells,
)
from rounds import Plan, Program, alternate

RUNNERS = ("local", "memory")
PEAK_MEBIBYTES, CPU_SPREAD_PERCENT = 800, 25
NO_FOLDER = "/dev/null/temporary"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--memory", default="512MiB", help="budget of each run")
    parser.add_argument("--runner", action="append", choices=RUNNERS, help="only this one")
    parser.add_argument(
        "--sizes", default="0.5,1,2", help="gigabytes for the index, by commas; empty: no index"
    )
    parser.add_argument("--group-gigabytes", type=float, default=10)
    parser.add_argument("--group-keys", type=int, default=20_000_000)
    parser.add_argument("--group-format", choices=("parquet", "text"), default="parquet")
    parser.add_argument("--group-runs", type=int, default=1, help="runs of the group-by")
    parser.add_argument("--skip-10gb", action="store_true", help="no group-by")


def run(options: argparse.Namespace, space: Workspace, report: Report) -> None:
    report.title = f"Spilling with a budget of {options.memory}, {options.runs} runs"
    spilling = _Spilling(options, space, report, options.runner or list(RUNNERS))
    sizes = [float(size) for size in options.sizes.split(",") if size]
    if sizes:
        spilling.index(sizes)
    if not options.skip_10gb:
        spilling.group_by()
    spilling.without_folder()


@dataclass(frozen=True)
class _Spilling:
    options: argparse.Namespace
    space: Workspace
    report: Report
    runners: list[str]

    def index(self, sizes: list[float]) -> None:
        """The inverted index, on each runner at each size."""
        inputs = [zipf_text(1000 * size) for size in sizes]
        texts = self.space.make(inputs, 3 * max(wanted.size for wanted in inputs))
        words = dict(zip(sizes, map(_words_of, texts), strict=True))
        for runner in self.runners:
            names = {size: f"index {size:g} GB {runner}" for size in sizes}
            programs = {
                self._program(name, runner, "inverted_index.py", text): words[size]
                for (size, name), text in zip(names.items(), texts, strict=True)
            }
            self._measured(programs, self.options.runs, _postings_of)
            per_gigabyte = {size: cpu(self.report.runs[names[size]]) / size for size in sizes}
            rows = [[f"{size:g}", seconds(value)] for size, value in per_gigabyte.items()]
            self.report.tables.append(Table([f"GB, {runner}", "CPU s per GB"], rows))
            apart = 100 * (max(per_gigabyte.values()) / min(per_gigabyte.values()) - 1)
            what = f"index {runner}, CPU per GB apart"
            self.report.checks.append(at_most(what, apart, CPU_SPREAD_PERCENT, "%", 0))

    def group_by(self) -> None:
        """The vectorised group-by, on each runner."""
        options = self.options
        wanted = key_values(
            1000 * options.group_gigabytes, options.group_keys, options.group_format
        )
        path = self.space.make([wanted], wanted.size)[0]
        total = json.loads(Path(f"{path}.json").read_text())["total"]
        names = {f"group-by {options.group_gigabytes:g} GB {r}": r for r in self.runners}
        programs = {
            self._program(name, runner, "group_sums.py", path): total
            for name, runner in names.items()
        }
        self._measured(programs, options.group_runs, _sum_of)

    def without_folder(self) -> None:
        """`memory` within its budget, with no folder that could be written to."""
        if "memory" not in self.runners:
            return
        text = self.space.make([zipf_text(20)], 0)[0]
        options = ["-q", "-r", "memory", "--memory", self.options.memory, "--temp-dir", NO_FOLDER]
        command = [HADOOPJOBS, "run", *options, str(HERE / "inverted_index.py"), str(text)]
        environment = {**self.space.environment, "TMPDIR": NO_FOLDER}
        output = self.space.outputs / "no-folder.out"
        what = "index 20 MB memory, no temporary folder"
        try:
            result = measure(command, output, environment=environment, sample_memory=True)
            self.report.runs[what] = [result]
            self.report.tables.append(_table("in budget", {what: [result]}, {}))
            self.report.checks.append(Check(what, "ran", "runs", True))
        except CommandFailed as error:
            print(error, file=sys.stderr)
            self.report.checks.append(Check(what, "failed, see above", "runs", False))

    def _program(self, name: str, runner: str, job: str, path: Path) -> Program:
        options = ["-q", "-r", runner, "--memory", self.options.memory]
        options += ["--temp-dir", str(self.space.temporary), "-o", str(self._output(name))]
        options += ["--metrics", str(self._metrics(name))]
        return Program(name, (HADOOPJOBS, "run", *options, str(HERE / job), str(path)))

    def _output(self, name: str) -> Path:
        return self.space.outputs / name.replace(" ", "-")

    def _metrics(self, name: str) -> Path:
        return self.space.outputs / f"{name.replace(' ', '-')}.json"

    def _measured(
        self, expected: dict[Program, int], runs: int, total_of: Callable[[Path], int]
    ) -> None:
        """Run the programs, whose results have the totals `expected`, and report on them."""

        def before(program: Program) -> None:
            shutil.rmtree(self._output(program.name), ignore_errors=True)

        def check(program: Program, _: Path) -> None:
            total = sum(map(total_of, self._output(program.name).glob("part-*")))
            if total != expected[program]:
                raise CommandFailed(
                    f"{program.name}: the total is {total} instead of {expected[program]}"
                )

        plan = Plan(self.space, runs, sample_memory=True, before=before, check=check)
        results = alternate(list(expected), plan)
        for program in expected:
            before(program)
        self.report.runs |= results
        metrics = {name: json.loads(self._metrics(name).read_text()) for name in results}
        self.report.tables.append(_table("program", results, metrics))
        self.report.checks += [
            at_most(f"{name}, peak memory", _peak(runs) / (1 << 20), PEAK_MEBIBYTES, "MiB", 0)
            for name, runs in results.items()
        ]


def _table(
    title: str, results: dict[str, list[Measurement]], metrics: dict[str, dict[str, dict[str, int]]]
) -> Table:
    rows = []
    for name, runs in results.items():
        totals = metrics.get(name, {}).get("totals", {})
        moved = [
            f"{totals[key] / 1e6:.0f}" if totals else "-"
            for key in ("bytes_shuffled", "bytes_spilled")
        ]
        peaks = [mebibytes(_peak(runs)), mebibytes(max(run.peak_pss for run in runs))]
        rows.append([name, *time_cells(runs), *peaks, *moved])
    peaks = ["peak MiB", "PSS alone", "MB shuffled", "MB spilled"]
    return Table([title, *TIME_HEADINGS, *peaks], rows)


def _peak(runs: list[Measurement]) -> int:
    """The highest of all runs."""
    return max(run.peak_bytes for run in runs)


def _words_of(path: Path) -> int:
    print(f"counting the words of {path.name}", file=sys.stderr, flush=True)
    words = 0
    with open(path, "rb") as file:
        while chunk := file.read(1 << 24):
            chunk += file.readline()
            words += chunk.count(b" ") + chunk.count(b"\n")
    return words


def _postings_of(part: Path) -> int:
    """How many postings the index has: lines are "word", tab, [postings, digest]."""
    with open(part, "rb") as file:
        return sum(int(line.split(b"\t[")[1].split(b",")[0]) for line in file)


def _sum_of(part: Path) -> int:
    """The sum of the results: lines are key, tab, sum."""
    with open(part, "rb") as file:
        return sum(int(line.rpartition(b"\t")[2]) for line in file)
