"""Counts how often each key comes, for the many mappers that yield one value with every key."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from hadoopjobs.core.pairs import Key

if TYPE_CHECKING:
    from hadoopjobs.runtime.column_tally import ColumnTally

_COLUMNS_FROM = 1 << 20  # keys; below that loading Arrow takes longer than it saves
_COLUMNS_FROM_IF_LOADED = 1 << 17


class Tally:
    """Takes lists of keys that are all of one class, which is str, bytes or int.

    The first go into a dict. From a million on, or sooner where Arrow is loaded already, they are
    kept as columns, which are counted some million keys at a time: looking up a key among many is
    mostly waiting for memory, which a dict of Python objects needs far more of.
    """

    def __init__(self) -> None:
        self._counts: Counter[Key] = Counter()
        self._columns: ColumnTally | None = None
        self._columns_from = _columns_from()
        self.records = 0

    def add(self, keys: list[Key]) -> None:
        """Count each of `keys`, of which there is at least one."""
        self.records += len(keys)
        if self.records > self._columns_from:
            if self._columns is None:
                self._columns = self._to_columns(keys[0].__class__)
            if self._columns.add(keys):
                return
        self._counts.update(keys)

    def _to_columns(self, kind: type) -> ColumnTally:
        """Columns that hold what was counted so far, if they can hold it."""
        from hadoopjobs.runtime.column_tally import ColumnTally

        columns = ColumnTally(kind)
        if columns.add_counts(self._counts):
            self._counts = Counter()
        return columns

    def drain(self) -> dict[Key, int]:
        """How often each key came; they are then forgotten."""
        counts: dict[Key, int] = self._counts
        if self._columns is not None:
            others, counts = counts, self._columns.drain()
            for key, count in others.items():
                counts[key] = counts.get(key, 0) + count
            self._columns = None
        self._counts = Counter()
        self.records = 0
        return counts


def _columns_from() -> int:
    return _COLUMNS_FROM_IF_LOADED if "pyarrow.compute" in sys.modules else _COLUMNS_FROM
