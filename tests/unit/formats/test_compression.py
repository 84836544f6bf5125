"""Compressed text: what Hadoop and the usual tools write is read whole, or is an error."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import random
import zlib
from pathlib import Path

import cramjam
import pyarrow as pa
import pytest

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import ConfigError, DataError
from hadoopjobs.core.pairs import Pairs
from hadoopjobs.formats import plan_splits
from hadoopjobs.formats.compression import (
    compress_bytes,
    decompress_bytes,
    decompressed,
    extension_of,
)
from tests.unit.formats.reading import all_codecs, is_refused, records, values, write

HADOOP = Path(__file__).parents[2] / "data" / "compressed"

LINES = [b"line %d of some words" % number for number in range(5000)]
DATA = b"".join(b"%b\n" % line for line in LINES)


def arrow_compressed(data: bytes, codec: str) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, codec) as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


FOREIGN = {
    "gzip": gzip.compress(DATA),
    "bzip2": bz2.compress(DATA),
    "zstd": arrow_compressed(DATA, "zstd"),
    "lz4": arrow_compressed(DATA, "lz4"),
    "snappy": bytes(cramjam.snappy.compress(DATA)),
    "deflate": zlib.compress(DATA),
}


@all_codecs
def test_what_a_writer_compressed_is_read(tmp_path, codec):
    path = tmp_path / f"part{extension_of(codec)}"
    write(path, "lines", Pairs([None] * len(LINES), LINES), compression=codec)
    assert values(path, "lines", "bytes") == LINES
    assert len(path.read_bytes()) < len(DATA) / 3


@all_codecs
def test_an_empty_output_is_read_as_empty(tmp_path, codec):
    path = tmp_path / f"part{extension_of(codec)}"
    assert records(write(path, "lines", compression=codec), "lines") == []


@all_codecs
def test_what_other_tools_compressed_is_read(tmp_path, codec):
    path = tmp_path / f"part{extension_of(codec)}"
    path.write_bytes(FOREIGN[codec])
    assert values(path, "text", "bytes") == LINES
    assert values(path, "text", "bytes", 100) == LINES


@all_codecs
@pytest.mark.parametrize("ours", [True, False])
def test_parts_behind_one_another_are_all_read(codec, ours):
    data = compress_bytes(codec, DATA) if ours else FOREIGN[codec]
    assert decompress_bytes(codec, data * 3, "x") == DATA * 3


@all_codecs
@pytest.mark.parametrize("ours", [True, False])
def test_a_file_cut_short_is_an_error(tmp_path, codec, ours):
    data = compress_bytes(codec, DATA) if ours else FOREIGN[codec]
    path = tmp_path / f"part{extension_of(codec)}"
    expected = [(None, line.decode()) for line in LINES]
    cuts = {1, 2, 3, 4, 5, 9, 10, 11, 14, len(data) - 9, len(data) - 5, len(data) - 1}
    if codec == "snappy" and not ours:
        cuts.remove(10)  # the end of a frame; this format has no mark that the data ends
    for cut in sorted(cuts | set(range(20, len(data), len(data) // 30))):
        assert is_refused(path, data[:cut], "text", expected), cut


def checks_itself(codec: str, ours: bool) -> bool:
    """Whether the codec holds a checksum of its data."""
    return codec in ("gzip", "bzip2", "deflate") or (not ours and codec == "snappy")


@all_codecs
@pytest.mark.parametrize("ours", [True, False])
def test_damaged_data_is_an_error_where_the_codec_can_tell(tmp_path, codec, ours):
    data = compress_bytes(codec, DATA) if ours else FOREIGN[codec]
    path = tmp_path / f"part{extension_of(codec)}"
    expected = [(None, line.decode()) for line in LINES]
    chance = random.Random(1)
    for _ in range(60):
        at = chance.randrange(len(data))
        damaged = bytearray(data)
        damaged[at] ^= 1 << chance.randrange(8)
        if checks_itself(codec, ours):
            is_refused(path, bytes(damaged), "text", expected)
        else:  # no checksum in the format; but no other error than ours either
            path.write_bytes(damaged)
            with contextlib.suppress(DataError):
                values(path, "text", "bytes")


@all_codecs
def test_what_is_no_compressed_data_at_all_is_an_error(tmp_path, codec):
    path = tmp_path / f"part{extension_of(codec)}"
    path.write_bytes(b"This is plain text with a misleading name.\n")
    with pytest.raises(DataError, match=str(path)):
        values(path, "text")


@all_codecs
def test_something_else_behind_the_data_is_an_error(tmp_path, codec):
    path = tmp_path / f"part{extension_of(codec)}"
    path.write_bytes(FOREIGN[codec] + b"garbage behind")
    with pytest.raises(DataError):
        values(path, "text")


def test_zeros_that_pad_a_gzip_file_are_no_error():
    assert decompress_bytes("gzip", FOREIGN["gzip"] + bytes(100_000), "x") == DATA


@all_codecs
def test_little_is_in_memory_at_a_time(codec):
    data = compress_bytes(codec, bytes(50_000_000))
    sizes = [len(piece) for piece in decompressed(io.BytesIO(data), codec, "x")]
    assert sum(sizes) == 50_000_000
    assert max(sizes) <= 1 << 20


def test_a_length_that_cannot_be_is_refused_before_memory_is_taken():
    for header in (b"\x7f\xff\xff\xff", b"\x0f\xff\xff\xff\x0f\xff\xff\xff", b"\xff\xff\xff\xff"):
        for codec in ("lz4", "snappy"):
            with pytest.raises(DataError):
                decompress_bytes(codec, header + b"abcdefgh" * 4, "x")


def test_a_block_of_several_chunks_is_read():
    first, second = b"a" * 1000, b"b" * 500
    packed = [bytes(cramjam.snappy.compress_raw(part)) for part in (first, second)]
    chunks = b"".join(len(part).to_bytes(4, "big") + part for part in packed)
    data = (1500).to_bytes(4, "big") + chunks
    assert decompress_bytes("snappy", data, "x") == first + second


def test_an_unknown_codec_lists_the_choices(tmp_path):
    with pytest.raises(ConfigError, match=r"unknown compression 'rar': .* bzip2, deflate, gzip"):
        write(tmp_path / "x", "text", compression="rar")


def test_only_bzip2_and_plain_files_are_split(tmp_path):
    for codec, data in FOREIGN.items():
        path = tmp_path / f"part{extension_of(codec)}"
        path.write_bytes(data)
        splits = plan_splits(DatasetRef((str(path),), "text"), len(data) // 3)
        assert len(splits) == (3 if codec == "bzip2" else 1)


@pytest.mark.parametrize("extension", ["gz", "bz2", "deflate", "lz4", "snappy"])
def test_what_hadoops_own_codecs_wrote_is_read(extension):
    assert values(HADOOP / f"text.{extension}", "text") == ["the same line"] * 30_000
    assert values(HADOOP / f"empty.{extension}", "text") == []
