"""Sort rows by key columns, and merge sorted runs of record batches in bounded memory.

The order is that of `core.sort_key`: null first, NaN after every number.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hadoopjobs.core.errors import MemoryExceeded, UnsortableKeyError, UsageError
from hadoopjobs.core.sort_key import encode
from hadoopjobs.physical.columns import key_names


def sort_rows(table: pa.Table, keys: tuple[str, ...]) -> pa.Table:
    """`table` sorted by `keys`; rows with equal keys keep their order."""
    columns: list[Any] = []
    for key in keys:
        column = table.column(key)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if column.null_count:
            columns.append(pc.is_valid(column))  # Arrow puts null last, keys have it first
        if pa.types.is_floating(column.type):
            columns.append(pc.is_nan(column))  # Arrow puts NaN beside the nulls
        columns.append(column)
    names = [f"k{i}" for i in range(len(columns))]
    try:
        order = pc.sort_indices(
            pa.table(columns, names=names), sort_keys=[(name, "ascending") for name in names]
        )
    except (pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        types = ", ".join(f"{key} {table.schema.field(key).type}" for key in keys)
        raise UnsortableKeyError(f"rows cannot be sorted by {types}") from error
    return table.take(order)


def concat(tables: Sequence[pa.Table]) -> pa.Table:
    """`tables` as one. Where user code gave a column different types, as `null` and `string`, it
    gets one that holds both; raises `UsageError` if there is none."""
    schemas = [table.schema for table in tables]
    if all(schema == schemas[0] for schema in schemas):
        return pa.concat_tables(tables)
    try:
        if any(schema.names != schemas[0].names for schema in schemas):
            raise ValueError("their names, or the order of them, are not the same")
        return pa.concat_tables(map(_without_dictionaries, tables), promote_options="permissive")
    except (pa.ArrowException, ValueError) as error:
        other = next(schema for schema in schemas if schema != schemas[0])
        raise UsageError(
            f"the job made batches of different columns: {_shown(schemas[0])} and "
            f"{_shown(other)}: {error}"
        ) from error


def _without_dictionaries(table: pa.Table) -> pa.Table:
    for index, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            plain = table.column(index).cast(field.type.value_type)
            table = table.set_column(index, field.name, plain)
    return table


def _shown(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in schema)


class _Run:
    """A sorted run, of which `table` is in memory."""

    def __init__(self, batches: Iterator[pa.RecordBatch], keys: tuple[str, ...]) -> None:
        self._batches = batches
        self._keys = keys
        self.ended = False
        self.table: pa.Table | None = None
        self.more()

    def more(self) -> None:
        """Append the next batch."""
        batch = next(self._batches, None)
        if batch is None:
            self.ended = True
            return
        table = pa.Table.from_batches([batch])
        self.table = table if self.table is None else concat([self.table, table])

    def code(self, row: int) -> bytes:
        assert self.table is not None
        return encode(tuple(self.table.column(key)[row].as_py() for key in self._keys))

    @property
    def last(self) -> bytes:
        return self.code(-1 + self.rows)

    @property
    def rows(self) -> int:
        return 0 if self.table is None else int(self.table.num_rows)

    def take_below(self, bound: bytes | None) -> pa.Table | None:
        """The rows whose keys are below `bound`, all if it is None; they leave the run."""
        if self.table is None:
            return None
        end = self.rows if bound is None else bisect_left(range(self.rows), bound, key=self.code)
        taken = self.table.slice(0, end)
        self.table = self.table.slice(end) if end < self.rows else None
        return taken


def merge_sorted(
    runs: Sequence[Iterator[pa.RecordBatch]], keys: tuple[str, ...], budget_bytes: int
) -> Iterator[pa.Table]:
    """Tables of whole groups, sorted by `keys` (empty: the first column).

    Raises `MemoryExceeded` if one group does not fit in the budget.
    """
    opened: list[_Run] = []
    for batches in runs:
        first = next(batches, None)
        if first is not None:
            keys = key_names(first.schema, keys)
            opened.append(_Run(_with_first(first, batches), keys))
    while opened:
        held = sum(run.table.nbytes for run in opened if run.table is not None)
        if held > 4 * budget_bytes:
            raise MemoryExceeded(
                "the rows of one key do not fit in memory: give more --memory, or use an aggregator"
            )
        lasts = [(run.last, run) for run in opened if not run.ended]
        bound = min(code for code, _ in lasts) if lasts else None
        taken = [part for run in opened if (part := run.take_below(bound)) is not None]
        taken = [part for part in taken if part.num_rows]
        if taken:
            yield taken[0] if len(taken) == 1 else sort_rows(concat(taken), keys)
        for code, run in lasts:
            if code == bound:
                run.more()
        opened = [run for run in opened if run.table is not None or not run.ended]


def _with_first(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from rest
