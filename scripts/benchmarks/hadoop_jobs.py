"""`scripts/bench hadoop`: jobs on a cluster, against Hadoop Streaming submitted by Java."""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from collections.abc import Sequence
from importlib.util import find_spec
from typing import NamedTuple

from cluster_cpu import cluster_cpu_seconds
from inputs import HADOOPJOBS, HERE, PROJECT, PYTHON, Workspace, zipf_text
from java import streaming
from measure import CommandFailed, Measurement, measure
from report import TIME_HEADINGS, Check, Report, Table, at_least, at_most, time_cells, wall

PARTS = ("mrjob", "index", "vectorised", "trivial")
MRJOB_GAIN, INDEX_GAIN, VECTORISED_GAIN, TRIVIAL_COST = 3.0, 2.0, 1.5, 1.0
_SETTLE_SECONDS = 4.0  # containers end some heartbeats later than their application
_TYPED = ["-D", "stream.map.output=typedbytes", "-D", "stream.reduce.input=typedbytes"]


class Job(NamedTuple):
    """A command, to which an output folder is added."""

    name: str
    command: list[str]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--megabytes", type=float, default=200, help="size of the Zipf text")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this one")
    parser.set_defaults(runs=3)


def run(options: argparse.Namespace, space: Workspace, report: Report) -> None:
    wanted = zipf_text(options.megabytes)
    text = str(space.make([wanted], 3 * wanted.size)[0])
    folder = f"hdfs:///tmp/hadoopjobs-bench-{os.getpid()}"
    report.title = f"Jobs on a cluster, {options.megabytes:g} MB of Zipf text, {options.runs} runs"
    _fs("mkdir", "-p", folder)
    try:
        _fs("put", text, f"{folder}/text")
        (space.outputs / "one-line").write_text("one line\n")
        _fs("put", str(space.outputs / "one-line"), f"{folder}/one-line")
        for part in options.part or PARTS:
            _measure_part(part, folder, options.runs, space, report)
    finally:
        _fs("rm", "-r", "-f", "-skipTrash", folder)


def _measure_part(part: str, folder: str, runs: int, space: Workspace, report: Report) -> None:
    jobs = _jobs(part, folder)
    results: dict[str, list[Measurement]] = {job.name: [] for job in jobs}
    expected: list[bytes] | None = None
    for number in range(runs + 1):
        for job in jobs:
            taken = _run(job, f"{folder}/out", space)
            if number:
                results[job.name].append(taken)
                continue
            found = _result(f"{folder}/out", space)
            if expected is not None and found != expected:
                raise CommandFailed(f"{job.name} and {jobs[0].name} give different results")
            expected = found
    report.runs |= results
    rows = [[name, *time_cells(taken)] for name, taken in results.items()]
    report.tables.append(Table([part, *TIME_HEADINGS], rows))
    theirs, ours = (wall(taken) for taken in results.values())
    report.checks.append(_check(part, theirs, ours))


def _run(job: Job, output: str, space: Workspace) -> Measurement:
    """One run, with the processor time of the cluster in it."""
    _fs("rm", "-r", "-f", "-skipTrash", output)
    os.sync()
    before = cluster_cpu_seconds()
    log = space.outputs / f"{job.name.replace(' ', '-')}.out"
    taken = measure([*job.command, output], log, environment=space.environment)
    time.sleep(_SETTLE_SECONDS)
    cpu = taken.cpu_seconds + cluster_cpu_seconds() - before
    print(f"{job.name}: {taken.wall_seconds:.1f} s wall, {cpu:.1f} s CPU", flush=True)
    return Measurement(taken.wall_seconds, cpu)


def _result(output: str, space: Workspace) -> list[bytes]:
    """The lines of the output in their order, without quotes, for not all programs write JSON, and
    without the tab that Hadoop Streaming puts behind a key that has no value."""
    path = space.outputs / "result"
    path.unlink(missing_ok=True)
    measure([HADOOPJOBS, "fs", "cat", f"{output}/part-*"], path)
    lines = path.read_bytes().replace(b'"', b"").splitlines()
    return sorted(line.removesuffix(b"\t") for line in lines)


def _jobs(part: str, folder: str) -> list[Job]:
    """What is compared with, then ours."""
    text = f"{folder}/text"
    if part == "mrjob":
        found = find_spec("mrjob.examples.mr_word_freq_count")
        assert found is not None
        assert found.origin is not None
        sides = [f"{PYTHON} {found.origin} --step-num=0 --{side}" for side in _SIDES]
        return [
            Job("mrjob by Streaming", _streaming(text, *sides)),
            Job("the same class", _ours(found.origin, text)),
        ]
    if part == "index":
        program = f"{PYTHON} {HERE / 'typed_index.py'}"
        mapper, reducer = f"{program} map", f"{program} reduce"
        return [
            Job("typed bytes by hand", _streaming(text, mapper, None, reducer, _TYPED)),
            Job("InvertedIndex", _ours(str(HERE / "inverted_index.py"), text)),
        ]
    if part == "vectorised":
        return [
            Job("a record at a time", _ours(str(HERE / "split_count.py"), text)),
            Job("batches", _ours(str(PROJECT / "jobs" / "word_count_batches.py"), text)),
        ]
    return [
        Job("cat by Java", _streaming(f"{folder}/one-line", "cat", None, "cat")),
        Job("cat by hadoopjobs", _ours(str(HERE / "cat_job.py"), f"{folder}/one-line")),
    ]


_SIDES = ("mapper", "combiner", "reducer")


def _ours(job: str, text: str) -> list[str]:
    return [
        HADOOPJOBS,
        "run",
        "-q",
        "-r",
        "hadoop",
        "--python",
        PYTHON,
        "--env",
        "none",
        job,
        text,
        "-o",
    ]


def _streaming(
    text: str, mapper: str, combiner: str | None, reducer: str, settings: Sequence[str] = ()
) -> list[str]:
    words = [*settings, "-input", text, "-mapper", mapper, "-reducer", reducer]
    if combiner is not None:
        words += ["-combiner", combiner]
    return [*streaming(words), "-output"]


def _check(part: str, theirs: float, ours: float) -> Check:
    if part == "trivial":
        return at_most("trivial, ours / Java's", ours / theirs, TRIVIAL_COST, "x")
    gain = {"mrjob": MRJOB_GAIN, "index": INDEX_GAIN, "vectorised": VECTORISED_GAIN}[part]
    return at_least(part, theirs / ours, gain, "x")


def _fs(*words: str) -> None:
    done = subprocess.run([HADOOPJOBS, "fs", *words], stdout=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise CommandFailed(f"hadoopjobs fs {' '.join(words)} failed")
