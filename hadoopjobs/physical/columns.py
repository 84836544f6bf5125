"""Operators over Arrow record batches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hadoopjobs.core.errors import UsageError
from hadoopjobs.physical.records import Cursor

BatchFunction = Callable[[pa.RecordBatch], Any]


def map_batches(
    function: BatchFunction, label: str, batches: Iterable[pa.RecordBatch], cursor: Cursor
) -> Iterator[pa.RecordBatch]:
    """What user code makes of each batch: a record batch, a table, or an iterable of them."""
    for batch in batches:
        for _ in cursor.over([batch], getattr(batch, "origin", None), None):
            yield from as_batches(function(batch), label)


def as_batches(result: Any, label: str) -> Iterator[pa.RecordBatch]:
    """The record batches in what user code gave back."""
    if result is None:
        return
    if isinstance(result, pa.RecordBatch):
        yield result
    elif isinstance(result, pa.Table):
        yield from result.to_batches()
    elif isinstance(result, Iterable):
        for item in result:
            if not isinstance(item, pa.RecordBatch | pa.Table):
                raise UsageError(_not_batches(label, item))
            yield from as_batches(item, label)
    else:
        raise UsageError(_not_batches(label, result))


def _not_batches(label: str, item: Any) -> str:
    return f"{label} gave a {type(item).__name__}: it must give pyarrow record batches or tables"


@dataclass(frozen=True)
class ColumnAggregate:
    """Groups rows by keys and folds the other columns, in two phases that can be repeated.

    `functions` are (column, name) pairs; the names are sum, count, min, max, mean. A mean is
    carried as a sum and a count. Nulls count as values, as None does for `Count` over records;
    the others pass over them. Partial results say in their schema how they were made.
    """

    keys: tuple[str, ...]
    functions: tuple[tuple[str, str], ...]

    @classmethod
    def of_rows(
        cls, schema: pa.Schema, keys: tuple[str, ...], functions: str | tuple[tuple[str, str], ...]
    ) -> ColumnAggregate:
        """For rows of `schema`. One name stands for all columns that are no keys; if there are
        none, `count` counts rows into a column `count`."""
        keys = key_names(schema, keys)
        values = [name for name in schema.names if name not in keys]
        if isinstance(functions, str):
            named = tuple((name, functions) for name in values)
            if not values and functions == "count":
                named = ((_ROWS, "count"),)
            if not named:
                raise UsageError(f"there is no column to {functions}: the batch has {schema.names}")
            return cls(keys, named)
        missing = [name for name, _ in functions if name not in values]
        if missing:
            raise UsageError(
                f"there is no column {missing[0]!r} to aggregate: the batch has {schema.names}"
            )
        return cls(keys, functions)

    @classmethod
    def of_partials(cls, schema: pa.Schema) -> ColumnAggregate:
        """For what `partial` gave."""
        keys, functions = json.loads(schema.metadata[_METADATA])
        return cls(tuple(keys), tuple((column, function) for column, function in functions))

    def partial(self, table: pa.Table) -> pa.Table:
        """One row a key: the keys, then the states that `finish` needs."""
        wanted: list[tuple[Any, str]] = []
        for column, function in self.functions:
            if column == _ROWS:
                wanted.append(([], "count_all"))
            else:
                wanted += [(column, part) for part in _PARTS[function]]
        return self._group(table, wanted)

    def merge(self, partials: pa.Table) -> pa.Table:
        """Rows of partial results with equal keys made one."""
        merging = [_MERGE[part] for _, function in self.functions for part in _PARTS[function]]
        states = partials.column_names[len(self.keys) :]
        return self._group(partials, list(zip(states, merging, strict=True)))

    def finish(self, merged: pa.Table) -> pa.Table:
        """Keys and results, named as the columns that they come from."""
        columns = merged.columns[: len(self.keys)]
        states = iter(merged.columns[len(self.keys) :])
        for _, function in self.functions:
            if function == "mean":
                total, count = next(states), next(states)
                columns.append(pc.divide(pc.cast(total, pa.float64()), count))
            else:
                columns.append(next(states))
        names = [column or "count" for column, _ in self.functions]
        return pa.table(columns, names=[*self.keys, *names])

    def _group(self, table: pa.Table, wanted: list[tuple[Any, str]]) -> pa.Table:
        """`table` grouped by the keys; states are called s0, s1, ..."""
        keys = [f"k{i}" for i in range(len(self.keys))]
        sources = list(dict.fromkeys(column for column, _ in wanted if column != []))
        names = {column: f"v{i}" for i, column in enumerate(sources)}
        columns = [_plain_floats(table.column(name)) for name in self.keys]
        columns += [table.column(name) for name in sources]
        plain = pa.table(columns, names=[*keys, *names.values()])
        calls = [_call([] if column == [] else names[column], part) for column, part in wanted]
        for column, function in wanted:
            if function == "sum" and pa.types.is_integer(table.column(column).type):
                _check_sums(plain.select([*keys, names[column]]))
        try:
            grouped = plain.group_by(keys, use_threads=False).aggregate(calls)
        except pa.ArrowNotImplementedError as error:
            types = ", ".join(
                f"{name} {table.schema.field(name).type}" for name in table.schema.names
            )
            raise UsageError(f"columns {types} cannot be aggregated so: {error}") from error
        made = [part if column == [] else f"{column}_{part}" for column, part, _ in calls]
        columns = [grouped.column(name) for name in (*keys, *made)]
        states = [f"s{i}" for i in range(len(calls))]
        result = pa.table(columns, names=[*self.keys, *states])
        how = json.dumps([self.keys, self.functions]).encode()
        return result.replace_schema_metadata({_METADATA: how})


def _call(column: Any, part: str) -> tuple[Any, str, Any]:
    """The arguments of Arrow's aggregation for a part of an aggregate."""
    if part == "count_all" and column != []:
        return column, "count", pc.CountOptions(mode="all")
    return column, part, None


def _plain_floats(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """`column` with one zero and one NaN: Arrow groups floats by their bits."""
    if column.type not in (pa.float32(), pa.float64()):
        return column
    nan = pa.scalar(float("nan"), column.type)
    return pc.if_else(pc.is_nan(column), nan, pc.add(column, pa.scalar(0.0, column.type)))


def _check_sums(table: pa.Table) -> None:
    """Refuse sums of the last column, by the others, that do not fit in 64 bits: Arrow's sums of
    ints wrap around in silence."""
    *keys, last = table.column_names
    column = table.column(last)
    ends = pc.min_max(column).as_py()
    if ends["min"] is None or max(-ends["min"], ends["max"]) * table.num_rows < 1 << 63:
        return
    floats = table.set_column(len(keys), last, column.cast(pa.float64(), safe=False))
    sums = floats.group_by(keys, use_threads=False).aggregate([(last, "sum")]).column(f"{last}_sum")
    bits = 64 if pa.types.is_unsigned_integer(column.type) else 63
    if pc.max(pc.abs(sums)).as_py() >= 2.0**bits:
        raise UsageError(
            "a sum of integers does not fit in 64 bits: make the column decimal128 or float64 in "
            "map_batches"
        )


_ROWS = ""
_METADATA = b"hadoopjobs.aggregate"
_PARTS = {
    "sum": ("sum",),
    "count": ("count_all",),
    "min": ("min",),
    "max": ("max",),
    "mean": ("sum", "count"),
}
_MERGE = {"sum": "sum", "count": "sum", "count_all": "sum", "min": "min", "max": "max"}


def key_names(schema: pa.Schema, keys: tuple[str, ...]) -> tuple[str, ...]:
    """`keys`, or the first column. Raises `UsageError` if one is missing."""
    if not schema.names:
        raise UsageError("the batch has no columns")
    missing = [key for key in keys if key not in schema.names]
    if missing:
        raise UsageError(f"there is no key column {missing[0]!r}: the batch has {schema.names}")
    return keys or (schema.names[0],)
