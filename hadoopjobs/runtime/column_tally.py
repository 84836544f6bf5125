"""Counts keys as Arrow columns."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from hadoopjobs.core.pairs import Key

_COUNT_AT = 1 << 20
_TYPES = {str: pa.large_string(), bytes: pa.large_binary(), int: pa.int64()}


class ColumnTally:
    """Takes lists of keys of the class `kind`: str, bytes or int.

    Columns are of the large types: a million long keys may be more than 2 GiB.
    """

    def __init__(self, kind: type) -> None:
        self._type = _TYPES[kind]
        self._keys: list[pa.Array] = []
        self._waiting = 0
        self._counted: list[pa.Table] = []

    def add(self, keys: list[Key]) -> bool:
        """Count each of `keys`; False if the column cannot hold them: text with surrogates,
        large ints."""
        try:
            column = pa.array(keys, self._type)
        except (UnicodeEncodeError, OverflowError, pa.ArrowException):
            return False
        self._keys.append(column)
        self._waiting += len(keys)
        if self._waiting >= _COUNT_AT:
            self._count()
        return True

    def _count(self) -> None:
        counts = pc.value_counts(pa.chunked_array(self._keys, self._type))
        self._counted.append(pa.table(counts.flatten(), ["key", "count"]))
        self._keys, self._waiting = [], 0

    def drain(self) -> dict[Key, int]:
        """How often each key came; they are then forgotten."""
        self._count()
        counted, self._counted = pa.concat_tables(self._counted), []
        totals = counted.group_by("key", use_threads=False).aggregate([("count", "sum")])
        return dict(zip(totals["key"].to_pylist(), totals["count_sum"].to_pylist(), strict=True))
