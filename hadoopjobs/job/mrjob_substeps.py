"""From a `Substep` to the `RecordFunction` that a task calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from hadoopjobs.core.functions import RecordFunction
from hadoopjobs.core.pairs import Key, Value
from hadoopjobs.job.mrjob_commands import command_function, filtered, whole_function
from hadoopjobs.job.mrjob_loader import MRJob
from hadoopjobs.job.mrjob_protocols import (
    JSON_SCALARS,
    Pairs,
    as_line,
    keyed_lines,
    line_writer,
    normalise,
    output_lines,
    read_all,
)
from hadoopjobs.job.mrjob_sort import sorted_lines
from hadoopjobs.job.mrjob_task import Substep, enter_process, start_job

Groups = Iterable[tuple[Key, Iterator[Value]]]
OWN_TASK = ("execute", "_wrap_protocols", "_read_input")
_PAIRS = {"mapper": "map_pairs", "combiner": "combine_pairs", "reducer": "reduce_pairs"}


class PackedSubstep:
    """Pickles as a `Substep` and is, once unpickled, a `RecordFunction` with a fresh job."""

    def __init__(self, substep: Substep, *, sorts_first: bool = False) -> None:
        self._arguments = substep, sorts_first

    def __reduce__(self) -> tuple[Any, ...]:
        return load_substep, self._arguments


def load_substep(substep: Substep, sorts_first: bool = False) -> RecordFunction:
    """What a task calls for this substep.

    With `sorts_first` it is a combiner in the map task, called just once over all that the
    mapper emitted, as mrjob's local runners do.
    """
    enter_process(substep)
    if substep.command is not None:
        function = command_function(substep)
    elif is_overridden(substep.job_class, f"run_{substep.side}", *OWN_TASK):
        function = whole_function(substep)
    elif substep.side == "mapper":
        function = _mapper(substep)
    elif substep.side == "combiner" and not sorts_first:
        function = _combiner(substep)
    else:
        function = _reducer(substep)
    if sorts_first:
        function = _sorting(function, substep.sorts_values)
    if substep.writes == "objects":
        function.plain, function.flattens_texts = JSON_SCALARS, True
    return function


def is_overridden(job_class: type, *methods: str) -> bool:
    """Whether the job has its own version of one of these methods of `MRJob`."""
    return any(getattr(job_class, name) is not getattr(MRJob, name) for name in methods)


def has_own_pairs(substep: Substep) -> bool:
    """Whether the job has its own loop over the records of this side."""
    return is_overridden(substep.job_class, _PAIRS[substep.side], "_combine_or_reduce_pairs")


def _mapper(substep: Substep) -> RecordFunction:
    if substep.is_raw:
        return _raw_mapper(substep)
    job = start_job(substep)
    emit, freeze = _emitter(job, substep)
    if substep.pre_filter is not None or has_own_pairs(substep):
        return RecordFunction(stream=_mapper_stream(job, substep, emit), freeze=freeze)
    step = job.steps()[substep.step]
    return RecordFunction(
        each=_mapper_each(job, substep, step["mapper"], emit),
        init=_edge(step["mapper_init"], emit),
        final=_edge(step["mapper_final"], emit),
        freeze=freeze,
    )


def _mapper_each(
    job: Any, substep: Substep, mapper: Any, emit: Callable[[Any], Any]
) -> Callable[[Key, Any], Any]:
    if substep.reads in ("objects", "texts"):
        return _composed(mapper, emit)
    read = job.pick_protocols(substep.step, "mapper")[0]

    def read_and_map(_: Key, line: bytes) -> Any:
        key, value = read(line.rstrip(b"\r\n"))
        return emit(mapper(key, value) or ())

    return read_and_map


def _mapper_stream(
    job: Any, substep: Substep, emit: Callable[[Any], Any]
) -> Callable[[Iterator[tuple[Key, Any]]], Iterator[tuple[Key, Value]]]:
    def stream(records: Iterator[tuple[Key, Any]]) -> Iterator[tuple[Key, Value]]:
        pairs: Pairs = records
        if substep.reads != "objects":
            lines = filtered(substep, (line for _, line in records))
            pairs = read_all(job.pick_protocols(substep.step, "mapper")[0], lines)
        yield from emit(job.map_pairs(pairs, step_num=substep.step))

    return stream


def _raw_mapper(substep: Substep) -> RecordFunction:
    """mrjob gives each file to a mapper of its own, by its arguments."""

    def stream(files: Iterator[tuple[str, str]]) -> Iterator[tuple[Key, Value]]:
        for path, uri in files:
            job = start_job(substep, path, uri.removeprefix("file://"))
            emit, _ = _emitter(job, substep)
            yield from emit(job.map_pairs((), step_num=substep.step))

    return RecordFunction(stream=stream, freeze=_freeze_for(substep))


def _combiner(substep: Substep) -> RecordFunction:
    """A combiner that may run any number of times, over any part of a group."""
    job = start_job(substep)
    emit, freeze = _emitter(job, substep)
    step = job.steps()[substep.step]
    combiner = step["combiner"]
    if substep.reads == "objects":
        each = _composed(combiner, emit)
    else:
        read = job.pick_protocols(substep.step, "combiner")[0]

        def each(_: Key, lines: Iterator[bytes]) -> Any:
            groups = _grouped(read_all(read, lines))
            return emit(chain.from_iterable(combiner(k, vs) or () for k, vs in groups))

    return RecordFunction(
        each=each,
        init=_edge(step["combiner_init"], emit),
        final=_edge(step["combiner_final"], emit),
        freeze=freeze,
    )


def _reducer(substep: Substep) -> RecordFunction:
    """A reducer, or a combiner that sees all groups in their order, just once."""
    job = start_job(substep)
    emit, freeze = _emitter(job, substep)
    if substep.reads == "objects" and not has_own_pairs(substep):
        return RecordFunction(stream=_object_reducer(job, substep, emit), freeze=freeze)
    run_pairs = getattr(job, _PAIRS[substep.side])

    def stream(groups: Groups) -> Iterator[tuple[Key, Value]]:
        pairs: Pairs
        if substep.reads == "objects":
            pairs = ((key, value) for key, values in groups for value in values)
        else:
            lines = filtered(substep, (line for _, lines in groups for line in lines))
            pairs = read_all(job.pick_protocols(substep.step, substep.side)[0], lines)
        yield from emit(run_pairs(pairs, step_num=substep.step))

    return RecordFunction(stream=stream, freeze=freeze)


def _object_reducer(
    job: Any, substep: Substep, emit: Callable[[Any], Any]
) -> Callable[[Groups], Iterator[tuple[Key, Value]]]:
    step = job.steps()[substep.step]
    reducer, init, final = step["reducer"], step["reducer_init"], step["reducer_final"]

    def pairs(groups: Groups) -> Iterator[tuple[Key, Value]]:
        if init:
            yield from init() or ()
        for key, values in merge_equal(groups):
            yield from reducer(key, values) or ()
        if final:
            yield from final() or ()

    return lambda groups: iter(emit(pairs(groups)))


def merge_equal(groups: Groups) -> Iterator[tuple[Key, Iterator[Value]]]:
    """`groups`, those side by side whose keys are equal in Python as one.

    mrjob sorts keys by their JSON and compares them decoded: 1 and 1.0 meet, if nothing sorts
    between them. Texts and None equal nothing but themselves.
    """
    ahead = iter(groups)
    group = next(ahead, None)
    while group is not None:
        key, values = group
        if key.__class__ is str or key is None:
            yield key, values
            group = next(ahead, None)
        else:
            merged = _Merged(key, values, ahead)
            yield key, chain(merged.values)  # a chain has no close(): no group is ever lost
            group = merged.following()


class _Merged:
    """The values of a group and of those behind it with an equal key."""

    def __init__(self, key: Key, values: Iterator[Value], ahead: Iterator[Any]) -> None:
        self._key = key
        self._ahead = ahead
        self._next: tuple[Key, Iterator[Value]] | None = None
        self.values = self._chained(values)

    def _chained(self, values: Iterator[Value]) -> Iterator[Value]:
        yield from values
        for group in self._ahead:
            if not self._is_same(group[0]):
                self._next = group
                return
            yield from group[1]

    def _is_same(self, key: Key) -> bool:
        return key is self._key or bool(key == self._key)

    def following(self) -> tuple[Key, Iterator[Value]] | None:
        """The first group behind these; what is left of these is skipped."""
        for _ in self.values:
            pass
        return self._next


def _grouped(pairs: Pairs) -> Iterator[tuple[Key, Iterator[Value]]]:
    """As mrjob groups what it has decoded."""
    for key, same in groupby(pairs, itemgetter(0)):
        yield key, (value for _, value in same)


def _emitter(job: Any, substep: Substep) -> tuple[Callable[[Any], Any], Any]:
    """What makes records out of the pairs that user code yields, and their `freeze`."""
    freeze = _freeze_for(substep)
    if substep.writes == "objects":
        return _as_they_are, freeze
    write = line_writer(job.pick_protocols(substep.step, substep.side)[1])
    to_lines = keyed_lines if substep.writes == "lines" else output_lines
    return lambda pairs: to_lines(write, pairs), freeze


def _freeze_for(substep: Substep) -> Callable[[Any], Any]:
    return normalise if substep.writes == "objects" else as_line


def _as_they_are(pairs: Any) -> Any:
    return pairs


def _edge(function: Any, emit: Callable[[Any], Any]) -> Callable[[], Any] | None:
    return (lambda: emit(function() or ())) if function else None


def _composed(
    function: Callable[[Key, Any], Any], emit: Callable[[Any], Any]
) -> Callable[[Key, Any], Any]:
    if emit is _as_they_are:
        return function
    return lambda key, value: emit(function(key, value) or ())


def _sorting(function: RecordFunction, sorts_values: bool) -> RecordFunction:
    """`function`, a reduce side over lines, in a map task over the lines of that task."""
    reduce = function.stream
    assert reduce is not None

    def stream(records: Iterator[tuple[Key, Value]]) -> Iterator[tuple[Key, Value]]:
        with sorted_lines(records, sorts_values) as lines:
            yield from reduce((key, iter((line,))) for key, line in lines)

    return RecordFunction(stream=stream, freeze=function.freeze)
