"""Lines of text. A line is the value; there is no key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from hadoopjobs.core.pairs import Pairs
from hadoopjobs.formats.base import Batch, Layout, Split
from hadoopjobs.formats.line_format import BlockDecoder, DecoderOpener, LineFormat
from hadoopjobs.formats.line_writers import (
    LineEncoder,
    encode_lines,
    encode_text_pairs,
    encode_text_values,
)
from hadoopjobs.formats.lines import LINE_OPTIONS, Block, text_pairs, without_mark
from hadoopjobs.storage.base import FileSystem

if TYPE_CHECKING:
    import pyarrow as pa

PairMaker: TypeAlias = Callable[[str, Block, Block], Pairs]


def text_format() -> LineFormat:
    """Written are `key<TAB>value` as text."""
    return _text_format("text", encode_text_pairs)


def values_format() -> LineFormat:
    """Written are the values alone, as text."""
    return _text_format("values", encode_text_values)


def lines_format() -> LineFormat:
    """Written are values that are lines already, each with a newline behind it."""
    return _text_format("lines", encode_lines)


def _text_format(name: str, encode: LineEncoder) -> LineFormat:
    """`pairs`: (None, line); `columns`: one column `line`.

    A byte order mark that begins the file is skipped (MAPREDUCE-5777), but not in `bytes`.
    In `columns`, where text must be UTF-8, bytes that are not become U+FFFD.
    """
    return LineFormat(name, LINE_OPTIONS, decoder_opener(_pairs), lambda options: encode)


def _pairs(uri: str, block: Block, text: Block) -> Pairs:
    return text_pairs(uri, text)


def decoder_opener(make_pairs: PairMaker) -> DecoderOpener:
    """What opens the decoder of a format of plain lines; `make_pairs` gets the file's URI, a block,
    and it again without the byte order mark that may begin a file."""

    def open_decoder(
        fs: FileSystem, split: Split, layout: Layout, options: Mapping[str, Any]
    ) -> BlockDecoder:
        def decode(block: Block) -> Batch | None:
            text = without_mark(block)
            if text is None:
                return None
            if layout == "columns":
                return line_column(text.data)
            return make_pairs(split.uri, block, text)

        return decode

    return open_decoder


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
