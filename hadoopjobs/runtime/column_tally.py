"""Counts keys as Arrow columns."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from hadoopjobs.core.pairs import Key
from hadoopjobs.runtime import text_column

_COUNT_AT = 1 << 22  # keys
_COUNT_AT_BYTES = 1 << 26
_TYPES = {str: text_column.TYPE, bytes: pa.large_binary(), int: pa.int64()}
_KEY, _COUNT = "key", "count"


class ColumnTally:
    """Takes lists of keys of the class `kind`: str, bytes or int."""

    def __init__(self, kind: type) -> None:
        self._type = _TYPES[kind]
        self._is_text = kind is str
        self._keys: list[pa.Array] = []
        self._waiting = self._waiting_bytes = 0
        self._counted: list[pa.Table] = []  # different keys, and how often

    def add(self, keys: list[Key]) -> bool:
        """Count each of `keys`; False if no column holds them: text with newlines or surrogates,
        large ints. Raises `TypeError` if text is counted and one is none."""
        column = text_column.join_texts(keys) if self._is_text else self._column(keys)
        if column is None:
            return False
        self._keys.append(column)
        self._waiting += len(keys)
        self._waiting_bytes += column.nbytes
        if self._waiting >= _COUNT_AT or self._waiting_bytes >= _COUNT_AT_BYTES:
            self._count()
        return True

    def _column(self, keys: list[Key]) -> pa.Array | None:
        try:
            return pa.array(keys, self._type)
        except (OverflowError, pa.ArrowException):
            return None

    def _count(self) -> None:
        if self._keys:
            keys = pa.table([pa.concat_arrays(self._keys)], [_KEY])
            self._counted.append(_grouped(keys, [], "count_all"))
            self._keys, self._waiting, self._waiting_bytes = [], 0, 0

    def drain(self) -> dict[Key, int]:
        """How often each key came, in the order of the keys; they are then forgotten."""
        self._count()
        if not self._counted:
            return {}
        counted = self._counted[0]
        if len(self._counted) > 1:
            counted = _grouped(pa.concat_tables(self._counted), _COUNT, "sum")
        self._counted = []
        keys, counts = counted.column(_KEY).combine_chunks(), counted.column(_COUNT)
        order = pc.array_sort_indices(keys)
        return dict(
            zip(self._listed(keys.take(order)), counts.take(order).to_pylist(), strict=True)
        )

    def _listed(self, keys: pa.Array) -> list[Key]:
        return text_column.split_texts(keys) if self._is_text else keys.to_pylist()


def _grouped(table: pa.Table, column: str | list[str], function: str) -> pa.Table:
    """Each key once, and what `function` makes of its rows: sooner than by `pc.value_counts`."""
    found = table.group_by(_KEY, use_threads=False).aggregate([(column, function)])
    (result,) = set(found.column_names) - {_KEY}
    return found.select([_KEY, result]).rename_columns([_KEY, _COUNT])
