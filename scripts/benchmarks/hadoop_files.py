"""`scripts/bench hadoop-files`: `hadoopjobs fs` get and put against those of Hadoop."""

from __future__ import annotations

import argparse
import os
import random
import shutil
from pathlib import Path
from typing import NamedTuple

from inputs import HADOOPJOBS, Workspace
from java import fs_shell
from measure import CommandFailed, measure
from report import TIME_HEADINGS, Report, Table, at_least, time_cells, wall
from rounds import Plan, Program, alternate

LARGE_GAIN, SMALL_GAIN = 1.0, 3.0
FILE_BYTES = 100_000


class Part(NamedTuple):
    """The same transfer by both; `target` times as fast it should be."""

    name: str
    words: list[str]
    target: float


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--megabytes", type=float, default=1000, help="size of the large file")
    parser.add_argument("--files", type=int, default=1000, help="number of 100 KB files")
    parser.set_defaults(runs=3)


def run(options: argparse.Namespace, space: Workspace, report: Report) -> None:
    large, many = _make(space, int(options.megabytes * 1e6), options.files)
    report.title = (
        f"{options.megabytes:g} MB in one file, {options.files} files of 100 KB, "
        f"{options.runs} runs"
    )
    remote, local = f"/tmp/hadoopjobs-bench-{os.getpid()}", str(space.outputs / "fetched")
    _fs("mkdir", "-p", remote)
    try:
        _fs("put", large, many, remote)
        parts = [
            Part("put, one file", ["put", large, f"{remote}/new"], LARGE_GAIN),
            Part("get, one file", ["get", f"{remote}/{Path(large).name}", local], LARGE_GAIN),
            Part("put, many files", ["put", many, f"{remote}/new"], SMALL_GAIN),
            Part("get, many files", ["get", f"{remote}/{Path(many).name}", local], SMALL_GAIN),
        ]
        start = _start_of_java(space, options.runs)
        for part in parts:
            _compare(part, options.runs, space, report, remote, local, start)
    finally:
        _fs("rm", "-r", "-f", "-skipTrash", remote)
        _remove(local)


def _compare(
    part: Part, runs: int, space: Workspace, report: Report, remote: str, local: str, start: float
) -> None:
    def before(_: Program) -> None:
        _fs("rm", "-r", "-f", "-skipTrash", f"{remote}/new")
        _remove(local)

    programs = [
        Program(f"hdfs dfs {part.name}", fs_shell([f"-{part.words[0]}", *part.words[1:]])),
        Program(f"hadoopjobs fs {part.name}", [HADOOPJOBS, "fs", *part.words]),
    ]
    results = alternate(programs, Plan(space, runs, before=before))
    report.runs |= results
    theirs, ours = (wall(taken) for taken in results.values())
    rows = [[name, *time_cells(taken)] for name, taken in results.items()]
    report.tables.append(Table([part.name, *TIME_HEADINGS], rows))
    gain = max(theirs - start, 0.0) / ours
    report.checks.append(at_least(f"{part.name}, without JVM start", gain, part.target, "x"))


def _start_of_java(space: Workspace, runs: int) -> float:
    """Seconds that Hadoop's shell takes to do next to nothing."""
    command = fs_shell(["-test", "-e", "/"])
    taken = [measure(command, space.outputs / "start.out") for _ in range(runs)]
    return wall(taken)


def _make(space: Workspace, size: int, files: int) -> tuple[str, str]:
    """A file of `size` bytes and a folder of `files` files, kept for the next time."""
    chance = random.Random(1)
    large = space.folder / f"bytes-{size}"
    if not large.exists() or large.stat().st_size != size:
        block = chance.randbytes(1 << 20)
        with open(large, "wb") as file:
            for at in range(0, size, len(block)):
                file.write(block[: size - at])
    many = space.folder / f"files-{files}"
    many.mkdir(exist_ok=True)
    for number in range(files):
        path = many / f"file-{number:06d}"
        if not path.exists():
            path.write_bytes(chance.randbytes(FILE_BYTES))
    return str(large), str(many)


def _fs(*words: str) -> None:
    if os.spawnv(os.P_WAIT, HADOOPJOBS, [HADOOPJOBS, "fs", *words]) != 0:
        raise CommandFailed(f"hadoopjobs fs {' '.join(words)} failed")


def _remove(path: str) -> None:
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.unlink(path)
