"""What user code does wrong is told with its own line, the record and its place; nothing stays."""

from __future__ import annotations

import bz2
import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.harness import JOBS, Finished, Sandbox, output_bytes, slow

FAULTY = JOBS / "faulty.py"
SOURCE = FAULTY.read_text().splitlines()
LINES = b"one two\r\nthree \xc3\xa9\r\nso bad a line\r\n" + b"x y\n" * 30
BAD_OFFSET = LINES.index(b"so bad")


def run(sandbox: Sandbox, job: str, path: str, *more: str, runner: str = "memory") -> Finished:
    options = ["-q", "-r", runner, "-o", str(sandbox.output), "--workers", "2"]
    return sandbox.run(*options, "--split-size", "20", f"{FAULTY}:{job}", path, *more)


def line_of(job: str) -> int:
    """The number of the first line marked as the mistake behind the start of class `job`."""
    start = next(i for i, line in enumerate(SOURCE) if line.startswith(f"class {job}("))
    return next(i for i in range(start, len(SOURCE)) if SOURCE[i].endswith("# here")) + 1


def assert_shows_line(finished: Finished, job: str) -> None:
    number = line_of(job)
    assert finished.code == 1
    assert f'File "{FAULTY}", line {number}, in ' in finished.stderr
    assert SOURCE[number - 1].strip() in finished.stderr
    assert "Traceback" not in finished.stderr
    assert "hadoopjobs/runtime" not in finished.stderr
    assert "tried:  4 times" in finished.stderr


@pytest.mark.parametrize("runner", [slow("inline"), "local", "memory"])
def test_a_mapper_that_raises_shows_its_line_the_record_the_file_and_the_offset(sandbox, runner):
    path = sandbox.write("text", LINES)
    finished = run(sandbox, "BadMapper", path, runner=runner)
    assert_shows_line(finished, "BadMapper")
    assert "error: BadMapper.mapper failed: ValueError: this line is bad\n" in finished.stderr
    assert "record: 'so bad a line'\n" in finished.stderr
    assert f"file:   {path}\n  offset: {BAD_OFFSET}\n" in finished.stderr
    sandbox.assert_nothing_left()


def test_the_offset_is_right_in_a_later_split(sandbox):
    data = LINES.replace(b"bad", b"fine") + "ünï bad ©\r\nend\n".encode() + b"x y\n" * 9
    finished = run(sandbox, "BadMapper", sandbox.write("text", data))
    assert f"offset: {data.index('ünï'.encode())}\n" in finished.stderr
    assert "record: 'ünï bad ©'" in finished.stderr
    assert re.search(r"map task [3-9] of stage 1, attempt 1", finished.stderr)


@pytest.mark.parametrize(("name", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress)])
def test_the_offset_in_a_compressed_file_is_that_of_the_text(sandbox, name, pack):
    finished = run(sandbox, "BadMapper", sandbox.write(f"text.{name}", pack(LINES)))
    assert f"offset: {BAD_OFFSET} (in the file as uncompressed)\n" in finished.stderr


@pytest.mark.parametrize(
    ("job", "told"),
    [
        ("BadMapperInit", "BadMapperInit.mapper failed: KeyError: 'no such table'"),
        ("BadMapperFinal", "BadMapperFinal.mapper failed: ZeroDivisionError"),
        ("BadCombiner", "BadCombiner.combiner failed: ValueError"),
        ("BadReducer", "BadReducer.reducer failed: ValueError"),
        ("BadReducerFinal", "BadReducerFinal.reducer failed: ValueError: at the end"),
        ("BadPartitioner", "BadPartitioner.partitioner failed: ValueError"),
        ("BadBatches", "BadBatches.map_batches failed: ValueError: a batch is bad"),
        ("SystemExits", "SystemExits.mapper failed: SystemExit: 3"),
        ("Recursive", "Recursive.mapper failed: RecursionError"),
        ("OutOfMemory", "OutOfMemory.mapper failed: MemoryError: cannot hold this line"),
        ("SurrogateMessage", "SurrogateMessage.mapper failed: ValueError: so bad a line"),
    ],
)
def test_every_side_shows_its_own_line(sandbox, job, told):
    finished = run(sandbox, job, sandbox.write("text", LINES))
    assert_shows_line(finished, job)
    assert f"error: {told}" in finished.stderr
    sandbox.assert_nothing_left()


@pytest.mark.parametrize(
    ("job", "marked", "told"),
    [
        ("BadAggregator", "Fussy", "Fussy failed: KeyError: 'bad'"),
        ("BadFinish", "Stubborn", "Stubborn failed: ValueError: cannot finish"),
        ("NoException", "NoException", "NoException.mapper failed: faulty.Stop: not even"),
    ],
)
def test_what_stands_in_another_class_is_shown_too(sandbox, job, marked, told):
    finished = run(sandbox, job, sandbox.write("text", LINES))
    assert_shows_line(finished, marked)
    assert f"error: {told}" in finished.stderr


@pytest.mark.parametrize("job", ["BadCombiner", "BadReducer", "BadAggregator"])
def test_the_key_at_hand_is_shown(sandbox, job):
    finished = run(sandbox, job, sandbox.write("text", LINES))
    assert "  record: 'bad'\n" in finished.stderr


@pytest.mark.parametrize(
    ("job", "code", "told"),
    [
        ("NoPairs", 1, "NoPairs.mapper failed: it must yield (key, value) pairs: "),
        ("NoReading", 1, "NoReading.mapper failed: it cannot be called: "),
        ("BadKey", 1, "a builtins.object cannot be a key"),
        ("WildPartitioner", 2, "WildPartitioner.partitioner gave 2 for key "),
    ],
)
def test_a_mistake_that_no_line_of_the_user_shows_is_told_in_words(sandbox, job, code, told):
    finished = run(sandbox, job, sandbox.write("text", LINES))
    assert finished.code == code
    assert f"error: {told}" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert "trying again" not in finished.stderr or "failed: " in told
    sandbox.assert_nothing_left()


@pytest.mark.parametrize(
    ("job", "told"),
    [
        ("Exits", "failed 4 times: its worker exited with 7\n"),
        ("Killed", "failed 4 times: its worker was killed by SIGKILL; if the kernel killed it"),
    ],
)
def test_a_worker_that_dies_in_each_attempt_ends_the_run_in_one_line(sandbox, job, told):
    path, state = sandbox.write("text", LINES), sandbox.folder / "state"
    finished = run(sandbox, job, path, "--state", str(state), runner="local")
    assert finished.code == 1
    assert finished.last_line.startswith("error: map task 0 of stage 1 failed 4 times")
    assert told in finished.stderr
    assert state.read_bytes() == b"...."
    sandbox.assert_nothing_left()


@pytest.mark.parametrize("job", [slow("Exits"), "Killed", "Flaky", "FlakyReducer"])
@pytest.mark.parametrize("runner", ["local", slow("memory")])
def test_a_task_that_succeeds_in_its_fourth_attempt_leaves_one_result(sandbox, job, runner):
    path, state = sandbox.write("text", LINES), sandbox.folder / "state"
    metrics = sandbox.folder / "metrics"
    more = ["--state", str(state), "--deaths", "3", "--metrics", str(metrics)]
    finished = run(sandbox, job, path, *more, runner=runner)
    assert finished.code == 0
    files = output_bytes(sandbox.output)
    assert files.pop("_SUCCESS") == b""
    lines = [line for data in files.values() for line in data.decode().splitlines()]
    counts = Counter(LINES.decode().split())
    assert dict(_pair(line) for line in lines) == counts
    assert len(lines) == len(counts)
    assert _failed_attempts(metrics) == 3
    sandbox.assert_nothing_left(output=True)


def _pair(line: str) -> tuple[str, int]:
    word, _, count = line.partition("\t")
    return json.loads(word), int(count)


def _failed_attempts(metrics: Path) -> int:
    return sum(stage["failed_attempts"] for stage in json.loads(metrics.read_text())["stages"])
