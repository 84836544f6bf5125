"""Hadoop's sequence files, version 6: reading.

Source: javadoc and source of org.apache.hadoop.io.SequenceFile.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Any, BinaryIO

from hadoopjobs.core.errors import CodecError, DataError
from hadoopjobs.core.pairs import Origin, Pairs
from hadoopjobs.core.writable import read_vlong, vlong_size
from hadoopjobs.formats.base import Split
from hadoopjobs.formats.byte_source import ByteSource
from hadoopjobs.formats.compression import decompress_bytes
from hadoopjobs.formats.writables import Writable, writable_named

CODECS = {
    "org.apache.hadoop.io.compress.DefaultCodec": "deflate",
    "org.apache.hadoop.io.compress.DeflateCodec": "deflate",
    "org.apache.hadoop.io.compress.GzipCodec": "gzip",
    "org.apache.hadoop.io.compress.BZip2Codec": "bzip2",
    "org.apache.hadoop.io.compress.SnappyCodec": "snappy",
    "org.apache.hadoop.io.compress.Lz4Codec": "lz4",
    "org.apache.hadoop.io.compress.ZStandardCodec": "zstd",
}
ESCAPE = b"\xff\xff\xff\xff"  # where a record's length would be: a sync marker follows
SYNC_BYTES = 16

_BATCH_BYTES = 256 * 1024
_RECORD_HEAD = struct.Struct(">ii").unpack_from


@dataclass(frozen=True)
class _Header:
    key: Writable
    value: Writable
    codec: str | None
    in_blocks: bool
    sync: bytes
    end: int


class _Origin(Origin):
    """Each record's own offset; in a file compressed by blocks, that of its block."""

    def __init__(self, uri: str, offsets: list[int]) -> None:
        super().__init__(uri, offsets[0] if offsets else None)
        self._offsets = offsets

    def offset_of(self, index: int) -> int | None:
        return self._offsets[index]


def _take_vint(source: ByteSource, what: str) -> int:
    return read_vlong(source.take(vlong_size(source.peek(1, what)[0]), what), 0)[0]


def _take_text(source: ByteSource, what: str) -> str:
    return source.take(_take_vint(source, what), what).decode("utf-8", "replace")


def _read_header(source: ByteSource) -> _Header:
    magic = source.take(4, "a header") if source.length >= 4 else b""
    if magic[:3] != b"SEQ":
        raise source.broken("no sequence file: it does not begin with SEQ", 0)
    if magic[3] != 6:
        raise source.broken(f"a sequence file of version {magic[3]}: we read version 6", 3)
    names = _take_text(source, "a key class"), _take_text(source, "a value class")
    is_compressed, in_blocks = source.take(2, "the header")
    codec_class = _take_text(source, "a codec class") if is_compressed else None
    for _ in range(2 * source.take_int("the metadata")):
        _take_text(source, "the metadata")
    sync = source.take(SYNC_BYTES, "a sync marker")
    if codec_class is not None and codec_class not in CODECS:
        raise CodecError(f"{source.uri}: the codec {codec_class!r} is not supported")
    key, value = (_writable(source.uri, name) for name in names)
    codec = None if codec_class is None else CODECS[codec_class]
    return _Header(key, value, codec, bool(in_blocks), sync, source.offset)


def _writable(uri: str, class_name: str) -> Writable:
    try:
        return writable_named(class_name)
    except CodecError as error:
        raise CodecError(f"{uri}: {error}") from error


def read_pairs(stream: BinaryIO, split: Split) -> Iterator[Pairs]:
    """The records of `split`, a batch for each block or for about 256 KiB."""
    source = ByteSource(stream, split.uri, split.file_length)
    header, end = _read_header(source), split.start + split.length
    if split.start:
        source.seek(max(split.start, header.end))
        if not source.skip_to(ESCAPE + header.sync, end):
            return
    yield from (_read_blocks if header.in_blocks else _read_records)(source, header, end)


@dataclass
class _Raw:
    """Records as bytes, on their way to being a batch."""

    keys: list[bytes] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)

    def decoded(self, source: ByteSource, header: _Header) -> Pairs:
        keys = self._column(source, header.key, self.keys)
        values = self._column(source, header.value, self.values)
        return Pairs(keys, values, _Origin(source.uri, self.offsets))

    def _column(self, source: ByteSource, writable: Writable, items: list[bytes]) -> list[Any]:
        try:
            return writable.decode_all(items)
        except CodecError as error:
            raise CodecError(f"{source.uri}: {error}") from error
        except ValueError:
            raise self._first_fault(source, writable, items) from None

    def _first_fault(self, source: ByteSource, writable: Writable, items: list[bytes]) -> DataError:
        for item, offset in zip(items, self.offsets, strict=True):
            try:
                writable.decode(item)
            except ValueError as error:
                return source.broken(f"damaged {writable.short_name}: {error}", offset)
        raise AssertionError("no item has a fault")


def _read_records(source: ByteSource, header: _Header, end: int) -> Iterator[Pairs]:
    raw, begin = _Raw(), source.offset
    while not source.is_at_end:
        offset = source.offset
        length = source.take_int("a record")
        if length == -1:
            if offset >= end:
                break
            _check_sync(source, header)
            continue
        key_length = source.take_int("a key")
        if not 0 <= key_length <= length:
            raise source.broken(f"a key of {key_length} in a record of {length} bytes", offset)
        raw.keys.append(source.take(key_length, "a key"))
        value = source.take(length - key_length, "a value")
        raw.values.append(_unpacked(source, header, value, offset) if header.codec else value)
        raw.offsets.append(offset)
        if header.codec is None:
            _take_ready(source, raw)
        if source.offset - begin >= _BATCH_BYTES:
            yield raw.decoded(source, header)
            raw, begin = _Raw(), source.offset
    if raw.keys:
        yield raw.decoded(source, header)


def _take_ready(source: ByteSource, raw: _Raw) -> None:
    """The records that were read ahead whole: a short loop for what is nearly all of a file."""
    data, first = source.ready()
    at, base = first, source.offset - first
    while at + 8 <= len(data):
        length, key_length = _RECORD_HEAD(data, at)
        behind, middle = at + 8 + length, at + 8 + key_length
        if not at + 8 <= middle <= behind <= len(data):
            break
        raw.keys.append(data[at + 8 : middle])
        raw.values.append(data[middle:behind])
        raw.offsets.append(base + at)
        at = behind
    source.skip(at - first)


def _read_blocks(source: ByteSource, header: _Header, end: int) -> Iterator[Pairs]:
    while not source.is_at_end and source.offset < end:
        offset = source.offset
        if source.take(4, "a block") != ESCAPE:
            raise source.broken("no block begins here", offset)
        _check_sync(source, header)
        count = _take_vint(source, "a block's count")
        keys = _items(source, header, count, offset)
        values = _items(source, header, count, offset)
        raw = _Raw(keys, values, [offset] * count)
        if count:
            yield raw.decoded(source, header)


def _items(source: ByteSource, header: _Header, count: int, offset: int) -> list[bytes]:
    """One of the two halves of a block: `count` lengths, then that many items."""
    packed_lengths = source.take(_take_vint(source, "a block"), "a block")
    packed_items = source.take(_take_vint(source, "a block"), "a block")
    lengths = _lengths(_unpacked(source, header, packed_lengths, offset))
    data = _unpacked(source, header, packed_items, offset)
    if lengths is None or len(lengths) != count or sum(lengths) != len(data):
        raise source.broken("damaged block: its lengths do not fit its data", offset)
    ends = list(accumulate(lengths, initial=0))
    return [data[begin:end] for begin, end in pairwise(ends)]


def _lengths(data: bytes) -> list[int] | None:
    """The VInts in `data`; None if they are none, or negative."""
    if not data or max(data) < 128:
        return list(data)
    lengths, at = [], 0
    while at < len(data):
        try:
            length, at = read_vlong(data, at)
        except ValueError:
            return None
        lengths.append(length)
    return lengths if min(lengths) >= 0 else None


def _unpacked(source: ByteSource, header: _Header, data: bytes, offset: int) -> bytes:
    assert header.codec is not None
    try:
        return decompress_bytes(header.codec, data, source.uri)
    except DataError as error:
        raise source.broken(error.message, offset) from error


def _check_sync(source: ByteSource, header: _Header) -> None:
    offset = source.offset
    if source.take(SYNC_BYTES, "a sync marker") != header.sync:
        raise source.broken("damaged: this is not the sync marker of the file", offset)
