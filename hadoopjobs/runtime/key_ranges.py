"""Cuts the sorted runs of one partition into ranges of keys that are reduced side by side.

The ranges lie one behind the other, so what their tasks write is in the order of one task's.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hadoopjobs.runtime.group_block import unpack_groups
from hadoopjobs.runtime.key_order import KeyOrder
from hadoopjobs.runtime.run_file import Segment, read_segment, split_segment

_MIN_BYTES = 1 << 18  # of a range: below that the start of a task costs more than it saves
_SAMPLES = 12  # blocks looked at for each range, in all runs together


@dataclass(frozen=True)
class KeyRange:
    """The keys whose bytes are not below `low` and below `high`; None: without end."""

    low: bytes | None = None
    high: bytes | None = None


EVERYTHING = KeyRange()


@dataclass(frozen=True)
class _Cut:
    """The key with which the piece `index` of a run begins."""

    code: bytes
    index: int


@dataclass(frozen=True)
class _Run:
    pieces: list[Segment]
    cuts: list[_Cut]

    def within(self, keys: KeyRange) -> list[Segment]:
        """The pieces that may hold keys of the range."""
        codes = [cut.code for cut in self.cuts]
        first = 0 if keys.low is None else bisect_left(codes, keys.low)
        last = len(codes) if keys.high is None else bisect_left(codes, keys.high)
        begin = self.cuts[first - 1].index if first else 0
        end = self.cuts[last].index if last < len(codes) else len(self.pieces)
        return self.pieces[begin:end]


def divide(
    segments: Sequence[Segment], order: KeyOrder, most: int
) -> list[tuple[KeyRange, tuple[Segment, ...]]]:
    """At most `most` ranges of about the same size, and what each has to read.

    A range begins with a key that is text: other keys may equal their neighbours in Python, as 1
    and 1.0 do, and some reducers want such keys together.
    """
    count = min(most, sum(segment.length for segment in segments) // _MIN_BYTES)
    if count < 2:
        return [(EVERYTHING, tuple(segments))]
    samples = 1 + _SAMPLES * count // len(segments)
    runs = [_sampled(segment, order, samples) for segment in segments]
    codes = sorted(cut.code for run in runs for cut in run.cuts)
    bounds = sorted({codes[len(codes) * i // count] for i in range(1, count)} if codes else ())
    ranges = [KeyRange(*ends) for ends in zip([None, *bounds], [*bounds, None], strict=True)]
    return [(keys, tuple(_joined(run.within(keys) for run in runs))) for keys in ranges]


def _sampled(segment: Segment, order: KeyOrder, samples: int) -> _Run:
    pieces = split_segment(segment, samples)
    cuts = []
    for index, piece in enumerate(pieces):
        keys = unpack_groups(next(read_segment(piece)))[0]
        if keys[0].__class__ is str:
            cuts.append(_Cut(order.encode(keys[:1])[0], index))
    return _Run(pieces, cuts)


def _joined(runs: Iterator[list[Segment]]) -> Iterator[Segment]:
    """Pieces of one run, which lie one behind the other, as one segment again."""
    for pieces in runs:
        if pieces:
            length = sum(piece.length for piece in pieces)
            records = sum(piece.records for piece in pieces)
            yield Segment(pieces[0].path, pieces[0].offset, length, records)
