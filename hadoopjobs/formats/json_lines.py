"""JSON lines: one JSON value a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hadoopjobs.core.errors import DataError
from hadoopjobs.core.pairs import Pairs
from hadoopjobs.formats.base import Batch, Layout, Split
from hadoopjobs.formats.convert import columns_of_input, schema_option
from hadoopjobs.formats.json_text import decode_json, decode_json_lines
from hadoopjobs.formats.line_format import BlockDecoder, LineFormat
from hadoopjobs.formats.line_writers import encode_json_values
from hadoopjobs.formats.lines import LINE_OPTIONS, Block, LineOrigin, text_lines, without_mark
from hadoopjobs.storage.base import FileSystem


def json_lines_format() -> LineFormat:
    """`pairs`: (None, value); `columns`: one for each name of the objects, or `value` where a
    line of the batch is no object.

    Blank lines are skipped. Option `schema`, a mapping of names to Arrow's names of types, says
    which columns there are; without it each batch has the columns and types of its own objects.
    Written are the values, of record batches each row as an object.
    """
    options = LINE_OPTIONS | {"schema"}
    return LineFormat("jsonl", options, _open_decoder, lambda options: encode_json_values)


def _open_decoder(
    fs: FileSystem, split: Split, layout: Layout, options: Mapping[str, Any]
) -> BlockDecoder:
    schema = schema_option(options) if layout == "columns" else None

    def decode(block: Block) -> Batch | None:
        text = without_mark(block)
        pairs = text and _pairs(split.uri, text)
        return columns_of_input(pairs, schema) if pairs and layout == "columns" else pairs

    return decode


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
            return origin.broken(f"the line is not JSON: {error}", at)
    raise AssertionError("no line has a fault")
