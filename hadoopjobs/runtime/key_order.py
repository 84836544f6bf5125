"""The bytes by which one shuffle sorts, groups and partitions its keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from zlib import crc32

from hadoopjobs.core.errors import UsageError
from hadoopjobs.core.pairs import Key
from hadoopjobs.core.sort_key import choose_representative, encode_all
from hadoopjobs.physical.stage import RecordShuffle

Encoder = Callable[[Sequence[Any]], list[bytes]]


class KeyOrder:
    """Loaded once a task from its shuffle."""

    def __init__(self, shuffle: RecordShuffle) -> None:
        self.partitions = shuffle.partitions
        self.encode: Encoder = shuffle.key_bytes.load() if shuffle.key_bytes else encode_all
        self.sort_values = shuffle.sort_values
        self.encode_values: Encoder = (
            shuffle.value_bytes.load() if shuffle.value_bytes else encode_all
        )
        self._partitioner = shuffle.partitioner.load() if shuffle.partitioner else None
        self._label = shuffle.partitioner.label if shuffle.partitioner else ""
        self.is_natural = shuffle.key_bytes is None

    def partition_all(self, keys: Sequence[Key], encoded: Sequence[bytes]) -> list[int]:
        """The partition of each key."""
        count = self.partitions
        if self._partitioner is None and count == 1:
            return [0] * len(keys)
        if self._partitioner is None:
            return [crc32(code) % count for code in encoded]
        chosen = [self._partitioner(key, count) for key in keys]
        for key, partition in zip(keys, chosen, strict=True):
            if not (isinstance(partition, int) and 0 <= partition < count):
                raise UsageError(
                    f"{self._label} gave {partition!r} for key {key!r}: "
                    f"it must give a number from 0 to {count - 1}"
                )
        return chosen

    def same(self, one: Key, other: Key) -> Key:
        """The key that stands for a group in which both `one` and `other` were met."""
        if one.__class__ is str or not self.is_natural:
            return one
        return choose_representative(one, other)

    def sorted_values(self, values: list[Any]) -> list[Any]:
        if len(values) < 2:
            return values
        codes = self.encode_values(values)
        return [values[i] for i in sorted(range(len(values)), key=codes.__getitem__)]
