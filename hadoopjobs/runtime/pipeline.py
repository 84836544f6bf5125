"""Puts a task together: source → operators → shuffle or sink."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any, cast

from hadoopjobs.core.errors import PlanError
from hadoopjobs.core.functions import RecordFunction
from hadoopjobs.core.pairs import Pairs
from hadoopjobs.formats.convert import to_columns, to_pairs
from hadoopjobs.physical.records import (
    Cursor,
    Groups,
    PairStream,
    gather,
    map_records,
    reduce_groups,
    ungroup,
)
from hadoopjobs.physical.stage import (
    ApplyMapper,
    ApplyMapperBatches,
    ApplyReducer,
    ColumnShuffle,
    FinishAggregate,
    RecordShuffle,
    Ungroup,
)
from hadoopjobs.runtime.collector import Collector
from hadoopjobs.runtime.hadoop_lines import line_groups
from hadoopjobs.runtime.key_order import KeyOrder
from hadoopjobs.runtime.merge import fan_in, merge_runs, narrow
from hadoopjobs.runtime.sinks import write_sink
from hadoopjobs.runtime.skipping import map_records_skipping
from hadoopjobs.runtime.sources import open_sources
from hadoopjobs.runtime.task import Task


def run_pipeline(task: Task) -> None:
    """Run the whole of one task attempt."""
    if task.spec.side == "map":
        _run_map(task)
    else:
        _run_reduce(task)


def _run_map(task: Task) -> None:
    operators = list(task.stage.inputs[task.spec.input_index].operators)
    shuffle = task.stage.shuffle
    if isinstance(shuffle, ColumnShuffle):
        from hadoopjobs.runtime.columns import write_column_runs

        write_column_runs(task, shuffle, map(to_columns, _map_side(task, operators)))
        return
    if shuffle is None:
        write_sink(task, _map_side(task, operators))
        return
    if operators and isinstance(operators[-1], ApplyMapper):
        function = _load_mapper(task, operators[-1])
        _collect(task, shuffle, _map_streams(task, operators, function), function)
    else:
        _collect(task, shuffle, _as_streams(_map_side(task, operators)), RecordFunction())


def _map_side(task: Task, operators: list[Any]) -> Iterator[Any]:
    """What the operators make of each split in turn."""
    for batches in open_sources(task):
        yield from _apply_all(task, operators, task.counted(batches))


def _map_streams(
    task: Task, operators: list[Any], function: RecordFunction
) -> Iterator[PairStream]:
    """The same, the last operator's output not gathered; `function` is that of the first split."""
    for number, batches in enumerate(open_sources(task)):
        given = _apply_all(task, operators[:-1], task.counted(batches))
        if number:
            function = _load_mapper(task, operators[-1])
        task.label = operators[-1].code.label
        yield from _mapped(task, function, given)


def _collect(
    task: Task,
    shuffle: RecordShuffle,
    streams: Iterable[PairStream],
    function: RecordFunction,
) -> None:
    spec = task.spec
    input_bytes = sum(split.length for split in spec.splits)
    collector = Collector(
        shuffle, function, task.writer, spec.budget_bytes, task.within, input_bytes
    )
    for stream in streams:
        collector.add(stream)
    collector.close()
    task.outputs = collector.runs
    task.metrics.records_out = collector.records
    segments = [segment for runs in collector.runs for segment in runs]
    task.metrics.bytes_shuffled = sum(segment.length for segment in segments)
    if collector.spills > 1:
        task.metrics.bytes_spilled += task.writer.primary_disk_bytes


def _as_streams(batches: Iterable[Any]) -> Iterator[PairStream]:
    for batch in batches:
        pairs = to_pairs(batch)
        yield zip(pairs.keys, pairs.values, strict=True)


def _apply_all(task: Task, operators: list[Any], batches: Iterable[Any]) -> Iterable[Any]:
    for operator in operators:
        if isinstance(operator, ApplyMapper):
            function = _load_mapper(task, operator)
            batches = gather(_mapped(task, function, batches), function)
        else:
            batches = _apply_batches(task, operator, batches)
    return batches


def _apply_batches(
    task: Task, operator: ApplyMapperBatches, batches: Iterable[Any]
) -> Iterable[Any]:
    from hadoopjobs.physical.columns import map_batches

    task.label = operator.code.label
    columns = map(to_columns, batches)
    return map_batches(operator.code.load(), operator.code.label, columns, task.cursor)


def _load_mapper(task: Task, operator: ApplyMapper) -> RecordFunction:
    task.label = operator.code.label
    return cast("RecordFunction", operator.code.load())


def _mapped(task: Task, function: RecordFunction, batches: Iterable[Any]) -> Iterator[PairStream]:
    batches = map(to_pairs, batches)
    if task.spec.skip_bad_records and function.stream is None:
        return map_records_skipping(task, function, batches)
    return map_records(function, batches, task.cursor)


def _run_reduce(task: Task) -> None:
    shuffle = task.stage.shuffle
    if isinstance(shuffle, ColumnShuffle):
        from hadoopjobs.runtime.columns import read_column_runs

        write_sink(task, read_column_runs(task, shuffle))
        return
    if shuffle is None:
        raise PlanError("a reduce task in a stage without a shuffle")
    if task.spec.lines is not None:
        write_sink(task, _reduce(task, _counted_lines(task, task.spec.lines)))
        return
    order = KeyOrder(shuffle)
    task.metrics.bytes_read = sum(segment.length for segment in task.spec.segments)
    keys, width = task.spec.key_range, fan_in(task.spec.budget_bytes)
    segments = narrow(task.spec.segments, order, width, task.writer, keys)
    task.metrics.bytes_spilled += task.writer.primary_disk_bytes
    write_sink(task, _reduce(task, _counted_groups(task, merge_runs(segments, order, keys))))


def _counted_groups(task: Task, batches: Iterable[Groups]) -> Iterator[Groups]:
    total = max(1, sum(segment.records for segment in task.spec.segments))
    for batch in batches:
        for values in batch.values:
            if isinstance(values, list):
                task.metrics.records_in += len(values)
        yield batch
        task.done(min(1.0, task.metrics.records_in / total))
    task.metrics.records_in = sum(segment.records for segment in task.spec.segments)


def _counted_lines(task: Task, path: str) -> Iterator[Groups]:
    """The groups in a file of lines, each line counted."""
    task.metrics.bytes_read = os.path.getsize(path)
    for batch in line_groups(path):
        yield Groups(batch.keys, [_counting(task, lines) for lines in batch.values])


def _counting(task: Task, lines: Iterable[bytes]) -> Iterator[bytes]:
    for line in lines:
        task.metrics.records_in += 1
        yield line


def _reduce(task: Task, groups: Iterable[Groups]) -> Iterable[Any]:
    batches: Iterable[Any] = groups
    for operator in task.stage.reduce:
        if isinstance(operator, ApplyReducer):
            function = cast("RecordFunction", operator.code.load())
            task.label = operator.code.label
            batches = gather(reduce_groups(function, groups, task.cursor), function)
        elif isinstance(operator, FinishAggregate):
            task.label = operator.code.label
            batches = _finish(operator.code.load(), groups, task.cursor)
        elif isinstance(operator, Ungroup):
            batches = gather(ungroup(groups), RecordFunction())
        else:
            raise PlanError(f"{operator!r} cannot follow a shuffle of records")
    return batches


def _finish(aggregator: Any, groups: Iterable[Groups], cursor: Cursor) -> Iterator[Pairs]:
    merge, finish = aggregator.merge, aggregator.finish
    for batch in groups:
        results = []
        for _, states in zip(cursor.over(batch.keys, None, None), batch.values, strict=True):
            rest = iter(states)
            state = next(rest)
            for other in rest:
                state = merge(state, other)
            results.append(finish(state))
        yield Pairs(batch.keys, results)
