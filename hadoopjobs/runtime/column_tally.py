"""Counts keys as Arrow columns."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from hadoopjobs.core.pairs import Key

_COUNT_AT = 1 << 21
_TYPES = {str: pa.large_string(), bytes: pa.large_binary(), int: pa.int64()}


class ColumnTally:
    """Takes lists of keys of the class `kind`: str, bytes or int.

    Columns are of the large types: a million long keys may be more than 2 GiB.
    """

    def __init__(self, kind: type) -> None:
        self._type = _TYPES[kind]
        self._keys: list[pa.Array] = []
        self._waiting = 0
        self._counted: list[tuple[pa.Array, list[int]]] = []  # different keys, and how often

    def add(self, keys: list[Key]) -> bool:
        """Count each of `keys`; False if the column cannot hold them: text with surrogates,
        large ints."""
        column = self._column(keys)
        if column is None:
            return False
        self._keys.append(column)
        self._waiting += len(keys)
        if self._waiting >= _COUNT_AT:
            self._count()
        return True

    def add_counts(self, counts: Mapping[Key, int]) -> bool:
        """Add what was counted elsewhere; False, and nothing added, as in `add`."""
        column = self._column(list(counts))
        if column is None:
            return False
        self._counted.append((column, list(counts.values())))
        return True

    def _column(self, keys: list[Key]) -> pa.Array | None:
        try:
            return pa.array(keys, self._type)
        except (UnicodeEncodeError, OverflowError, pa.ArrowException):
            return None

    def _count(self) -> None:
        if self._keys:
            keys, counts = pc.value_counts(pa.concat_arrays(self._keys)).flatten()
            self._counted.append((keys, counts.to_pylist()))
            self._keys, self._waiting = [], 0

    def drain(self) -> dict[Key, int]:
        """How often each key came; they are then forgotten."""
        self._count()
        counted = [(keys, counts) for keys, counts in self._counted if counts]
        self._counted = []
        # Numbers for the keys, and sums by number: three times as fast as Arrow's group_by.
        chunks = pa.chunked_array([keys for keys, _ in counted], self._type)
        encoded = chunks.dictionary_encode()  # all chunks share one dictionary
        if not encoded.num_chunks:
            return {}
        keys = encoded.chunk(0).dictionary.to_pylist()
        totals = [0] * len(keys)
        for numbers, (_, counts) in zip(encoded.chunks, counted, strict=True):
            for number, count in zip(numbers.indices.to_pylist(), counts, strict=True):
                totals[number] += count
        return dict(zip(keys, totals, strict=True))
