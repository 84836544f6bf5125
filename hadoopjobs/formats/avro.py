"""Avro container files, split at sync markers.

Source: Apache Avro 1.11 specification, "Object Container Files".
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from hadoopjobs.core.errors import CodecError, ConfigError, DataError, HadoopJobsError
from hadoopjobs.core.pairs import Origin, Pairs
from hadoopjobs.formats.base import Batch, Format, Layout, Split, Writer, no_bytes_layout
from hadoopjobs.formats.byte_source import ByteSource
from hadoopjobs.formats.compression import decompress_bytes
from hadoopjobs.formats.convert import columns_of_input, rows_of, to_columns
from hadoopjobs.formats.shared_file import SharedFile
from hadoopjobs.formats.splits import range_splits
from hadoopjobs.storage.base import FileStatus, FileSystem

if TYPE_CHECKING:
    import pyarrow as pa

_MAGIC = b"Obj\x01"
_SYNC_BYTES = 16
_BATCH_BYTES = 256 * 1024
_CODECS = {
    "none": "null",
    "deflate": "deflate",
    "bzip2": "bzip2",
    "snappy": "snappy",
}
_READABLE = {*_CODECS.values(), "xz", "zstandard"}


class AvroFormat(Format):
    """`pairs`: (None, record as a dict); `columns`: of the schema's fields.

    A split holds the blocks whose sync marker, the one before them, begins in it. Options for
    writing: `schema`, an Avro schema (without it, that of the first batch's columns, each field
    nullable), and `compression` (deflate if not said).
    """

    name = "avro"
    option_names = frozenset({"compression", "schema"})

    def splits(
        self, fs: FileSystem, status: FileStatus, split_bytes: int, options: Mapping[str, Any]
    ) -> list[Split]:
        return range_splits(status, split_bytes, self.name)

    def read(
        self, fs: FileSystem, split: Split, layout: Layout, options: Mapping[str, Any]
    ) -> Iterator[Batch]:
        no_bytes_layout(self.name, layout)
        with fs.open_read(split.uri) as stream:
            source = ByteSource(stream, split.uri, split.file_length)
            header = _read_header(source)
            for batch in _read_pairs(source, header, split):
                yield _columns(batch, header) if layout == "columns" else batch

    def open_writer(self, stream: BinaryIO, options: Mapping[str, Any]) -> Writer:
        return AvroWriter(stream, options)


@dataclass(frozen=True)
class _Header:
    """`container` is the header as fastavro gets it; what it cannot unpack, it gets unpacked."""

    container: bytes
    schema: Any
    sync: bytes
    end: int
    is_zstd: bool


def _read_header(source: ByteSource) -> _Header:
    if source.length < 4 or source.take(4, "a header") != _MAGIC:
        raise source.broken("no Avro container file: it does not begin with Obj", 0)
    metadata = {}
    while count := _take_long(source, "the header"):
        if count < 0:
            _take_long(source, "the header")
        for _ in range(abs(count)):
            name = _take_bytes(source)
            metadata[name] = _take_bytes(source)
    sync = source.take(_SYNC_BYTES, "a sync marker")
    codec = metadata.get(b"avro.codec", b"null").decode("utf-8", "replace")
    if codec not in _READABLE:
        raise CodecError(f"{source.uri}: the Avro codec {codec!r} is not supported")
    try:
        schema = json.loads(metadata[b"avro.schema"])
    except (KeyError, ValueError, RecursionError) as error:
        raise source.broken(f"damaged header: it holds no schema ({error})", 0) from error
    is_zstd = codec == "zstandard"
    known = {
        b"avro.schema": metadata[b"avro.schema"],
        b"avro.codec": b"null" if is_zstd else codec.encode(),
    }
    return _Header(_container_header(known, sync), schema, sync, source.offset, is_zstd)


def _container_header(metadata: Mapping[bytes, bytes], sync: bytes) -> bytes:
    items = (part for item in metadata.items() for part in item)
    counted = b"".join([_long_bytes(len(part)) + part for part in items])
    return _MAGIC + _long_bytes(len(metadata)) + counted + b"\0" + sync


def _take_long(source: ByteSource, what: str) -> int:
    number = shift = 0
    while True:
        byte = source.take(1, what)[0]
        number |= (byte & 127) << shift
        if byte < 128:
            return (number >> 1) ^ -(number & 1)
        shift += 7
        if shift > 63:
            raise source.broken("damaged: a number of more than 64 bits")


def _long_bytes(number: int) -> bytes:
    rest, data = number << 1, bytearray()
    while rest > 127:
        data.append(rest & 127 | 128)
        rest >>= 7
    return bytes([*data, rest])


def _take_bytes(source: ByteSource) -> bytes:
    return source.take(_take_long(source, "the header"), "the header")


def _read_pairs(source: ByteSource, header: _Header, split: Split) -> Iterator[Pairs]:
    end = split.start + split.length
    source.seek(max(split.start, header.end - _SYNC_BYTES))
    if not source.skip_to(header.sync, end):
        return
    source.take(_SYNC_BYTES, "a sync marker")
    while blocks := _take_blocks(source, header, end):
        offset, count, data = blocks
        if count:
            records = _decode(header, data, count, split.uri, offset)
            yield Pairs([None] * count, records, Origin(split.uri, offset))


def _take_blocks(source: ByteSource, header: _Header, end: int) -> tuple[int, int, bytes] | None:
    """Whole blocks of about 256 KiB: where they begin, how many records they hold, their bytes."""
    offset, records, parts = source.offset, 0, list[bytes]()
    while source.offset - offset < _BATCH_BYTES:
        begin = source.offset
        if source.is_at_end or begin - _SYNC_BYTES >= end:
            break
        count, size = _take_long(source, "a block"), _take_long(source, "a block")
        if count < 0:
            raise source.broken(f"damaged: a block of {count} records", begin)
        data = source.take(size, "a block")
        if source.take(_SYNC_BYTES, "a sync marker") != header.sync:
            raise source.broken("damaged: no sync marker behind this block", begin)
        if header.is_zstd:
            data = _unpacked(source, data, begin)
            size = len(data)
        parts += [_long_bytes(count), _long_bytes(size), data, header.sync]
        records += count
    return (offset, records, b"".join(parts)) if parts else None


def _unpacked(source: ByteSource, data: bytes, offset: int) -> bytes:
    try:
        return decompress_bytes("zstd", data, source.uri)
    except DataError as error:
        raise source.broken(error.message, offset) from error


def _decode(header: _Header, data: bytes, count: int, uri: str, offset: int) -> list[Any]:
    """The records of whole blocks, by way of a small container file of their own."""
    import fastavro

    container = io.BytesIO(header.container + data)
    try:
        records = list(fastavro.reader(container))
    except Exception as error:  # fastavro, and the codecs below it, raise of every kind
        message = f"damaged blocks: {type(error).__name__}: {error}"
        raise DataError(message, uri=uri, offset=offset) from error
    if len(records) != count:
        message = f"damaged blocks: {len(records)} records, where {count} should be"
        raise DataError(message, uri=uri, offset=offset)
    return records


def _columns(pairs: Pairs, header: _Header) -> pa.RecordBatch:
    from hadoopjobs.formats.avro_schema import arrow_schema

    return columns_of_input(pairs, arrow_schema(header.schema))


class AvroWriter(Writer):
    """Writes rows as records; pairs become rows as `convert.to_columns` says."""

    def __init__(self, stream: BinaryIO, options: Mapping[str, Any]) -> None:
        codec = options.get("compression", "deflate")
        if codec not in _CODECS:
            raise ConfigError(
                f"avro has no compression {codec!r}: choose one of {', '.join(_CODECS)}"
            )
        self._codec = _CODECS[codec]
        self._file = cast(BinaryIO, SharedFile(stream))
        self._schema = _schema_option(options)
        self._names: set[str] = set()
        self._writer: Any = None

    def write(self, batch: Batch) -> None:
        from fastavro.validation import ValidationError

        if not len(batch):
            return
        if self._writer is None:
            self._begin(batch)
        for row in _rows(batch):
            if not self._names.issuperset(row):  # fastavro would leave out what it does not know
                raise CodecError(
                    f"a record has the fields {', '.join(map(str, row))}, and the Avro schema has "
                    f"{', '.join(self._names)}: give the schema of all records with option schema"
                )
            try:
                self._writer.write(row)
            except (ValidationError, ValueError, TypeError, KeyError, OverflowError) as error:
                first = " ".join(str(error).split())
                raise CodecError(
                    f"a record does not fit the Avro schema: {first}; "
                    "give the schema of all records with option schema"
                ) from error

    def close(self) -> None:
        if self._writer is None:
            self._begin(Pairs([], []))
        self._writer.flush()

    def _begin(self, first: Batch) -> None:
        from fastavro.write import Writer as FastavroWriter

        from hadoopjobs.formats.avro_schema import avro_schema

        schema = self._schema or avro_schema(to_columns(first).schema)
        if not isinstance(schema, dict) or "fields" not in schema:
            raise ConfigError("option schema is no Avro schema of a record")
        try:
            self._writer = FastavroWriter(self._file, schema, self._codec, validator=True)
        except HadoopJobsError:
            raise
        except Exception as error:  # fastavro has no base class for what a schema can do wrong
            raise ConfigError(f"fastavro refuses the Avro schema: {error}") from error
        self._names = {field["name"] for field in schema["fields"]}


def _schema_option(options: Mapping[str, Any]) -> Any:
    schema = options.get("schema")
    try:
        return json.loads(schema) if isinstance(schema, str) else schema
    except ValueError as error:
        raise ConfigError(f"option schema is not JSON: {error}") from error


def _rows(batch: Batch) -> list[Any]:
    if not isinstance(batch, Pairs):
        return rows_of(batch).values
    if any(key is not None for key in batch.keys):
        return [{"key": key, "value": value} for key, value in zip(batch.keys, batch.values)]
    if all(isinstance(value, dict) for value in batch.values):
        return batch.values
    return [{"value": value} for value in batch.values]
