"""The map side of a record shuffle: group in memory, combine, spill sorted runs.

Values are gathered by key in a dict of lists, so a key is hashed once a record and encoded,
sorted and written once a group. Over budget the groups are combined; if that does not make
room they are written as a run, one segment for each partition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice, repeat
from operator import itemgetter
from typing import Any

from hadoopjobs.core.functions import RecordFunction, UserCode
from hadoopjobs.core.pairs import Key, Value
from hadoopjobs.core.snapshot import snapshot
from hadoopjobs.physical.records import Groups, PairStream, reduce_groups
from hadoopjobs.physical.stage import RecordShuffle
from hadoopjobs.runtime.key_order import KeyOrder
from hadoopjobs.runtime.memory import footing, resident_bytes
from hadoopjobs.runtime.run_file import RunFileWriter, Segment
from hadoopjobs.runtime.sorted_runs import SortedRuns, Within
from hadoopjobs.runtime.tally import Tally

_RAW_KEYS = (str, bytes, int)
_RAW_KINDS = tuple({kind} for kind in _RAW_KEYS)
_NUMBERS = (int, float)
_NO_VALUE = _NO_KEY = object()
_VARIED = object()  # the constant, once values came in an order that lists must keep


class _Aside(tuple[Key, Value]):
    """A pair among keys that came with the constant."""

    __slots__ = ()


Drained = tuple[list[Key], list[list[Value]], list[bytes] | None]
"""Keys, the values of each, and the bytes of each if they are known."""

_NEVER_EQUAL = frozenset({str, bytes, int, type(None)})  # two objects of two of them, that is
_FIRST_WINDOW, _LAST_WINDOW = 64, 4096  # pairs between two looks at memory
_TALLY_WINDOW = 4096  # pairs; their keys are counted while they are still in the cache
_SHRINK_BYTES = 1 << 26
_LISTED_BYTES = 8  # of a value in a list, the value itself left out
_MANY_COUNTED = 1 << 20  # pairs that are rather written than put into lists


class Collector:
    """Takes pair streams, gives sorted runs.

    A dict merges True, 1 and 1.0, so keys of just one of str, bytes and int are grouped as
    they are, and all others by their encoded bytes.
    """

    def __init__(
        self,
        shuffle: RecordShuffle,
        emitter: RecordFunction,
        writer: RunFileWriter,
        budget_bytes: int,
        within: Within,
        input_bytes: int | None = None,
    ) -> None:
        """`input_bytes`: what the task will read, if it is known."""
        self._order = KeyOrder(shuffle)
        self._combiner: RecordFunction | None = _load(shuffle.combiner)
        self._aggregator = _load(shuffle.aggregator)
        self._shrinks = self._combiner is not None or self._aggregator is not None
        self._keeps_order = self._aggregator is None
        self._is_additive = vars(type(self._aggregator)).get("additive", False)
        self._within = within
        self._shrinker = _label(shuffle.combiner or shuffle.aggregator)
        self._freeze, self._plain = emitter.freeze or snapshot, emitter.plain
        self._flattens_texts = emitter.flattens_texts
        self._runs = SortedRuns(self._order, writer, within, _label(shuffle.partitioner))
        self._budget = budget_bytes
        self._kind: type | None = None
        self._value_kind: type | None = None
        self._raw: dict[Key, list[Value]] = {}
        self._coded: dict[bytes, list[Any]] = {}  # code -> [key, values]
        # Entries of `_coded` by tuples and lists of which no two are equal that are not the same.
        self._known: dict[type, dict[Key, list[Any]]] = {tuple: {}, list: {}}
        self._states: dict[Key, Any] = {}
        self._constant: Value = _NO_VALUE  # the first value: mappers often yield just one, as 1
        self._tally = Tally(input_bytes)  # keys that came with it
        self._is_steady = False  # whether the last pairs all came with it
        self._empty_resident = footing(budget_bytes)
        self._window = _FIRST_WINDOW
        self._shrink_step = min(_SHRINK_BYTES, budget_bytes // 4)
        self._shrink_above = self._grown() + self._shrink_step
        self._combined = 0  # pairs held that the combiner gave
        self.spills = 0
        self.records = 0  # pairs taken, without those still held

    def add(self, stream: PairStream) -> None:
        """Take all pairs of `stream`; may combine and spill on the way."""
        rest = iter(stream)
        while self._take_window(rest):
            self._look_at_memory()

    @property
    def runs(self) -> list[list[Segment]]:
        """The segments written, by partition."""
        return self._runs.segments

    def _take_all(self, pairs: Iterable[tuple[Key, Value]]) -> None:
        """As `add`, without a look at memory."""
        rest = iter(pairs)
        while self._take(islice(rest, _LAST_WINDOW)):
            pass

    def _take_window(self, rest: Iterator[tuple[Key, Value]]) -> bool:
        if self._is_steady:
            return self._take_steady(rest)
        return self._take_some(islice(rest, self._window))

    def _take_steady(self, rest: Iterator[tuple[Key, Value]]) -> bool:
        """As `_take`, for a mapper that yields one value with every key: what does not fit is put
        aside, and what fits costs a turn of a comprehension. Whether more pairs may follow."""
        kind, constant = self._kind, self._constant
        others: list[_Aside] = []

        def aside(key: Key, value: Value) -> _Aside:
            others.append(_Aside((key, value)))
            return others[-1]

        for _ in range(max(1, self._window // _TALLY_WINDOW)):
            pairs = islice(rest, min(self._window, _TALLY_WINDOW))
            if self._flattens_texts and self._tally.checks_texts:
                same = [key if value is constant else aside(key, value) for key, value in pairs]
            else:
                same = [
                    key if value is constant and key.__class__ is kind else aside(key, value)
                    for key, value in pairs
                ]
            if not same:
                return False
            if others:
                self._is_steady = False
                return self._take_mixed(same, others)
            if wrong := self._tally_same(same):
                self._is_steady = False
                return self._take_some(wrong)
        return True

    def _take_mixed(self, keys: list[Key], others: list[_Aside]) -> bool:
        """Take keys that came with the constant, and pairs that were put aside among them."""
        if self._keeps_order:
            constant = self._constant
            return self._take(k if k.__class__ is _Aside else (k, constant) for k in keys)
        wrong = self._tally_same([key for key in keys if key.__class__ is not _Aside])
        return self._take_some([*others, *wrong])

    def _take_some(self, pairs: Iterable[tuple[Key, Value]]) -> bool:
        return self._take_numbers(pairs) if self._is_additive else self._take(pairs)

    def _tally_same(self, keys: list[Key]) -> list[tuple[Key, Value]]:
        """Count keys that came with the constant; pairs of those that are not of the one class."""
        try:
            self._tally.add(keys)
        except TypeError:
            kind = self._kind
            if same := [key for key in keys if key.__class__ is kind]:
                self._tally.add(same)
            return [(key, self._constant) for key in keys if key.__class__ is not kind]
        return []

    def _take(self, pairs: Iterable[tuple[Key, Value]]) -> bool:
        """Gather pairs; whether there were any. This loop is the cost of a record, so it counts
        nothing that can be counted later: see scripts/bench word-count."""
        if self._keeps_order and self._constant is not _VARIED:
            return self._take_until_varied(pairs)
        groups, kind, value_kind = self._raw, self._kind, self._value_kind
        constant, plain = self._constant, self._plain
        same: list[Key] = []
        tally = same.append
        key: Any = _NO_KEY
        for key, value in pairs:
            if value is constant and key.__class__ is kind:
                tally(key)
            elif key.__class__ is kind and (
                value.__class__ is value_kind or value.__class__ in plain
            ):
                try:
                    groups[key].append(value)
                except KeyError:
                    groups[key] = [value]
            else:
                self._take_other(key, value)
                kind, value_kind = self._kind, self._value_kind
                constant = self._constant
        self._end_window(same)
        return key is not _NO_KEY

    def _take_until_varied(self, pairs: Iterable[tuple[Key, Value]]) -> bool:
        """As `_take`, where the values of a key must stay in their order: equal ones are only
        counted as long as no other has come."""
        rest = iter(pairs)
        constant, kind = self._constant, self._kind
        same: list[Key] = []
        tally = same.append
        key: Any = _NO_KEY
        for key, value in rest:
            if value is constant and key.__class__ is kind:
                tally(key)
            elif key.__class__ is kind:
                self._end_window(same)
                if self._tally.records > _MANY_COUNTED:
                    self.spill()
                else:
                    self._write_out_counts()
                self._constant = _VARIED
                return self._take(chain([(key, value)], rest))
            else:
                self._take_other(key, value)
                constant, kind = self._constant, self._kind
        self._end_window(same)
        return key is not _NO_KEY

    def _take_numbers(self, pairs: Iterable[tuple[Key, Value]]) -> bool:
        """As `_take`, for an additive aggregator: numbers go into the states at once."""
        states, kind = self._states, self._kind
        constant = self._constant
        same: list[Key] = []
        tally = same.append
        key: Any = _NO_KEY
        added = 0
        for key, value in pairs:
            if value is constant and key.__class__ is kind:
                tally(key)
            elif key.__class__ is kind and value.__class__ in _NUMBERS:
                try:
                    states[key] += value
                except KeyError:
                    states[key] = value
                added += 1
            else:
                self._take_other(key, value)
                kind, constant = self._kind, self._constant
        self.records += added
        self._end_window(same)
        return key is not _NO_KEY

    def _end_window(self, same: list[Key]) -> None:
        """Count the keys that came with the constant; if all did, the next will, too."""
        if same:
            self._tally.add(same)
        self._is_steady = len(same) >= self._window

    def _take_other(self, key: Key, value: Value) -> None:
        """Take a pair that is not of the two classes that the last ones had."""
        if value.__class__ in self._plain:
            self._value_kind = value.__class__
            if self._constant is _NO_VALUE:
                self._constant = value
        else:
            value = self._freeze(value)
        if self._kind is None and key.__class__ in _RAW_KEYS and not self._coded:
            self._kind = key.__class__
        if key.__class__ is self._kind:
            if value is self._constant:
                self._tally.add([key])
            else:
                self._raw.setdefault(key, []).append(value)
            return
        known = self._known.get(key.__class__)
        if known is None or not _NEVER_EQUAL.issuperset(map(type, key)):
            self._take_coded(key, value)
            return
        twin = tuple(key)
        entry = known.get(twin)
        if entry is None:
            known[twin] = self._take_coded(key, value)
        else:
            entry[1].append(value)

    def _take_coded(self, key: Key, value: Value) -> list[Any]:
        """Take a pair whose key is grouped by its bytes; the group's entry in `_coded`."""
        if key.__class__ not in self._plain:
            key = self._freeze(key)
        code = self._order.encode([key])[0]
        entry = self._coded.get(code)
        if entry is None:
            entry = self._coded[code] = [key, [value]]
        else:
            entry[0] = self._order.same(entry[0], key)
            entry[1].append(value)
        return entry

    def _look_at_memory(self) -> None:
        grown = self._grown()
        if self._window < _LAST_WINDOW and grown < self._budget // 4:
            self._window *= 4
        is_full = grown > self._budget
        if self._shrinks and self._holds_lists and (is_full or grown > self._shrink_above):
            self._shrink()
            grown = self._grown()
            self._shrink_above = grown + max(self._shrink_step, grown)
            is_full = is_full and grown > self._budget // 2
        if is_full:
            self.spill()
            self._window = max(_FIRST_WINDOW, self._window // 4)

    def _grown(self) -> int:
        grown = resident_bytes() - self._empty_resident
        if self._shrinks:
            return grown
        return grown + _LISTED_BYTES * self._tally.records  # which the lists that are written need

    @property
    def _holds_lists(self) -> bool:
        """Whether values are held, not just counts of equal ones and sums."""
        return bool(self._raw or self._coded)

    def _shrink(self) -> None:
        """Combine what is held."""
        if self._aggregator is not None:
            self._fold()
        else:
            self._combine()

    def _combine(self) -> None:
        """Put what the combiner makes of all groups in their place."""
        self._count_new()
        keys, values, _ = self._drain_groups()
        self._combine_groups(keys, values, self._take_all)
        self._combined = self._held()

    def _combine_groups(
        self, keys: list[Key], values: list[Any], take: Callable[[PairStream], None]
    ) -> None:
        combiner = self._combiner
        assert combiner is not None
        if not keys:
            return
        kept = self._freeze, self._plain
        self._freeze, self._plain = combiner.freeze or snapshot, combiner.plain
        with self._within(self._shrinker) as cursor:
            for emitted in reduce_groups(combiner, [Groups(keys, values)], cursor):
                take(emitted)
        self._freeze, self._plain = kept

    def _spill_combined(self) -> None:
        """Combine groups that are only counted and write them: as they come if the combiner
        yields one scalar for each key, as most do."""
        pairs: list[tuple[Key, Value]] = []

        def take(emitted: PairStream) -> None:
            pairs.extend((key, value) for key, value in emitted)

        self._count_new()
        counts = self._tally.drain()
        values: list[Any] = [repeat(self._constant, count) for count in counts.values()]
        self._combine_groups(list(counts), values, take)
        singles = self._as_singles(pairs)
        if singles is None:
            self._take_all(pairs)
            self._spill_groups(*self._drain_groups())
        else:
            self._runs.write_singles(singles)
            self.spills += 1

    def _as_singles(self, pairs: list[tuple[Key, Value]]) -> dict[Key, Value] | None:
        """What the combiner gave, by key, if each key came once, with a value that nobody can
        change, and all are of one class that is grouped as it is."""
        assert self._combiner is not None
        if set(map(type, map(itemgetter(0), pairs))) not in _RAW_KINDS:
            return None
        singles = dict(pairs)
        is_plain = self._combiner.plain.issuperset(map(type, singles.values()))
        return singles if is_plain and len(singles) == len(pairs) else None

    def _fold(self) -> None:
        """Move the values of every group into the aggregator's state of its key."""
        self._count_new()
        if self._is_additive and self._constant.__class__ is int:
            self._add_counts(self._tally.drain(), self._constant)
        add_all, zero, states = self._aggregator.add_all, self._aggregator.zero, self._states
        with self._within(self._shrinker) as cursor:
            counts = self._tally.drain()
            keys = cursor.over(list(counts), None, None)
            for key, count in zip(keys, counts.values(), strict=True):
                values = [self._constant] * count
                states[key] = add_all(states[key] if key in states else zero(), values)
            keys = cursor.over(list(self._raw), None, None)
            for key, values in zip(keys, self._raw.values(), strict=True):
                states[key] = add_all(states[key] if key in states else zero(), values)
            self._raw.clear()
            coded = list(self._coded.values())
            for _, entry in zip(cursor.over([e[0] for e in coded], None, None), coded, strict=True):
                if len(entry) == 2:
                    entry.append(zero())
                entry[2] = add_all(entry[2], entry[1])
                entry[1] = []

    def _add_counts(self, counts: dict[Key, int], constant: int) -> None:
        """Add to the states what was only counted: `constant`, so often for each key."""
        states = self._states
        if constant != 1:
            counts = {key: constant * count for key, count in counts.items()}
        if states:
            for key, total in counts.items():
                states[key] = states[key] + total if key in states else total
        else:
            self._states = counts

    def _held(self) -> int:
        """How many pairs are held."""
        coded = sum(len(entry[1]) for entry in self._coded.values())
        return self._tally.records + sum(map(len, self._raw.values())) + coded

    def _count_new(self) -> None:
        """Count the pairs that are held, before they are combined or written."""
        self.records += self._held() - self._combined
        self._combined = 0

    def _write_out_counts(self) -> None:
        """Put the values that were only counted where the others are."""
        groups, constant = self._raw, [self._constant]
        for key, count in self._tally.drain().items():
            values = groups.get(key)
            groups[key] = constant * count if values is None else values + constant * count

    def _drain_groups(self) -> Drained:
        """All groups, which are then no longer held; no two of them have equal keys."""
        self._write_out_counts()
        raw, coded = self._raw, self._coded
        self._raw, self._coded, self._known = {}, {}, {tuple: {}, list: {}}
        if not coded:
            return list(raw.keys()), list(raw.values()), None
        if raw:
            keys = list(raw)
            for code, key, values in zip(self._order.encode(keys), keys, raw.values(), strict=True):
                entry = coded.get(code)
                if entry is None:
                    coded[code] = [key, values]
                else:
                    entry[0] = self._order.same(entry[0], key)
                    entry[1] = values + entry[1]
        entries = coded.values()
        return [entry[0] for entry in entries], [entry[1] for entry in entries], list(coded)

    def _drain_states(self) -> Drained:
        states, coded = self._states, self._coded
        self._states, self._coded, self._known = {}, {}, {tuple: {}, list: {}}
        if not coded:
            return list(states), [[state] for state in states.values()], None
        if states:
            keys = list(states)
            for code, key in zip(self._order.encode(keys), keys, strict=True):
                entry = coded.get(code)
                if entry is None:
                    coded[code] = [key, [], states[key]]
                else:
                    entry[0] = self._order.same(entry[0], key)
                    entry[2] = self._aggregator.merge(states[key], entry[2])
        entries = coded.values()
        return [entry[0] for entry in entries], [[entry[2]] for entry in entries], list(coded)

    def spill(self) -> None:
        """Write what is held as one sorted run and forget it."""
        if self._aggregator is not None:
            self._spill_states()
        elif self._combiner is None:
            self._count_new()
            self._spill_groups(*self._drain_groups())
        elif self._holds_lists:
            self._combine()
            self._spill_groups(*self._drain_groups())
        else:
            self._spill_combined()
        self._combined = 0
        self._empty_resident = footing(self._budget)
        self._shrink_above = self._grown() + self._shrink_step

    def _spill_states(self) -> None:
        self._fold()
        if self._states and not self._coded:
            self._runs.write_singles(self._states)
            self._states = {}
            self.spills += 1
        else:
            self._spill_groups(*self._drain_states())

    def _spill_groups(
        self, keys: list[Key], values: list[list[Value]], codes: list[bytes] | None
    ) -> None:
        if keys:
            self._runs.write(keys, values, codes or self._order.encode(keys))
            self.spills += 1

    def close(self) -> None:
        self.spill()


def _load(code: UserCode | None) -> Any:
    return None if code is None else code.load()


def _label(code: UserCode | None) -> str:
    return "" if code is None else code.label
