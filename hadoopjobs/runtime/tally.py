"""Counts how often each key comes, for the many mappers that yield one value with every key."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from hadoopjobs.core.pairs import Key

if TYPE_CHECKING:
    from hadoopjobs.runtime.column_tally import ColumnTally

_MUCH_INPUT = 1 << 24  # bytes; from so much on, loading Arrow for it pays
_COLUMNS_FROM = 1 << 20  # keys; below that loading Arrow takes longer than it saves
_COLUMNS_FROM_IF_LOADED = 1 << 17


class Tally:
    """Takes lists of keys that are all of one class, which is str, bytes or int.

    A few are counted by a dict. Many are kept as columns, which are counted some million keys at
    a time: looking up a key among many is mostly waiting for memory, which a dict of Python
    objects needs far more of. Many they are if the task reads much, or once a million came, or
    sooner where Arrow is loaded already.
    """

    def __init__(self, input_bytes: int | None = None) -> None:
        """`input_bytes`: what the task will read, if it is known."""
        self._counts: Counter[Key] = Counter()
        self._columns: ColumnTally | None = None
        self._columns_from = _columns_from(input_bytes or 0)
        self.records = 0
        self.checks_texts = False

    def add(self, keys: list[Key]) -> None:
        """Count each of `keys`, of which there is at least one.

        If `checks_texts`, keys that were to be text may be anything: those of subclasses of str
        count as text, and others raise `TypeError`, with none counted.
        """
        if self.records >= self._columns_from:
            if self._columns is None:
                self._columns = self._to_columns(keys[0].__class__)
            if self._columns.add(keys):
                self.records += len(keys)
                return
        self.records += len(keys)
        self._counts.update(map(str.__str__, keys) if self.checks_texts else keys)

    def _to_columns(self, kind: type) -> ColumnTally:
        from hadoopjobs.runtime.column_tally import ColumnTally

        self.checks_texts = kind is str
        return ColumnTally(kind)

    def drain(self) -> dict[Key, int]:
        """How often each key came; they are then forgotten."""
        counts: dict[Key, int] = self._counts
        if self._columns is not None:
            others, counts = counts, self._columns.drain()
            for key, count in others.items():
                counts[key] = counts.get(key, 0) + count
            self._columns, self.checks_texts = None, False
        self._counts = Counter()
        self.records = 0
        return counts


def _columns_from(input_bytes: int) -> int:
    if input_bytes >= _MUCH_INPUT:
        return 0
    return _COLUMNS_FROM_IF_LOADED if "pyarrow.compute" in sys.modules else _COLUMNS_FROM
