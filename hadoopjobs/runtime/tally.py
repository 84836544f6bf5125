"""Counts how often each key comes, for the many mappers that yield one value with every key."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hadoopjobs.core.pairs import Key

if TYPE_CHECKING:
    from hadoopjobs.runtime.column_tally import ColumnTally

_COLUMNS_FROM = 1 << 20  # keys; below that loading Arrow takes longer than it saves


class Tally:
    """Takes lists of keys that are all of one class, which is str, bytes or int.

    The first million goes into a dict. From then on keys are kept as Arrow columns, counted a
    million at a time: looking up a key among many is mostly waiting for memory, which a dict of
    Python objects needs far more of.
    """

    def __init__(self) -> None:
        self._counts: Counter[Key] = Counter()
        self._columns: ColumnTally | None = None
        self.records = 0

    def add(self, keys: list[Key]) -> None:
        """Count each of `keys`, of which there is at least one."""
        self.records += len(keys)
        if self.records > _COLUMNS_FROM:
            if self._columns is None:
                from hadoopjobs.runtime.column_tally import ColumnTally

                self._columns = ColumnTally(keys[0].__class__)
            if self._columns.add(keys):
                return
        self._counts.update(keys)

    def drain(self) -> dict[Key, int]:
        """How often each key came; they are then forgotten."""
        counts = self._counts
        if self._columns is not None:
            counts.update(self._columns.drain())
            self._columns = None
        self._counts = Counter()
        self.records = 0
        return dict(counts)
