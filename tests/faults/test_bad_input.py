"""Files that are not what they should be name themselves and the offset; records may be skipped."""

from __future__ import annotations

import io
import json
import os
import re
from typing import Any

import pyarrow.parquet as pq
import pytest

from hadoopjobs.core.pairs import Pairs
from hadoopjobs.formats import open_writer
from hadoopjobs.formats.compression import compress_bytes
from tests.faults.harness import JOBS, Finished, Sandbox, output_bytes, slow

FAULTY = JOBS / "faulty.py"
TEXT = "".join(f"{number} {number * 7919 % 1009}\n" for number in range(20_000)).encode()
CODECS = {"gz": "gzip", "bz2": "bzip2", "zst": "zstd", "lz4": "lz4", "snappy": "snappy"}
COLUMNAR = ["parquet", slow("orc")]


def run(sandbox: Sandbox, path: str, *more: str, job: str = "Counting") -> Finished:
    options = ["-r", "memory", "--workers", "2", "-o", str(sandbox.output)]
    return sandbox.run(*options, f"{FAULTY}:{job}", path, *more)


def assert_refused(sandbox: Sandbox, path: str, *more: str) -> None:
    """One line with the file and an offset within it, and nothing written."""
    finished = run(sandbox, path, *more, "-q")
    assert finished.code == 1, finished.stderr
    told = re.match(rf"error: {re.escape(path)}, offset (\d+): \S", finished.last_line)
    assert told, finished.stderr
    assert 0 <= int(told[1]) <= os.path.getsize(path)
    assert "Traceback" not in finished.stderr
    sandbox.assert_nothing_left()


@pytest.mark.parametrize("ending", ["gz", "bz2", *map(slow, ["zst", "lz4", "snappy"])])
def test_a_compressed_file_that_is_cut_short_is_refused(sandbox, ending):
    data = compress_bytes(CODECS[ending], TEXT)
    path = sandbox.write(f"text.{ending}", data[: len(data) * 2 // 3])
    assert_refused(sandbox, path)


@pytest.mark.parametrize("ending", ["gz", *map(slow, ["bz2", "zst"])])
def test_a_compressed_file_with_a_wrong_byte_is_refused(sandbox, ending):
    data = bytearray(compress_bytes(CODECS[ending], TEXT))
    data[len(data) // 2] ^= 0xFF
    assert_refused(sandbox, sandbox.write(f"text.{ending}", bytes(data)))


def packed(name: str) -> bytes:
    stream = io.BytesIO()
    keys: list[Any] = [str(number) for number in range(5000)]
    values: list[Any] = [f"value {number * 7919 % 1009}" for number in range(5000)]
    writer = open_writer(name, stream)
    writer.write(Pairs(keys, values))
    writer.close()
    return stream.getvalue()


@pytest.mark.parametrize("name", ["sequencefile", "parquet", "avro", "orc"])
@pytest.mark.parametrize("share", [0.9, slow(0.3)])
def test_a_container_file_that_is_cut_short_is_refused(sandbox, name, share):
    data = packed(name)
    path = sandbox.write(f"data.{name}", data[: int(len(data) * share)])
    assert_refused(sandbox, path, "--input-format", name)


@pytest.mark.parametrize("name", ["parquet", *map(slow, ["avro", "orc"])])
def test_a_container_file_with_wrong_bytes_is_refused(sandbox, name):
    data = bytearray(packed(name))
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(reversed(data[middle : middle + 400]))
    assert_refused(sandbox, sandbox.write(f"data.{name}", bytes(data)), "--input-format", name)


@pytest.mark.parametrize("name", COLUMNAR)
def test_a_columnar_file_with_a_wrong_byte_in_its_tail_is_refused(sandbox, name):
    data = bytearray(packed(name))
    data[-5] ^= 0xFF
    assert_refused(sandbox, sandbox.write(f"data.{name}", bytes(data)), "--input-format", name)


@pytest.mark.parametrize("name", COLUMNAR)
def test_text_is_refused_where_a_columnar_file_should_be(sandbox, name):
    assert_refused(sandbox, sandbox.write("text", TEXT), "--input-format", name)


@pytest.mark.parametrize("name", COLUMNAR)
def test_a_columnar_file_without_bytes_has_no_records(sandbox, name):
    path = sandbox.write(f"data.{name}", b"")
    finished = run(sandbox, path, "--input-format", name, "-q")
    assert (finished.code, finished.stderr) == (0, "")
    assert b"".join(output_bytes(sandbox.output).values()) == b""


def test_a_wrong_page_of_parquet_is_told_by_its_column_chunk(sandbox):
    data = bytearray(packed("parquet"))
    chunk = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(0).column(1)
    data[chunk.data_page_offset + 100] ^= 1
    path = sandbox.write("data.parquet", bytes(data))
    finished = run(sandbox, path, "--input-format", "parquet", "-q")
    assert finished.code == 1
    told = "damaged Parquet file, or cut short: cannot read column 'value' of row group 0: "
    assert finished.last_line.startswith(
        f"error: {path}, offset {chunk.dictionary_page_offset}: {told}"
    )
    sandbox.assert_nothing_left()


def test_a_sequence_file_with_a_wrong_length_is_refused(sandbox):
    data = bytearray(packed("sequencefile"))
    middle = len(data) // 2
    data[middle : middle + 400] = b"\xff" * 400
    assert_refused(sandbox, sandbox.write("data", bytes(data)), "--input-format", "sequencefile")


def test_a_bad_file_among_good_ones_is_the_one_that_is_named(sandbox):
    sandbox.write("a.txt", TEXT)
    data = compress_bytes("gzip", TEXT)
    bad = sandbox.write("b.gz", data[:-20])
    finished = run(sandbox, str(sandbox.inputs), "-q")
    assert finished.code == 1
    assert finished.last_line.startswith(f"error: {bad}, offset ")
    sandbox.assert_nothing_left()


LINES = ["one two", "so bad", "three", "bad again", "four one", "two bad bad"]


def skipping(sandbox: Sandbox, bound: int, *more: str, split: str = "20") -> Finished:
    path = sandbox.write("text", "".join(f"{line}\n" for line in LINES))
    options = ["--skip-bad-records", str(bound), "--split-size", split]
    return run(sandbox, path, *options, *more, job="Skippable")


@pytest.mark.parametrize("split", ["20", "1000"])
def test_as_many_bad_records_as_allowed_are_skipped_and_each_is_reported(sandbox, split):
    metrics = sandbox.folder / "metrics"
    finished = skipping(sandbox, 3, "--metrics", str(metrics), split=split)
    assert finished.code == 0, finished.stderr
    reported = re.findall(r"^skipped .*$", finished.stderr, re.MULTILINE)
    path, text = sandbox.inputs / "text", "".join(f"{line}\n" for line in LINES)
    wanted = [
        f"skipped {path}, offset {text.index(line)}: ValueError: this word is bad; record: {line!r}"
        for line in LINES
        if "bad" in line
    ]
    assert sorted(reported) == sorted(wanted)
    tasks = [t for stage in json.loads(metrics.read_text())["stages"] for t in stage["tasks"]]
    assert sum(task["skipped"] for task in tasks) == 3


def test_a_skipped_record_gives_nothing_and_lists_are_taken_as_they_were(sandbox):
    assert skipping(sandbox, 3).code == 0
    files = output_bytes(sandbox.output)
    lines = [line for name in files if name != "_SUCCESS" for line in files[name].splitlines()]
    assert sorted(lines) == [b'"four"\t1', b'"one"\t3', b'"three"\t1', b'"two"\t2']


@pytest.mark.parametrize("split", ["20", "1000"])
def test_one_bad_record_more_than_allowed_fails_the_run(sandbox, split):
    finished = skipping(sandbox, 2, "-q", split=split)
    assert finished.code == 1
    assert "Traceback" not in finished.stderr
    assert re.search(r"3 bad records were met|ValueError: this word is bad", finished.stderr)
    sandbox.assert_nothing_left()
