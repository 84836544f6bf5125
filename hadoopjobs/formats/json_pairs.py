"""Pairs as lines of `key<TAB>value`, both JSON: the output of jobs, and input of the next one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from hadoopjobs.core.errors import CodecError, DataError
from hadoopjobs.core.pairs import Pairs
from hadoopjobs.formats.base import Batch, Format, Layout, Split, Writer
from hadoopjobs.formats.convert import columns_of
from hadoopjobs.formats.json_text import decode_json, decode_json_lines
from hadoopjobs.formats.line_writers import LineWriter, encode_json_pairs
from hadoopjobs.formats.lines import (
    LINE_OPTIONS,
    Block,
    LineOrigin,
    line_splits,
    read_blocks,
    text_lines,
)
from hadoopjobs.formats.text import byte_pairs
from hadoopjobs.storage.base import FileStatus, FileSystem

if TYPE_CHECKING:
    import pyarrow as pa


class JsonPairsFormat(Format):
    """`pairs`: (key, value); `bytes`: (None, line as bytes); `columns`: `key` and `value`."""

    name = "json"
    option_names = LINE_OPTIONS

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
            else:
                pairs = _pairs(split.uri, block)
                yield _columns(pairs) if layout == "columns" else pairs

    def open_writer(self, stream: BinaryIO, options: Mapping[str, Any]) -> Writer:
        return LineWriter(stream, options, encode_json_pairs)


def _pairs(uri: str, block: Block) -> Pairs:
    parts = [line.partition("\t") for line in text_lines(block.data)]
    origin = LineOrigin(uri, block)
    try:
        keys = decode_json_lines([key for key, _, _ in parts])
        values = decode_json_lines([value for _, _, value in parts])
    except ValueError:
        raise _first_fault(parts, origin) from None
    return Pairs(keys, values, origin)


def _columns(pairs: Pairs) -> pa.RecordBatch:
    try:
        return columns_of({"key": pairs.keys, "value": pairs.values})
    except CodecError as error:
        origin = pairs.origin
        assert origin is not None
        raise DataError(str(error), uri=origin.uri, offset=origin.offset_of(0)) from error


def _first_fault(parts: list[tuple[str, str, str]], origin: LineOrigin) -> DataError:
    for at, (key, tab, value) in enumerate(parts):
        try:
            if not tab:
                raise ValueError("the line has no tab")
            decode_json(key)
            decode_json(value)
        except ValueError as error:
            message = f"the line is not a JSON key, a tab and a JSON value: {error}"
            return DataError(message, uri=origin.uri, offset=origin.offset_of(at))
    raise AssertionError("no line has a fault")
