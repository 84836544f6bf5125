"""Lines of text. A line is the value; there is no key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from hadoopjobs.core.pairs import Pairs
from hadoopjobs.formats.base import Batch, Format, Layout, Split, Writer
from hadoopjobs.formats.line_writers import (
    LineEncoder,
    LineWriter,
    encode_lines,
    encode_text_pairs,
    encode_text_values,
)
from hadoopjobs.formats.lines import (
    LINE_OPTIONS,
    Block,
    LineOrigin,
    byte_lines,
    line_splits,
    read_blocks,
    text_lines,
)
from hadoopjobs.storage.base import FileStatus, FileSystem

if TYPE_CHECKING:
    import pyarrow as pa

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class TextFormat(Format):
    """`pairs`: (None, line); `bytes`: (None, line as bytes); `columns`: one column `line`.

    A byte order mark that begins the file is skipped (MAPREDUCE-5777), but not in `bytes`.
    In `columns`, where text must be UTF-8, bytes that are not become U+FFFD.
    The formats that this class reads differ in what they write, which `encode` says.
    """

    option_names = LINE_OPTIONS

    def __init__(self, name: str, encode: LineEncoder) -> None:
        self.name = name
        self._encode = encode

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
            elif text := without_mark(block):
                yield line_column(text.data) if layout == "columns" else _pairs(split.uri, text)

    def open_writer(self, stream: BinaryIO, options: Mapping[str, Any]) -> Writer:
        return LineWriter(stream, options, self._encode)


def text_format() -> TextFormat:
    """Written are `key<TAB>value` as text."""
    return TextFormat("text", encode_text_pairs)


def values_format() -> TextFormat:
    """Written are the values alone, as text."""
    return TextFormat("values", encode_text_values)


def lines_format() -> TextFormat:
    """Written are values that are lines already, each with a newline behind it."""
    return TextFormat("lines", encode_lines)


def without_mark(block: Block) -> Block | None:
    if block.offset != 0 or not block.data.startswith(_BYTE_ORDER_MARK):
        return block
    return Block(block.data[3:], 3) if len(block.data) > 3 else None


def byte_pairs(uri: str, block: Block) -> Pairs:
    lines = byte_lines(block.data)
    return Pairs([None] * len(lines), lines, LineOrigin(uri, block))


def _pairs(uri: str, block: Block) -> Pairs:
    lines = text_lines(block.data)
    return Pairs([None] * len(lines), lines, LineOrigin(uri, block))


def line_column(data: bytes) -> pa.RecordBatch:
    """The lines in `data` as a record batch of one text column, made without Python strings."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = data.replace(b"\r\n", b"\n").removesuffix(b"\r") if b"\r" in data else data
    if data.endswith(b"\n"):
        text = text[:-1]
    try:
        whole = pa.array([text], pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:  # not UTF-8
        whole = pa.array([text.decode("utf-8", "replace")], pa.string())
    lines = pc.list_flatten(pc.split_pattern(whole, "\n"))
    return pa.record_batch([lines], names=["line"])
