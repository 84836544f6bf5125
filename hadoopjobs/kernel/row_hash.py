"""A stable hash of rows of columns: the same in every process of one version of the engine."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


@cache
def _connection() -> Any:
    import duckdb

    return duckdb.connect(config={"threads": 1, "memory_limit": "64MB", "temp_directory": ""})


def hash_partitions(columns: pa.Table, partitions: int, level: int = 0) -> pa.Array:
    """For each row of `columns` a partition from 0 to `partitions` - 1, by all its columns.

    Each `level` gives an independent choice: rows of one partition spread over all partitions of
    the next level.
    """
    import pyarrow as pa

    names = [f"k{i}" for i in range(columns.num_columns)]
    keys = pa.table([_hashable(column) for column in columns.columns], names=names)
    relation = _connection().from_arrow(keys)
    seed = "" if not level else f", {int(level)}"
    query = f"CAST(hash({', '.join(names)}{seed}) % {int(partitions)} AS INTEGER) AS p"
    chosen = relation.project(query).to_arrow_table().column("p")
    return pa.chunked_array(chosen).combine_chunks() if chosen.num_chunks != 1 else chosen.chunk(0)


def _hashable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """`column` so that equal values of different types, which two tasks may have, hash alike."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return _hashable(column.cast(kind.value_type))
    if pa.types.is_duration(kind):
        return column.cast(pa.int64())
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return column.cast(pa.float64(), safe=False)
    return column
