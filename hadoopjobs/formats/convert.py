"""Between the two kinds of batch: pairs of Python objects and Arrow record batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hadoopjobs.core.errors import CodecError, ConfigError, DataError
from hadoopjobs.core.pairs import Pairs
from hadoopjobs.formats.base import Batch

if TYPE_CHECKING:
    import pyarrow as pa


def to_pairs(batch: Batch) -> Pairs:
    """`batch` as pairs of keys and values.

    Of a record batch the first column is the key and the second the value; a single column is
    the value; of more columns the value is the list of all but the first.
    """
    if isinstance(batch, Pairs):
        return batch
    columns = [column.to_pylist() for column in batch.columns]
    nothing = [None] * batch.num_rows
    if not columns:
        return Pairs(nothing, nothing)
    if len(columns) == 1:
        return Pairs(nothing, columns[0])
    if len(columns) == 2:
        return Pairs(columns[0], columns[1])
    return Pairs(columns[0], list(map(list, zip(*columns[1:], strict=True))))


def to_columns(batch: Batch, schema: pa.Schema | None = None) -> pa.RecordBatch:
    """`batch` as an Arrow record batch.

    Pairs without keys whose values are dicts become a column for each name; without keys, other
    values become the column `value`; with keys, columns `key` and `value`. Types are `schema`'s,
    or what Arrow infers. Raises `CodecError` where values have no type in common.
    """
    if not isinstance(batch, Pairs):
        return batch
    if any(key is not None for key in batch.keys):
        return columns_of({"key": batch.keys, "value": batch.values}, schema)
    if batch.values and all(isinstance(value, Mapping) for value in batch.values):
        return columns_of_rows(batch.values, schema)
    return columns_of({"value": batch.values}, schema)


def columns_of_rows(
    rows: Sequence[Mapping[str, Any]], schema: pa.Schema | None = None
) -> pa.RecordBatch:
    """A column for each name that a row has, in order of appearance; null where a row lacks it."""
    names = names_in(rows) if schema is None else schema.names
    return columns_of({name: [row.get(name) for row in rows] for name in names}, schema)


def names_in(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """All names of `rows` in order of appearance."""
    return list(dict.fromkeys(name for row in rows for name in row))


def columns_of(
    columns: Mapping[str, Sequence[Any]], schema: pa.Schema | None = None
) -> pa.RecordBatch:
    """A record batch of `columns`, of `schema`'s types or those that Arrow infers."""
    import pyarrow as pa

    arrays = []
    for name, values in columns.items():
        if not isinstance(name, str):
            raise CodecError(f"column {name!r}: a dict whose keys are no text makes no columns")
        wanted = None if schema is None or name not in schema.names else schema.field(name).type
        try:
            arrays.append(pa.array(values, wanted, from_pandas=False))
        except (pa.ArrowException, OverflowError, UnicodeError) as error:
            what = "have no type in common" if wanted is None else f"are not all {wanted}"
            raise CodecError(
                f"column {name!r}: its values {what}, so they make no column: {error}"
            ) from error
    return pa.record_batch(arrays, names=list(columns))


def rows_of(batch: pa.RecordBatch) -> Pairs:
    """The rows of a table as pairs: (None, dict of its columns)."""
    rows = batch.to_pylist()
    return Pairs([None] * len(rows), rows)


def columns_of_input(pairs: Pairs, schema: pa.Schema | None = None) -> pa.RecordBatch:
    """`to_columns` of pairs that were read: what makes no column is a `DataError` of their file."""
    with _data_errors(pairs):
        return to_columns(pairs, schema)


def key_and_value_columns(pairs: Pairs) -> pa.RecordBatch:
    """Pairs that were read as columns `key` and `value`, or a `DataError` of their file."""
    with _data_errors(pairs):
        return columns_of({"key": pairs.keys, "value": pairs.values})


@contextmanager
def _data_errors(pairs: Pairs) -> Iterator[None]:
    origin = pairs.origin
    assert origin is not None
    try:
        yield
    except CodecError as error:
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
