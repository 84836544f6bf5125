"""JSON lines: one JSON value a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from hadoopjobs.core.errors import CodecError, ConfigError, DataError
from hadoopjobs.core.pairs import Pairs
from hadoopjobs.formats.base import Batch, Format, Layout, Split, Writer
from hadoopjobs.formats.convert import to_columns
from hadoopjobs.formats.json_text import decode_json, decode_json_lines
from hadoopjobs.formats.line_writers import LineWriter, encode_json_values
from hadoopjobs.formats.lines import (
    LINE_OPTIONS,
    Block,
    LineOrigin,
    line_splits,
    read_blocks,
    text_lines,
)
from hadoopjobs.formats.text import byte_pairs, without_mark
from hadoopjobs.storage.base import FileStatus, FileSystem

if TYPE_CHECKING:
    import pyarrow as pa


class JsonLinesFormat(Format):
    """`pairs`: (None, value); `bytes`: (None, line as bytes); `columns`: one for each name of the
    objects, or `value` where a line of the batch is no object.

    Blank lines are skipped. Option `schema`, a mapping of names to Arrow's names of types, says
    which columns there are; without it each batch has the columns and types of its own objects.
    Written are the values, of record batches each row as an object.
    """

    name = "jsonl"
    option_names = LINE_OPTIONS | {"schema"}

    def splits(
        self, fs: FileSystem, status: FileStatus, split_bytes: int, options: Mapping[str, Any]
    ) -> list[Split]:
        return line_splits(status, split_bytes, self.name)

    def read(
        self, fs: FileSystem, split: Split, layout: Layout, options: Mapping[str, Any]
    ) -> Iterator[Batch]:
        for block in read_blocks(fs, split):
            if layout == "bytes":
                yield byte_pairs(split.uri, block)
            elif (text := without_mark(block)) and (pairs := _pairs(split.uri, text)):
                yield _columns(pairs, options) if layout == "columns" else pairs

    def open_writer(self, stream: BinaryIO, options: Mapping[str, Any]) -> Writer:
        return LineWriter(stream, options, encode_json_values)


def _pairs(uri: str, block: Block) -> Pairs | None:
    lines, numbers = text_lines(block.data), None
    if not all(map(str.strip, lines)):
        numbers = [number for number, line in enumerate(lines) if line.strip()]
        lines = [lines[number] for number in numbers]
    origin = LineOrigin(uri, block, numbers)
    try:
        values = decode_json_lines(lines)
    except ValueError:
        raise _first_fault(lines, origin) from None
    return Pairs([None] * len(values), values, origin) if values else None


def _first_fault(lines: list[str], origin: LineOrigin) -> DataError:
    for at, line in enumerate(lines):
        try:
            decode_json(line)
        except ValueError as error:
            message = f"the line is not JSON: {error}"
            return DataError(message, uri=origin.uri, offset=origin.offset_of(at))
    raise AssertionError("no line has a fault")


def _columns(pairs: Pairs, options: Mapping[str, Any]) -> pa.RecordBatch:
    try:
        return to_columns(pairs, schema_option(options))
    except CodecError as error:
        origin = pairs.origin
        assert origin is not None
        raise DataError(str(error), uri=origin.uri, offset=origin.offset_of(0)) from error


def schema_option(options: Mapping[str, Any]) -> pa.Schema | None:
    """The Arrow schema that option `schema` gives as names and Arrow's names of types."""
    import pyarrow as pa

    fields = options.get("schema")
    if fields is None or isinstance(fields, pa.Schema):
        return fields
    try:
        return pa.schema([(name, pa.type_for_alias(alias)) for name, alias in dict(fields).items()])
    except (ValueError, TypeError) as error:
        raise ConfigError(f"option schema={fields!r} is no mapping of names to types") from error
