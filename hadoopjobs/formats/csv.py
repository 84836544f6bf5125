"""Comma-separated values (RFC 4180)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, BinaryIO

from hadoopjobs.core.errors import CodecError, ConfigError, DataError
from hadoopjobs.core.pairs import Origin, Pairs
from hadoopjobs.core.text import text_bytes
from hadoopjobs.formats.base import Batch, Format, Layout, Split, Writer
from hadoopjobs.formats.line_writers import LineWriter
from hadoopjobs.formats.lines import (
    LINE_OPTIONS,
    PIECE_BYTES,
    Block,
    LineOrigin,
    byte_pairs,
    mixed_pairs,
    read_blocks,
    without_mark,
)
from hadoopjobs.formats.rows import (
    Row,
    RowEncoder,
    columns_option,
    field_text,
    one_character,
    text_columns,
)
from hadoopjobs.formats.splits import line_splits, whole_file_split
from hadoopjobs.storage.base import FileStatus, FileSystem

_LARGEST_FIELD = 2**31 - 1
_ROWS_AT_ONCE = 64
_LINE_END = "\r\n"  # so that the csv module quotes fields with either; written is "\n"


class CsvFormat(Format):
    """`pairs`: (None, list of text); `columns`: columns of text.

    Options: `field_delim` (a comma), `quote` ("), `header` (False: the first line is a row too),
    `columns`, the names (without: the header's, or c0, c1, …), `null_format` (none: every field
    is text), and `multiline` (True: a quoted field may hold line ends, so a file is one split;
    False: files are split, and such a field is an error). Blank lines are skipped. Rows of
    unequal length are a `DataError` in `columns`.
    """

    name = "csv"
    option_names = LINE_OPTIONS | {
        "field_delim", "quote", "header", "columns", "null_format", "multiline",
    }  # fmt: skip

    def splits(
        self, fs: FileSystem, status: FileStatus, split_bytes: int, options: Mapping[str, Any]
    ) -> list[Split]:
        if options.get("multiline", True):
            return whole_file_split(status, self.name)
        return line_splits(status, split_bytes, self.name)

    def read(
        self, fs: FileSystem, split: Split, layout: Layout, options: Mapping[str, Any]
    ) -> Iterator[Batch]:
        if layout == "bytes":
            yield from (byte_pairs(split.uri, block) for block in read_blocks(fs, split))
            return
        if layout == "texts":
            yield from (mixed_pairs(split.uri, block) for block in read_blocks(fs, split))
            return
        names = columns_option(options)
        if layout == "columns" and names is None:
            names = _names_in_file(fs, split, options)
        for rows in _read_rows(fs, split, options):
            if layout == "columns" and names is not None:
                _check_width(rows, len(names), split.uri)
                yield text_columns(rows, names)
            else:
                yield Pairs([None] * len(rows), rows, Origin(split.uri))

    def open_writer(self, stream: BinaryIO, options: Mapping[str, Any]) -> Writer:
        return LineWriter(stream, options, _Encoder(options))


def _dialect(options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "delimiter": one_character(options, "field_delim", ","),
        "quotechar": one_character(options, "quote", '"'),
        "strict": True,
    }


def _reader(lines: Iterable[str], options: Mapping[str, Any]) -> Any:
    csv.field_size_limit(_LARGEST_FIELD)  # the module's own is 128 KiB
    try:
        return csv.reader(lines, **_dialect(options))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"these options make no CSV: {error}") from error


class _Lines:
    """The lines of blocks, with their ends, and how far the reader of them has come."""

    def __init__(self, blocks: Iterable[Block], uri: str) -> None:
        self._blocks = blocks
        self._uri = uri
        self._block = Block(b"", 0)
        self._lines_before = 0
        self.lines = 0
        self.bytes = 0

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(map(self._of_block, self._blocks))

    def _of_block(self, block: Block) -> list[str]:
        text = without_mark(block) or Block(b"", 0)
        lines = text.data.decode("utf-8", "surrogateescape").split("\n")
        last = lines.pop()
        lines = [line + "\n" for line in lines]
        if last:
            lines.append(last)
        self._block, self._lines_before = text, self.lines
        self.lines += len(lines)
        self.bytes += len(block.data)
        return lines

    def broken(self, message: str, line_number: int) -> DataError:
        """An error at line `line_number`, counted from 1 over all blocks."""
        line = max(0, line_number - self._lines_before - 1)
        return LineOrigin(self._uri, self._block).broken(message, line)


def _read_rows(fs: FileSystem, split: Split, options: Mapping[str, Any]) -> Iterator[list[Row]]:
    """Rows without the header, in batches of about one block."""
    null = options.get("null_format")
    skips_header = bool(options.get("header")) and split.start == 0
    for rows in _parsed(fs, split, options):
        if skips_header:
            del rows[0]
            skips_header = False
        if null is not None:
            rows = [[None if field == null else field for field in row] for row in rows]
        if rows:
            yield rows


def _parsed(fs: FileSystem, split: Split, options: Mapping[str, Any]) -> Iterator[list[Row]]:
    blocks = read_blocks(fs, split)
    if options.get("multiline", True):
        return _parsed_together(blocks, split.uri, options)
    return (rows for block in blocks if (rows := _parsed_alone(block, split.uri, options)))


def _parsed_together(
    blocks: Iterable[Block], uri: str, options: Mapping[str, Any]
) -> Iterator[list[Row]]:
    lines = _Lines(blocks, uri)
    reader = _reader(lines, options)
    while True:
        begin, rows = lines.bytes, list[Row]()
        while lines.bytes - begin < PIECE_BYTES:
            more = _next_rows(reader, lines)
            if not more:
                break
            rows += filter(None, more)
        if rows:
            yield rows
        if not more:
            return


def _next_rows(reader: Any, lines: _Lines) -> list[Row]:
    try:
        return list(islice(reader, _ROWS_AT_ONCE))
    except csv.Error as error:
        raise lines.broken(f"no CSV: {error}", reader.line_num) from error


def _parsed_alone(block: Block, uri: str, options: Mapping[str, Any]) -> list[Row]:
    lines = _Lines([block], uri)
    reader = _reader(lines, options)
    rows: list[Row] = []
    while more := _next_rows(reader, lines):
        rows += more
        if len(rows) != reader.line_num:
            message = "a quoted field holds a line end: read the file with option multiline=True"
            raise lines.broken(message, reader.line_num)
    return [row for row in rows if row]


def _check_width(rows: list[Row], width: int, uri: str) -> None:
    for row in rows:
        if len(row) != width:
            raise DataError(f"the row {row!r:.200} has {len(row)} fields, not {width}", uri=uri)


def _names_in_file(fs: FileSystem, split: Split, options: Mapping[str, Any]) -> list[str]:
    whole = Split(split.uri, 0, split.file_length, split.file_length, split.format)
    first = next(((rows[0]) for rows in _parsed(fs, whole, options)), list[str | None]())
    if options.get("header"):
        return [str(name) for name in first]
    return [f"c{number}" for number in range(len(first))]


class _LineList:
    """A file as the csv module wants it; gets one line with each call."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, line: str) -> None:
        self.lines.append(line)


class _Encoder:
    """Batches as CSV; the header before the first."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._lines = _LineList()
        try:
            self._writer = csv.writer(self._lines, **_dialect(options), lineterminator=_LINE_END)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"these options make no CSV: {error}") from error
        self._null = str(options.get("null_format") or "")
        self._names = columns_option(options)
        self._rows = RowEncoder()
        self._needs_header = bool(options.get("header"))

    def __call__(self, batch: Batch) -> bytes:
        if self._needs_header:
            self._writer.writerow(self._header(batch))
            self._needs_header = False
        try:
            self._writer.writerows(
                [self._null if field is None else field_text(field) for field in row]
                for row in self._rows.rows(batch)
            )
        except csv.Error as error:
            raise CodecError(f"a row cannot be CSV: {error}") from error
        lines, self._lines.lines = self._lines.lines, []
        return text_bytes("".join([line.removesuffix(_LINE_END) + "\n" for line in lines]))

    def _header(self, batch: Batch) -> list[str]:
        if self._names is not None:
            return self._names
        if not isinstance(batch, Pairs):
            return list(batch.schema.names)
        if batch.values and isinstance(batch.values[0], dict):
            return list(batch.values[0])
        raise ConfigError("a CSV header needs names: give them with option columns")
