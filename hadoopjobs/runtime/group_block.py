"""The payload of a block of groups: keys, how many values each has, and the values in a row."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import accumulate, chain, islice
from typing import Any

from hadoopjobs.core.codec import pack, unpack
from hadoopjobs.core.memory_estimate import estimate_bytes
from hadoopjobs.runtime.run_file import SegmentWriter

TARGET_BYTES = 1 << 17
_MAX_GROUPS = 4096


_LENGTHS = struct.Struct("<II")


def unpack_groups(payload: bytes) -> tuple[list[Any], list[list[Any]]]:
    """Keys of a block, and beside each the list of its values."""
    keys_end, counts_end = _LENGTHS.unpack_from(payload)
    view = memoryview(payload)
    keys = unpack(view[_LENGTHS.size : keys_end])
    counts = unpack(view[keys_end:counts_end])
    values = unpack(view[counts_end:])
    if len(counts) == 1:
        if counts[0] == 1:
            return keys, [[value] for value in values]
        counts *= len(keys)
    ends = list(accumulate(counts))
    return keys, [values[end - count : end] for count, end in zip(counts, ends, strict=True)]


def pack_groups(keys: list[Any], values: list[list[Any]]) -> bytes:
    """The inverse of `unpack_groups`; counts that are all the same are written once."""
    counts = list(map(len, values))
    if counts.count(counts[0]) == len(counts):
        counts = counts[:1]
    return _pack(keys, counts, list(chain.from_iterable(values)))


def _pack(keys: list[Any], counts: list[int], values: list[Any]) -> bytes:
    packed_keys, packed_counts = pack(keys), pack(counts)
    keys_end = _LENGTHS.size + len(packed_keys)
    lengths = _LENGTHS.pack(keys_end, keys_end + len(packed_counts))
    return b"".join((lengths, packed_keys, packed_counts, pack(values)))


class GroupBlockWriter:
    """Writes sorted groups to a segment in blocks of about `TARGET_BYTES`.

    A group whose values would not fit in a block goes on in the next, under the same key.
    """

    def __init__(self, segment: SegmentWriter) -> None:
        self._segment = segment
        self._bytes_a_value = 16.0

    def write(self, keys: list[Any], values: list[list[Any]]) -> None:
        if not keys:
            return
        sample = list(chain.from_iterable(values[:: max(1, len(values) // 32)]))[:256]
        self._bytes_a_value = max(1.0, estimate_bytes(sample) / max(1, len(sample)))
        for block_keys, block_values in self._cut(keys, values):
            payload = pack_groups(block_keys, block_values)
            count = sum(map(len, block_values))
            self._segment.write(payload, count)
            self._bytes_a_value = max(1.0, len(payload) / max(1, count))

    def write_single(self, keys: list[Any], values: list[Any]) -> None:
        """As `write`, for groups of just one value each."""
        sample = values[:: max(1, len(values) // 64)]
        limit = int(TARGET_BYTES * len(sample) / max(1, estimate_bytes(sample)))
        step = max(1, min(_MAX_GROUPS, limit))
        for at in range(0, len(keys), step):
            part = values[at : at + step]
            self._segment.write(_pack(keys[at : at + step], [1], part), len(part))

    def _cut(
        self, keys: list[Any], values: list[list[Any]]
    ) -> Iterator[tuple[list[Any], list[list[Any]]]]:
        start = held = 0
        limit = self._limit()
        for index, group in enumerate(values):
            held += len(group)
            if held < limit and index - start < _MAX_GROUPS:
                continue
            if len(group) > limit:
                if index > start:
                    yield keys[start:index], values[start:index]
                rest = iter(group)
                while part := list(islice(rest, self._limit())):
                    yield [keys[index]], [part]
            else:
                yield keys[start : index + 1], values[start : index + 1]
            start, held, limit = index + 1, 0, self._limit()
        if start < len(keys):
            yield keys[start:], values[start:]

    def _limit(self) -> int:
        return max(1, min(65536, int(TARGET_BYTES / self._bytes_a_value)))
