"""Operators that call record-at-a-time user code.

Between a mapper and whatever takes its output flow *pair streams*: one iterable of pairs for
each input batch. They are consumed at once, in order, so no batch of output is held twice.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from operator import length_hint
from typing import Any

from hadoopjobs.core.functions import Emitted, RecordFunction
from hadoopjobs.core.pairs import Key, Origin, Pairs, Value
from hadoopjobs.core.snapshot import snapshot

PairStream = Iterable[tuple[Key, Value]]

BATCH_RECORDS = 8192


@dataclass(slots=True)
class Groups:
    """A batch of groups: `values[i]` holds the values of `keys[i]`, a list or, for a group too
    large for memory, an iterator that is valid until the next batch is asked for."""

    keys: list[Key]
    values: list[Any]


class Cursor:
    """Knows which record user code was given last, for the error message; costs one iterator a
    batch."""

    def __init__(self) -> None:
        self._items: list[Any] = []
        self._keys: list[Any] | None = None
        self._iterator: Iterator[Any] = iter(())
        self._origin: Origin | None = None
        self.phase = ""

    def over(
        self, items: list[Any], origin: Origin | None, keys: list[Any] | None
    ) -> Iterator[Any]:
        """Iterate `items`; `keys` beside them if a record is a pair."""
        self._items, self._keys, self._origin = items, keys, origin
        self._iterator = iter(items)
        self.phase = ""
        return self._iterator

    def _index(self) -> int:
        return len(self._items) - length_hint(self._iterator) - 1

    def record(self) -> Any:
        """The record at hand: its value, or (key, value) if it has a key; None before the first."""
        index = self._index()
        if self.phase or not 0 <= index < len(self._items):
            return None
        if self._keys is None or self._keys[index] is None:
            return self._items[index]
        return self._keys[index], self._items[index]

    @property
    def uri(self) -> str | None:
        return None if self._origin is None else self._origin.uri

    def offset(self) -> int | None:
        index = self._index()
        if self._origin is None or index < 0 or self.phase:
            return None
        return self._origin.offset_of(index)


def tolerant(function: Any) -> Any:
    """`function` with None in place of no pairs allowed; a generator function as it is.

    A `StopIteration` that it lets out would end the loop over the records, so it becomes a
    `RuntimeError`, as Python makes it in a generator.
    """
    if inspect.isgeneratorfunction(function):
        return function

    def call(*record: Any) -> Emitted:
        try:
            emitted: Emitted = function(*record)
        except StopIteration as error:
            escaped = RuntimeError("the job let a StopIteration out")
            raise escaped.with_traceback(error.__traceback__) from error
        return () if emitted is None else emitted

    return call


def map_records(
    function: RecordFunction, batches: Iterable[Pairs], cursor: Cursor
) -> Iterator[PairStream]:
    """What a mapper emits: for its init, for each batch, for its final."""
    if function.stream is not None:
        yield function.stream(_as_tuples(batches, cursor))
        return
    yield from _edge(function.init, "init", cursor)
    if function.each is not None:
        each = tolerant(function.each)
        for batch in batches:
            values = cursor.over(batch.values, batch.origin, batch.keys)
            yield chain.from_iterable(map(each, batch.keys, values))
    yield from _edge(function.final, "final", cursor)


def reduce_groups(
    function: RecordFunction, batches: Iterable[Groups], cursor: Cursor
) -> Iterator[PairStream]:
    """What a reducer (or combiner) emits: for its init, for each batch of groups, its final."""
    if function.stream is not None:
        yield function.stream(_groups_as_tuples(batches, cursor))
        return
    yield from _edge(function.init, "init", cursor)
    if function.each is not None:
        each = tolerant(function.each)
        for batch in batches:
            keys = cursor.over(batch.keys, None, None)
            yield chain.from_iterable(map(each, keys, map(iter, batch.values)))
    yield from _edge(function.final, "final", cursor)


def ungroup(batches: Iterable[Groups]) -> Iterator[PairStream]:
    """Each value of each group as a pair of its own."""
    for batch in batches:
        for key, values in zip(batch.keys, batch.values, strict=True):
            yield ((key, value) for value in values)


def _edge(function: Any, phase: str, cursor: Cursor) -> Iterator[PairStream]:
    if function is not None:
        cursor.phase = phase
        emitted = function()
        if emitted is not None:
            yield emitted


def _as_tuples(batches: Iterable[Pairs], cursor: Cursor) -> Iterator[tuple[Key, Value]]:
    for batch in batches:
        yield from zip(batch.keys, cursor.over(batch.values, batch.origin, batch.keys), strict=True)


def _groups_as_tuples(
    batches: Iterable[Groups], cursor: Cursor
) -> Iterator[tuple[Key, Iterator[Value]]]:
    for batch in batches:
        yield from zip(cursor.over(batch.keys, None, None), map(iter, batch.values), strict=True)


def gather(
    streams: Iterable[PairStream], function: RecordFunction, batch_records: int = BATCH_RECORDS
) -> Iterator[Pairs]:
    """Batches of the pairs that `streams` emit, frozen as they come as `function` says."""
    freeze, plain = function.freeze or snapshot, function.plain
    keys: list[Key] = []
    values: list[Value] = []
    for stream in streams:
        rest = iter(stream)
        while True:
            before = len(keys)
            for key, value in islice(rest, batch_records - before):
                keys.append(key if key.__class__ in plain else freeze(key))
                values.append(value if value.__class__ in plain else freeze(value))
            if len(keys) < batch_records:
                break
            yield Pairs(keys, values)
            keys, values = [], []
    if keys:
        yield Pairs(keys, values)
