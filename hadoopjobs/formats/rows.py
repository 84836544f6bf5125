"""Rows of text fields: what delimited text and CSV share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import TYPE_CHECKING, Any, TypeAlias

from hadoopjobs.core.errors import CodecError, ConfigError
from hadoopjobs.core.pairs import Pairs
from hadoopjobs.formats.base import Batch
from hadoopjobs.formats.line_writers import as_text

if TYPE_CHECKING:
    import pyarrow as pa

Row: TypeAlias = "list[str | None]"


def columns_option(options: Mapping[str, Any]) -> list[str] | None:
    """Names of the columns: a sequence, or text with commas between them."""
    names = options.get("columns")
    if names is None:
        return None
    return names.split(",") if isinstance(names, str) else [str(name) for name in names]


def one_character(options: Mapping[str, Any], name: str, default: str | None) -> str | None:
    """An option that is a single character. Raises `ConfigError` if it is longer."""
    character = options.get(name, default)
    if character is None or (isinstance(character, str) and len(character) == 1):
        return character
    raise ConfigError(f"option {name}={character!r} must be one character")


def text_columns(rows: Sequence[Row], names: Sequence[str]) -> pa.RecordBatch:
    """The rows, all as long as `names`, as columns of text; bytes that are not UTF-8 become
    U+FFFD, since Arrow's text is UTF-8."""
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.record_batch([_text_column(column) for column in columns], names=list(names))


def _text_column(values: Sequence[str | None]) -> pa.Array:
    import pyarrow as pa

    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        return pa.array([_repaired(value) for value in values], pa.string())


def _repaired(value: str | None) -> str | None:
    if value is None:
        return None
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class RowEncoder:
    """The fields of the records of one file: of pairs the key, if there is one, and then the
    value's items; of a record batch the columns.

    The first dict says which fields the rows have, and in which order. One that a later dict has
    not is null; one that only a later dict has raises `CodecError`.
    """

    def __init__(self) -> None:
        self._names: list[Any] | None = None

    def rows(self, batch: Batch) -> list[list[Any]]:
        if not isinstance(batch, Pairs):
            columns = [column.to_pylist() for column in batch.columns]
            return [list(row) for row in zip(*columns, strict=True)]
        rows = map(self._fields, batch.values)
        return [row if key is None else [key, *row] for key, row in zip(batch.keys, rows)]

    def _fields(self, value: Any) -> list[Any]:
        if not isinstance(value, dict):
            return list(value) if isinstance(value, list | tuple) else [value]
        if self._names is None:
            self._names = list(value)
        if value.keys() - self._names:
            (strange, *_) = (name for name in value if name not in self._names)
            raise CodecError(
                f"a row has a field {strange!r:.100} that the first row of its file has not: give "
                "all rows the same fields, or write json"
            )
        return [value.get(name) for name in self._names]


def field_text(value: Any) -> str:
    """One field as Hive writes it: `true`, `2024-01-31 12:00:00`, nested values as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | set | frozenset | dict):
        from hadoopjobs.formats.json_text import encode_json

        return encode_json(value)
    if isinstance(value, date | time):
        return str(value)
    return as_text(value)
