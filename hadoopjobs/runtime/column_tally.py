"""Counts keys as Arrow columns."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from hadoopjobs.core.pairs import Key
from hadoopjobs.runtime import text_column

_COUNT_AT = 1 << 21  # keys
_COUNT_AT_BYTES = 1 << 26
_TYPES = {str: text_column.TYPE, bytes: pa.large_binary(), int: pa.int64()}


class ColumnTally:
    """Takes lists of keys of the class `kind`: str, bytes or int."""

    def __init__(self, kind: type) -> None:
        self._type = _TYPES[kind]
        self._is_text = kind is str
        self._keys: list[pa.Array] = []
        self._waiting = self._waiting_bytes = 0
        self._counted: list[tuple[pa.Array, list[int]]] = []  # different keys, and how often

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
            keys, counts = pc.value_counts(pa.concat_arrays(self._keys)).flatten()
            self._counted.append((keys, counts.to_pylist()))
            self._keys, self._waiting, self._waiting_bytes = [], 0, 0

    def drain(self) -> dict[Key, int]:
        """How often each key came, in the order of the keys; they are then forgotten."""
        self._count()
        if not self._counted:
            return {}
        # Numbers for the keys, and sums by number: three times as fast as Arrow's group_by.
        chunks = pa.chunked_array([keys for keys, _ in self._counted], self._type)
        encoded = chunks.dictionary_encode()  # all chunks share one dictionary
        keys = encoded.chunk(0).dictionary
        totals = [0] * len(keys)
        for numbers, (_, counts) in zip(encoded.chunks, self._counted, strict=True):
            for number, count in zip(numbers.indices.to_pylist(), counts, strict=True):
                totals[number] += count
        self._counted = []
        order = pc.array_sort_indices(keys)
        sorted_totals = map(totals.__getitem__, order.to_pylist())
        return dict(zip(self._listed(keys.take(order)), sorted_totals, strict=True))

    def _listed(self, keys: pa.Array) -> list[Key]:
        return text_column.split_texts(keys) if self._is_text else keys.to_pylist()
