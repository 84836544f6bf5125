"""Each job as a user meets it: as a program, as a job of the command, and its help."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.jobs.carried import EDGES, JOBS, LOG, PACKAGES, POINTS, TESTAMENT

COMMAND = str(Path(sys.executable).with_name("hadoopjobs"))
ARGUMENTS: dict[str, list[str]] = {
    "grep": ["--pattern", "wept", "-i", str(TESTAMENT)],
    "inverted_index": [str(TESTAMENT)],
    "join": ["--right", "packages.tsv", "--left-key", "2", str(EDGES), str(PACKAGES)],
    "k_means": ["-k", "5", str(POINTS)],
    "ngrams": ["-n", "4", "--min-count", "10", str(TESTAMENT)],
    "pagerank": ["--iterations", "3", str(EDGES)],
    "sessions": [str(LOG)],
    "sort": ["--parts", "3", str(TESTAMENT)],
    "top_n": ["-n", "5", str(TESTAMENT)],
    "word_count": [str(TESTAMENT)],
    "word_count_batches": [str(TESTAMENT)],
}


def output_of(*command: str | Path, **options: object) -> bytes:
    done = subprocess.run(list(map(str, command)), capture_output=True, timeout=120, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stderr
    return bytes(done.stdout)


def test_every_job_is_tried():
    assert sorted(path.stem for path in JOBS.glob("*.py")) == sorted(ARGUMENTS)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_the_program_and_the_command_print_the_same(name, tmp_path):
    job = JOBS / f"{name}.py"

    as_program = output_of(sys.executable, job, *ARGUMENTS[name], cwd=tmp_path)
    as_job = output_of(COMMAND, "run", "-q", job, *ARGUMENTS[name], cwd=tmp_path)

    assert as_program == as_job
    assert as_job.endswith(b"\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["k_means", "pagerank", "sort"])
def test_a_folder_holds_what_would_be_printed(name, tmp_path):
    job = JOBS / f"{name}.py"
    printed = output_of(COMMAND, "run", "-q", job, *ARGUMENTS[name])

    output_of(COMMAND, "run", "-q", "-r", "local", job, "-o", tmp_path / "out", *ARGUMENTS[name])

    parts = sorted((tmp_path / "out").glob("part-*"))
    assert b"".join(part.read_bytes() for part in parts) == printed
    assert (tmp_path / "out/_SUCCESS").exists()


@pytest.mark.parametrize("name", ["k_means", "sort", "word_count_batches"])
def test_reads_standard_input(name):
    *options, path = ARGUMENTS[name]
    by_name = output_of(COMMAND, "run", "-q", JOBS / f"{name}.py", *options, path)

    by_stdin = output_of(
        COMMAND, "run", "-q", JOBS / f"{name}.py", *options, input=Path(path).read_bytes()
    )

    assert by_stdin == by_name


@pytest.mark.parametrize("name", ARGUMENTS)
def test_help_tells_what_the_job_does(name):
    text = output_of(sys.executable, JOBS / f"{name}.py", "--help").decode()

    assert "[INPUTS]" in text
    assert all(word in text for word in ARGUMENTS[name] if word.startswith("-"))
    assert not any(hidden in text for hidden in ("--bounds", "--centres"))


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("grep", ["--pattern", "("], b"'(' is no regular expression"),
        ("grep", [], b"--pattern"),
        ("join", ["--right", "x", "--kind", "outer"], b"--kind"),
        ("pagerank", ["--iterations", "0"], b"--iterations"),
        ("k_means", ["-k", "0"], b"-k"),
    ],
)
def test_a_wrong_argument_is_refused_in_words(name, arguments, message):
    command = [COMMAND, "run", str(JOBS / f"{name}.py"), *arguments, str(POINTS)]

    done = subprocess.run(command, capture_output=True, timeout=120)

    assert done.returncode == 2
    assert message in done.stderr
    assert b"Traceback" not in done.stderr
