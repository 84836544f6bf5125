"""Groups sorted and written as runs: one segment for each partition that has any."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from hadoopjobs.core.pairs import Key, Value
from hadoopjobs.physical.records import Cursor
from hadoopjobs.runtime.group_block import GroupBlockWriter
from hadoopjobs.runtime.key_order import KeyOrder
from hadoopjobs.runtime.run_file import RunFileWriter, Segment

Within = Callable[[str], AbstractContextManager[Cursor]]
"""Gives a cursor over the keys that the user code with this label is called with, for errors."""


class SortedRuns:
    """The runs of one map task; `segments[p]` are those of partition `p`, in order."""

    def __init__(
        self, order: KeyOrder, writer: RunFileWriter, within: Within, partitioner: str
    ) -> None:
        """`partitioner` is the label of the user's partitioner, if there is one."""
        self._order = order
        self._writer = writer
        self._within = within
        self._partitioner = partitioner
        self.segments: list[list[Segment]] = [[] for _ in range(order.partitions)]

    def write(self, keys: list[Key], values: list[list[Value]], codes: list[bytes]) -> None:
        """Write one run of groups, no two of equal keys; `codes` are the bytes of the keys."""
        order = sorted(range(len(keys)), key=codes.__getitem__)
        keys, values = [keys[i] for i in order], [values[i] for i in order]
        if self._order.sort_values:
            values = [self._order.sorted_values(group) for group in values]
        if len(self.segments) == 1:
            self._write_part(0, keys, values)
            return
        parts: list[tuple[list[Key], list[list[Value]]]] = [([], []) for _ in self.segments]
        chosen = self._partitions(keys, [codes[i] for i in order])
        for key, group, partition in zip(keys, values, chosen, strict=True):
            part = parts[partition]
            part[0].append(key)
            part[1].append(group)
        for partition, (part_keys, part_values) in enumerate(parts):
            self._write_part(partition, part_keys, part_values)

    def write_singles(self, singles: dict[Key, Value]) -> None:
        """As `write`, for groups of one value each whose keys are all str, all bytes or all int."""
        if self._order.is_natural:  # such keys sort as their bytes do
            keys = sorted(singles)
            codes = [] if len(self.segments) == 1 else self._order.encode(keys)
        else:
            keys = list(singles)
            unsorted = self._order.encode(keys)
            order = sorted(range(len(keys)), key=unsorted.__getitem__)
            keys, codes = [keys[i] for i in order], [unsorted[i] for i in order]
        parts: list[list[Key]] = [[] for _ in self.segments]
        if len(parts) == 1:
            parts[0] = keys
        else:
            for key, partition in zip(keys, self._partitions(keys, codes), strict=True):
                parts[partition].append(key)
        for partition, part in enumerate(parts):
            if part:
                segment = self._writer.segment()
                GroupBlockWriter(segment).write_single(part, list(map(singles.__getitem__, part)))
                self.segments[partition].append(segment.finish())

    def _partitions(self, keys: list[Key], codes: list[bytes]) -> list[int]:
        with self._within(self._partitioner):
            return self._order.partition_all(keys, codes)

    def _write_part(self, partition: int, keys: list[Key], values: list[list[Value]]) -> None:
        if keys:
            segment = self._writer.segment()
            GroupBlockWriter(segment).write(keys, values)
            self.segments[partition].append(segment.finish())
