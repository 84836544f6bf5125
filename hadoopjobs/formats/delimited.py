"""Delimited text as Hive's LazySimpleSerDe writes and reads it: no quotes, \\x01 between fields.

Source: Hive's language manual, "DDL: Row formats", and the source of LazySimpleSerDe.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hadoopjobs.core.errors import CodecError, ConfigError
from hadoopjobs.core.pairs import Pairs
from hadoopjobs.core.text import text_bytes
from hadoopjobs.formats.base import Batch, Layout, Split
from hadoopjobs.formats.line_format import BlockDecoder, LineFormat
from hadoopjobs.formats.line_writers import LineEncoder
from hadoopjobs.formats.lines import LINE_OPTIONS, Block, LineOrigin, read_blocks, text_lines
from hadoopjobs.formats.rows import (
    Row,
    RowEncoder,
    columns_option,
    field_text,
    one_character,
    text_columns,
)
from hadoopjobs.formats.text import line_column
from hadoopjobs.storage.base import FileSystem

if TYPE_CHECKING:
    import pyarrow as pa

_LINE_ENDS = {"n": "\n", "r": "\r"}


def delimited_format() -> LineFormat:
    """`pairs`: (None, list of text, None for null); `columns`: columns of text.

    Options: `field_delim` (\\x01), `null_format` (\\N, compared before escapes are undone),
    `escape` (none; \\n and \\r behind it are line ends, as in Hive) and `columns`, the names.
    With names a row has exactly those fields, as in Hive: what is missing is null, what is too
    much is dropped. Without, pairs have the fields of their line, and columns are c0, c1, … as
    the file's first line has them; a longer line is then a `DataError`.
    """
    options = LINE_OPTIONS | {"field_delim", "null_format", "escape", "columns"}
    return LineFormat("delimited", options, _open_decoder, _open_encoder)


def _open_decoder(
    fs: FileSystem, split: Split, layout: Layout, options: Mapping[str, Any]
) -> BlockDecoder:
    dialect, names = _dialect(options), columns_option(options)
    if layout == "pairs":
        return lambda block: _pairs(split.uri, block, dialect, names)
    if names is not None:
        return lambda block: _columns(split.uri, block, dialect, names, True)
    found = _names_of_first_line(fs, split, dialect)
    return lambda block: _columns(split.uri, block, dialect, found, False)


def _open_encoder(options: Mapping[str, Any]) -> LineEncoder:
    dialect = _dialect(options)
    encode_field = _field_encoder(dialect)
    encoder = RowEncoder()

    def encode(batch: Batch) -> bytes:
        rows = encoder.rows(batch)
        lines = (dialect.delimiter.join(map(encode_field, row)) for row in rows)
        return text_bytes("".join([f"{line}\n" for line in lines]))

    return encode


@dataclass(frozen=True)
class _Dialect:
    delimiter: str
    null: str
    escape: str | None
    separator: re.Pattern[str] | None
    escaped: re.Pattern[str] | None


def _dialect(options: Mapping[str, Any]) -> _Dialect:
    delimiter = options.get("field_delim", "\x01")
    if not isinstance(delimiter, str) or delimiter in ("", "\n"):
        raise ConfigError(f"option field_delim={delimiter!r} must be text other than a newline")
    escape = one_character(options, "escape", None)
    if escape is not None and escape in delimiter:
        raise ConfigError(f"option escape={escape!r} must not be in option field_delim")
    null = str(options.get("null_format", "\\N"))
    if escape is None:
        return _Dialect(delimiter, null, None, None, None)
    mark = re.escape(escape)
    field = re.compile(f"((?:{mark}.|(?!{re.escape(delimiter)}).)*)", re.DOTALL)
    return _Dialect(delimiter, null, escape, field, re.compile(f"{mark}(.)", re.DOTALL))


def _pairs(uri: str, block: Block, dialect: _Dialect, names: list[str] | None) -> Pairs:
    rows = _rows(block, dialect)
    if names is not None:
        _fit(rows, len(names), None)
    return Pairs([None] * len(rows), rows, LineOrigin(uri, block))


def _columns(
    uri: str, block: Block, dialect: _Dialect, names: list[str], may_drop: bool
) -> pa.RecordBatch:
    batch = _split_columns(block, dialect, names)
    if batch is not None:
        return batch
    rows = _rows(block, dialect)
    _fit(rows, len(names), None if may_drop else LineOrigin(uri, block))
    return text_columns(rows, names)


def _split_columns(block: Block, dialect: _Dialect, names: list[str]) -> pa.RecordBatch | None:
    """The columns, made without Python strings; None if lines differ in length or hold escapes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if dialect.escape is not None and dialect.escape.encode() in block.data:
        return None
    fields = pc.split_pattern(line_column(block.data).column(0), dialect.delimiter)
    widths = pc.min_max(pc.list_value_length(fields))
    if not widths["min"].as_py() == widths["max"].as_py() == len(names):
        return None
    columns = [pc.list_element(fields, number) for number in range(len(names))]
    null = pa.scalar(None, pa.string())
    nulled = [pc.if_else(pc.equal(column, dialect.null), null, column) for column in columns]
    return pa.record_batch(nulled, names=names)


def _rows(block: Block, dialect: _Dialect) -> list[Row]:
    lines = text_lines(block.data)
    rows: list[Row]
    if dialect.escape is None or dialect.escape.encode() not in block.data:
        rows = [line.split(dialect.delimiter) for line in lines]  # type: ignore[misc]
        if dialect.null.encode() in block.data:
            rows = [[None if field == dialect.null else field for field in row] for row in rows]
        return rows
    return [_split_escaped(line, dialect) for line in lines]


def _split_escaped(line: str, dialect: _Dialect) -> Row:
    assert dialect.separator is not None
    fields, at = [], 0
    while True:
        match = dialect.separator.match(line, at)
        assert match is not None
        fields.append(_unescaped(match[0], dialect))
        at = match.end() + len(dialect.delimiter)
        if match.end() >= len(line):
            return fields


def _unescaped(field: str, dialect: _Dialect) -> str | None:
    assert dialect.escaped is not None
    if field == dialect.null:
        return None
    return dialect.escaped.sub(lambda match: _LINE_ENDS.get(match[1], match[1]), field)


def _fit(rows: list[Row], width: int, origin: LineOrigin | None) -> None:
    """Give each row `width` fields; with an `origin`, a row that has more is an error."""
    for at, row in enumerate(rows):
        missing = width - len(row)
        if missing > 0:
            row += [None] * missing
        elif missing < 0:
            if origin is not None:
                raise origin.broken(
                    f"a line has {len(row)} fields, and the file's first line has {width}: "
                    "name the columns with option columns",
                    at,
                )
            del row[width:]


def _names_of_first_line(fs: FileSystem, split: Split, dialect: _Dialect) -> list[str]:
    whole = Split(split.uri, 0, split.file_length, split.file_length, split.format)
    blocks = read_blocks(fs, whole)
    first = next(blocks, None)
    blocks.close()
    if first is None:
        return []
    data = first.data[: first.data.find(b"\n") + 1] or first.data
    return [f"c{number}" for number in range(len(_rows(Block(data, 0), dialect)[0]))]


def _field_encoder(dialect: _Dialect) -> Callable[[Any], str]:
    delimiter = dialect.delimiter

    def plain(value: Any) -> str:
        if value is None:
            return dialect.null
        text = field_text(value)
        has_delimiter = (text + delimiter).index(delimiter) < len(text)  # "|" has, before "||"
        if has_delimiter or "\n" in text or text == dialect.null or text.endswith("\r"):
            raise CodecError(
                f"the field {text[:60]!r} holds a delimiter, a line end or the sign for null: "
                "say how to escape it with option escape"
            )
        return text

    if dialect.escape is None:
        return plain
    return _escaping_encoder(dialect, dialect.escape)


def _escaping_encoder(dialect: _Dialect, escape: str) -> Callable[[Any], str]:
    marks = escape + dialect.delimiter
    if not _LINE_ENDS.keys().isdisjoint(marks):
        raise ConfigError(
            f"a delimiter {dialect.delimiter!r} cannot be escaped with {escape!r}: "
            "an escaped n or r is a line end"
        )
    if dialect.null in {escape + mark for mark in dialect.delimiter}:
        raise ConfigError(
            f"a delimiter {dialect.delimiter!r} cannot be escaped with {escape!r}: "
            f"{dialect.null!r} stands for null"
        )
    special = re.compile("|".join(map(re.escape, f"{marks}\n\r")))
    ends = {end: name for name, end in _LINE_ENDS.items()}

    def replace(match: re.Match[str]) -> str:
        return escape + ends.get(match[0], match[0])

    def escaped(value: Any) -> str:
        if value is None:
            return dialect.null
        text = special.sub(replace, field_text(value))
        if text != dialect.null:
            return text
        at = next((at for at, char in enumerate(text) if char not in "nr"), None)
        if at is None:
            raise CodecError(f"a field is {text!r}, the sign for null: choose another null_format")
        return text[:at] + escape + text[at:]

    return escaped
