"""Sequence files: Hadoop's own are read, ours come back, damage is an error and never garbage."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hadoopjobs.core.errors import CodecError, ConfigError, DataError
from hadoopjobs.core.pairs import Pairs
from tests.unit.formats.reading import batches, is_refused, records, values, write

HADOOP = Path(__file__).parents[2] / "data" / "sequencefile"

SCALARS: dict[str, list[Any]] = {
    "Text": ["", "héllo \U0001f600", "x" * 300],
    "BytesWritable": [b"", b"\x00\xff\n"],
    "IntWritable": [0, -(2**31), 77],
    "LongWritable": [1, -(2**63), 2**63 - 1],
    "VIntWritable": [127, -113, 2**31 - 1],
    "VLongWritable": [128, -112, -(2**63)],
    "FloatWritable": [1.5, -0.0],
    "DoubleWritable": [0.1, math.inf],
    "BooleanWritable": [True, False],
    "ByteWritable": [-5],
    "ShortWritable": [-300],
    "NullWritable": [None],
    "MapWritable": [
        {"a": 1, "d": 2.5, "m": {3: None, 4: 9}, b"\x01": True, 5: {"z": 1.0}},
    ],
    "TypedBytesWritable": [{"k": (1, 2, 3.5, 4.5, "five", True, 6), "l": ["x"]}, "text"],
}

CODECS = ["DefaultCodec", "GzipCodec", "BZip2Codec", "SnappyCodec", "Lz4Codec"]
OUR_CODECS = ["none", "deflate", "gzip", "bzip2", "zstd", "lz4", "snappy"]

RECORDS = [(f"kéy{number}", number * number) for number in range(400)]
PAIRS = Pairs([key for key, _ in RECORDS], [value for _, value in RECORDS])


@pytest.mark.parametrize("name", SCALARS)
def test_writables_that_hadoop_wrote(name):
    assert records(HADOOP / f"{name}.seq", "auto") == list(enumerate(SCALARS[name]))


@pytest.mark.parametrize("kind", ["RECORD", "BLOCK"])
@pytest.mark.parametrize("codec", CODECS)
def test_compressed_files_that_hadoop_wrote(codec, kind):
    path = HADOOP / f"{codec}-{kind}.seq"
    count = 300 if kind == "BLOCK" else 25
    expected = [(f"key{number}", number * number) for number in range(count)]
    for split_bytes in (1, 50, 333, 1000, 1 << 40):
        assert records(path, "auto", "pairs", split_bytes) == expected
    assert records(HADOOP / f"{codec}-{kind}-null.seq", "auto") == [(None, None)] * 3


def test_every_record_of_hadoops_file_is_read_once_for_every_split_size():
    path = HADOOP / "plain.seq"
    expected = [(f"key{number}", f"value {number}") for number in range(60)]
    for split_bytes in range(1, path.stat().st_size + 1, 7):
        assert records(path, "sequencefile", "pairs", split_bytes) == expected


@pytest.mark.parametrize("kind", ["record", "block"])
@pytest.mark.parametrize("codec", OUR_CODECS)
def test_what_was_written_is_read(tmp_path, monkeypatch, codec, kind):
    monkeypatch.setattr("hadoopjobs.formats.sequence_file_writer._SYNC_INTERVAL", 500)
    monkeypatch.setattr("hadoopjobs.formats.sequence_file_writer._BLOCK_BYTES", 500)
    path = write(tmp_path / "x", "sequencefile", PAIRS, compression=codec, compression_type=kind)
    size = path.stat().st_size
    for split_bytes in (1 << 40, size // 2, size // 9, 97):
        assert records(path, "auto", "pairs", split_bytes) == RECORDS


@pytest.mark.parametrize("name", SCALARS)
def test_every_writable_comes_back(tmp_path, name):
    column = SCALARS[name]
    options = {"key_class": name, "value_class": f"{name}"}
    path = write(tmp_path / "x", "sequencefile", Pairs(column, column), **options)
    assert records(path, "auto") == list(zip(column, column, strict=True))


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("a", "Text"),
        (b"a", "BytesWritable"),
        (7, "LongWritable"),
        (7.5, "DoubleWritable"),
        (True, "BooleanWritable"),
        (None, "NullWritable"),
        ({"a": {"b": 2.5}}, "MapWritable"),
    ],
)
def test_the_first_record_chooses_the_classes(tmp_path, value, name):
    path = write(tmp_path / "x", "sequencefile", Pairs([None], [value]))
    assert name.encode() in path.read_bytes()[:120]
    assert values(path, "auto") == [value]


@pytest.mark.parametrize(
    ("column", "options", "message"),
    [
        (["a", 1], {}, "a Text cannot hold a int"),
        ([1, True], {}, "a LongWritable cannot hold a bool"),
        ([1, 2.5], {}, "a LongWritable cannot hold a float"),
        ([2**63], {}, "LongWritable cannot hold so large"),
        ([2**31], {"value_class": "IntWritable"}, "IntWritable cannot hold so large"),
        ([2**31], {"value_class": "VIntWritable"}, "VIntWritable cannot hold so large"),
        ([[1]], {}, r"no Writable is the natural one for a list.*TypedBytesWritable"),
        ([2**70], {"value_class": "TypedBytesWritable"}, "more than 64 bits"),
        (["a"], {"value_class": "org.example.Mine"}, r"'org.example.Mine' is not supported"),
    ],
)
def test_what_does_not_fit_is_a_clear_error(tmp_path, column, options, message):
    pairs = Pairs([None] * len(column), column)
    with pytest.raises(CodecError, match=message):
        write(tmp_path / "x", "sequencefile", pairs, **options)


def test_an_unknown_compression_type_lists_the_choices(tmp_path):
    with pytest.raises(ConfigError, match="choose one of block, record"):
        write(tmp_path / "x", "sequencefile", PAIRS, compression_type="file")


def test_an_unknown_writable_is_named(tmp_path):
    data = write(tmp_path / "x", "sequencefile", PAIRS).read_bytes()
    path = tmp_path / "y"
    path.write_bytes(data.replace(b"org.apache.hadoop.io.Text", b"com.example.text.MyThings"))
    with pytest.raises(CodecError, match=rf"{path}: .*'com.example.text.MyThings' is not sup"):
        records(path, "auto")


def test_an_unknown_codec_is_named(tmp_path):
    path = write(tmp_path / "x", "sequencefile", PAIRS, compression="gzip")
    path.write_bytes(path.read_bytes().replace(b"GzipCodec", b"LzopCodec"))
    with pytest.raises(CodecError, match=r"'org.apache.hadoop.io.compress.LzopCodec' is not sup"):
        records(path, "auto")


def test_another_version_is_refused(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"SEQ\x04" + bytes(100))
    with pytest.raises(DataError, match="version 4"):
        records(path, "auto")


def test_an_output_without_records_is_read_as_empty(tmp_path):
    for options in ({}, {"compression": "gzip"}):
        assert records(write(tmp_path / "x", "sequencefile", **options), "auto") == []


def test_each_record_knows_its_offset(tmp_path):
    path = write(tmp_path / "x", "sequencefile", PAIRS)
    data = path.read_bytes()
    for batch in batches(path, "auto"):
        for index, key in enumerate(batch.keys):
            at = batch.origin.offset_of(index)
            assert data[at + 9 :].startswith(key.encode())


def test_columns_are_key_and_value(tmp_path):
    path = write(tmp_path / "x", "sequencefile", PAIRS)
    (batch,) = batches(path, "auto", "columns")
    assert batch.to_pydict() == {"key": PAIRS.keys, "value": PAIRS.values}


def test_lines_are_refused(tmp_path):
    path = write(tmp_path / "x", "sequencefile", PAIRS)
    with pytest.raises(ConfigError, match="has no lines"):
        records(path, "auto", "bytes")


@pytest.mark.parametrize("codec", OUR_CODECS)
def test_a_file_cut_within_a_record_is_an_error(tmp_path, codec):
    few = Pairs(["k1", "k2", "k3"], ["v" * 200, "w", "x"])
    data = write(tmp_path / "x", "sequencefile", few, compression=codec).read_bytes()
    path = tmp_path / "y"
    whole = 0
    for cut in range(1, len(data)):
        path.write_bytes(data[:cut])
        try:
            found = records(path, "sequencefile")
        except DataError:
            continue
        whole += 1
        assert found == list(zip(few.keys, few.values, strict=True))[: len(found)]
    # nothing in the format says how many records there are: a cut between two cannot be seen
    assert whole == (3 if codec == "none" else 1)


@pytest.mark.parametrize("codec", ["gzip", "bzip2"])
def test_damage_is_seen_by_codecs_with_a_checksum(tmp_path, codec):
    data = write(tmp_path / "x", "sequencefile", PAIRS, compression=codec).read_bytes()
    header = data.index(b"Codec") + 5 + 4 + 16
    for at in range(header, len(data), 11):
        damaged = bytearray(data)
        damaged[at] ^= 0x10
        is_refused(tmp_path / "y", bytes(damaged), "sequencefile", RECORDS)


@pytest.mark.parametrize("codec", OUR_CODECS)
def test_damage_never_ends_in_another_error(tmp_path, codec):
    data = write(tmp_path / "x", "sequencefile", PAIRS, compression=codec).read_bytes()
    path = tmp_path / "y"
    for at in range(0, len(data), 1 + len(data) // 150):
        for byte in (0x00, 0x7F, 0xFF):
            path.write_bytes(data[:at] + bytes([byte]) + data[at + 1 :])
            with suppress(DataError, CodecError):
                records(path, "sequencefile")


def test_lengths_that_cannot_be_are_refused_before_memory_is_taken(tmp_path):
    data = write(tmp_path / "x", "sequencefile", Pairs(["k"], ["v"])).read_bytes()
    body = len(data) - 12
    path = tmp_path / "y"
    for length in (2**31 - 1, -2, 13):
        path.write_bytes(data[:body] + length.to_bytes(4, "big", signed=True) + data[body + 4 :])
        with pytest.raises(DataError, match="offset"):
            records(path, "sequencefile")


def test_a_wrong_sync_marker_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr("hadoopjobs.formats.sequence_file_writer._SYNC_INTERVAL", 500)
    data = write(tmp_path / "x", "sequencefile", PAIRS).read_bytes()
    at = data.index(b"\xff\xff\xff\xff")
    path = tmp_path / "y"
    path.write_bytes(data[: at + 8] + b"????" + data[at + 12 :])
    with pytest.raises(DataError, match=f"offset {at + 4}: .*sync marker"):
        records(path, "sequencefile")
