"""The reduce side of a record shuffle: merge sorted runs into groups, in bounded memory.

Each run has one block open. In each round the smallest of the blocks' last keys is the
*bound*: every group below it is complete and goes out in a batch; the group at the bound may
go on in later blocks and goes out by itself, its values streamed. So a group may be larger
than memory, and no comparison is made in Python for a single record.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hadoopjobs.core.pairs import Key, Value
from hadoopjobs.physical.records import Groups
from hadoopjobs.runtime.group_block import GroupBlockWriter, unpack_groups
from hadoopjobs.runtime.key_order import KeyOrder
from hadoopjobs.runtime.key_ranges import EVERYTHING, KeyRange
from hadoopjobs.runtime.run_file import RunFileWriter, Segment, read_segment

_OPEN_BLOCK_BYTES = 1 << 20  # one block of 128 KiB as Python objects, and its read-ahead
_MIN_FAN_IN = 8
_MAX_FAN_IN = 400


class _Run:
    """A sorted run with one block open; `at` is the first group not yet taken."""

    def __init__(self, segment: Segment, order: KeyOrder, within: KeyRange) -> None:
        self._payloads = read_segment(segment)
        self._order = order
        self._within = within
        self.codes: list[bytes] = []
        self.keys: list[Key] = []
        self.values: list[list[Value]] = []
        self.at = 0
        self.more()

    def more(self) -> bool:
        """Open the next block if this one is used up; False at the end of the run."""
        while self.at >= len(self.codes):
            payload = next(self._payloads, None)
            if payload is None:
                self.codes, self.at = [], 0
                return False
            self.keys, self.values = unpack_groups(payload)
            self.codes, self.at = self._order.encode(self.keys), 0
            if self._within is not EVERYTHING:
                self._narrow()
        return True

    def _narrow(self) -> None:
        """Keep what lies within the range; behind it the run is at its end."""
        low, high = self._within.low, self._within.high
        if low is not None:
            self.at = bisect_left(self.codes, low)
        if high is not None and self.codes[-1] >= high:
            del self.codes[bisect_left(self.codes, high) :]
            self._payloads = iter(())

    def take_below(self, bound: bytes) -> slice:
        end = bisect_left(self.codes, bound, self.at)
        taken = slice(self.at, end)
        self.at = end
        return taken

    def at_key(self, code: bytes) -> Iterator[list[Value]]:
        """The lists of values that this run has for the key `code`, which is its next or none."""
        while self.more() and self.codes[self.at] == code:
            values = self.values[self.at]
            self.at += 1
            yield values


def fan_in(budget_bytes: int) -> int:
    """How many runs may be open at once."""
    return max(_MIN_FAN_IN, min(_MAX_FAN_IN, budget_bytes // 2 // _OPEN_BLOCK_BYTES))


def merge_runs(
    segments: Sequence[Segment], order: KeyOrder, within: KeyRange = EVERYTHING
) -> Iterator[Groups]:
    """All groups of all runs whose keys lie in the range, in the order of their keys.

    The values of a group come in the order of the runs, or sorted if the shuffle says so.
    """
    opened = [_Run(segment, order, within) for segment in segments]
    runs = [run for run in opened if run.more()]
    while runs:
        bound = min(run.codes[-1] for run in runs)
        complete = _complete_groups(runs, bound, order)
        if complete.keys:
            yield complete
        last = _group_at(runs, bound, order)
        yield last
        for _ in last.values[0]:  # what the reducer left unread
            pass
        runs = [run for run in runs if run.more()]


def _complete_groups(runs: Sequence[_Run], bound: bytes, order: KeyOrder) -> Groups:
    parts = [(run, run.take_below(bound)) for run in runs]
    parts = [(run, taken) for run, taken in parts if taken.start < taken.stop]
    if len(parts) == 1:
        run, taken = parts[0]
        return Groups(run.keys[taken], list(run.values[taken]))
    codes: list[bytes] = []
    keys: list[Key] = []
    values: list[list[Value]] = []
    for run, taken in parts:
        codes += run.codes[taken]
        keys += run.keys[taken]
        values += run.values[taken]
    # Runs are sorted already, which Python's sort finds out; equal keys stay in their order.
    in_order = sorted(range(len(codes)), key=codes.__getitem__)
    merged = Groups([], [])
    code = None
    for i in in_order:
        if codes[i] != code:
            code = codes[i]
            merged.keys.append(keys[i])
            merged.values.append(values[i])
        else:
            merged.values[-1] += values[i]
            if keys[i].__class__ is not str:
                merged.keys[-1] = order.same(merged.keys[-1], keys[i])
    if order.sort_values:
        merged.values = [order.sorted_values(group) for group in merged.values]
    return merged


def _group_at(runs: Sequence[_Run], bound: bytes, order: KeyOrder) -> Groups:
    """The group whose key is `bound`. If it lies wholly in the open blocks it is a list."""
    holders = [run for run in runs if run.more() and run.codes[run.at] == bound]
    key = holders[0].keys[holders[0].at]
    for run in holders[1:]:
        key = order.same(key, run.keys[run.at])
    if order.sort_values:
        streams = [_flat(run, bound) for run in holders]
        values: Iterator[Value] = _merge_values(streams, order.encode_values)
    else:
        values = (value for run in holders for value in _flat(run, bound))
    return Groups([key], [values])


def _flat(run: _Run, code: bytes) -> Iterator[Value]:
    for values in run.at_key(code):
        yield from values


def _merge_values(
    streams: Sequence[Iterator[Value]], encode: Callable[[Sequence[Any]], list[bytes]]
) -> Iterator[Value]:
    if len(streams) == 1:
        return streams[0]
    return heapq.merge(*streams, key=lambda value: encode([value])[0])


def narrow(
    segments: Sequence[Segment],
    order: KeyOrder,
    width: int,
    writer: RunFileWriter,
    within: KeyRange = EVERYTHING,
) -> list[Segment]:
    """At most `width` runs that hold what `segments` hold, merged in passes where needed."""
    pending = list(segments)
    while len(pending) > width:
        # Merge neighbours, so that the order of the runs, and of values, stays what it was.
        step = min(width, len(pending) - width + 1)
        smallest = min(
            range(len(pending) - step + 1),
            key=lambda i: sum(segment.length for segment in pending[i : i + step]),
        )
        merged = _rewrite(pending[smallest : smallest + step], order, writer, within)
        pending[smallest : smallest + step] = [merged]
    return pending


def _rewrite(
    segments: Sequence[Segment], order: KeyOrder, writer: RunFileWriter, within: KeyRange
) -> Segment:
    out = writer.segment()
    blocks = GroupBlockWriter(out)
    for batch in merge_runs(segments, order, within):
        keys: list[Key] = []
        values: list[list[Value]] = []
        for key, group in zip(batch.keys, batch.values, strict=True):
            for part in _parts(group):
                keys.append(key)
                values.append(part)
                if len(part) == _PART_VALUES:
                    blocks.write(keys, values)
                    keys, values = [], []
        blocks.write(keys, values)
    return out.finish()


_PART_VALUES = 8192


def _parts(values: Any) -> Iterator[list[Value]]:
    if isinstance(values, list):
        yield values
        return
    part: list[Value] = []
    for value in values:
        part.append(value)
        if len(part) == _PART_VALUES:
            yield part
            part = []
    if part:
        yield part
