"""Pairs as lines of `key<TAB>value`, both JSON: the output of jobs, and input of the next one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hadoopjobs.core.errors import DataError
from hadoopjobs.core.pairs import Pairs
from hadoopjobs.formats.base import Batch, Layout, Split
from hadoopjobs.formats.convert import key_and_value_columns
from hadoopjobs.formats.json_text import decode_json, decode_json_lines
from hadoopjobs.formats.line_format import BlockDecoder, LineFormat
from hadoopjobs.formats.line_writers import encode_json_pairs
from hadoopjobs.formats.lines import LINE_OPTIONS, Block, LineOrigin, text_lines
from hadoopjobs.storage.base import FileSystem


def json_pairs_format() -> LineFormat:
    """`pairs`: (key, value); `columns`: `key` and `value`."""
    return LineFormat("json", LINE_OPTIONS, _open_decoder, lambda options: encode_json_pairs)


def _open_decoder(
    fs: FileSystem, split: Split, layout: Layout, options: Mapping[str, Any]
) -> BlockDecoder:
    def decode(block: Block) -> Batch:
        pairs = _pairs(split.uri, block)
        return key_and_value_columns(pairs) if layout == "columns" else pairs

    return decode


def _pairs(uri: str, block: Block) -> Pairs:
    parts = [line.partition("\t") for line in text_lines(block.data)]
    origin = LineOrigin(uri, block)
    try:
        keys = decode_json_lines([key for key, _, _ in parts])
        values = decode_json_lines([value for _, _, value in parts])
    except ValueError:
        raise _first_fault(parts, origin) from None
    return Pairs(keys, values, origin)


def _first_fault(parts: list[tuple[str, str, str]], origin: LineOrigin) -> DataError:
    for at, (key, tab, value) in enumerate(parts):
        try:
            if not tab:
                raise ValueError("the line has no tab")
            decode_json(key)
            decode_json(value)
        except ValueError as error:
            message = f"the line is not a JSON key, a tab and a JSON value: {error}"
            return origin.broken(message, at)
    raise AssertionError("no line has a fault")
