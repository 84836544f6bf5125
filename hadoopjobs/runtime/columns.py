"""The shuffle of columns: partition by hash; aggregate on both sides, or sort and merge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.acero  # Table.group_by needs it: once in the nursery, not in each worker
import pyarrow.compute as pc

from hadoopjobs.core.errors import PlanError
from hadoopjobs.kernel.row_hash import hash_partitions
from hadoopjobs.physical.columns import ColumnAggregate, as_batches, key_names
from hadoopjobs.physical.stage import ApplyReducerBatches, ColumnShuffle
from hadoopjobs.runtime.column_merge import concat, merge_sorted, sort_rows
from hadoopjobs.runtime.memory import give_back
from hadoopjobs.runtime.part_block import arrow_batch, arrow_bytes
from hadoopjobs.runtime.run_file import Segment, read_segment
from hadoopjobs.runtime.task import Task

_BLOCK_BYTES = 1 << 18
# Grouping takes several times the memory of what is grouped, beside it.
_HELD_PARTS, _MERGED_PARTS = 8, 12
_CHUNK_BYTES = 1 << 23  # less makes more partial rows, more a hash table out of the cache
_SUB_PARTITIONS = 16
_MAX_LEVEL = 6


def write_column_runs(
    task: Task, shuffle: ColumnShuffle, batches: Iterable[pa.RecordBatch]
) -> None:
    """The map side: `task.outputs` gets the segments of each partition."""
    writer = _PartitionWriter(task, shuffle.partitions)
    share = task.spec.budget_bytes
    runs = 0
    if shuffle.functions is not None:
        for run in _partial_runs(task, shuffle, batches, share):
            writer.write(run[0], run[1])
            runs += 1
    else:
        for table in _chunks(task, batches, share // 3):
            keys = key_names(table.schema, shuffle.keys)
            writer.write(table, keys, sort=True)
            runs += 1
    task.outputs = writer.outputs
    task.metrics.bytes_shuffled = sum(s.length for part in writer.outputs for s in part)
    if runs > 1:
        task.metrics.bytes_spilled += task.writer.primary_disk_bytes


def _chunks(task: Task, batches: Iterable[pa.RecordBatch], chunk_bytes: int) -> Iterator[pa.Table]:
    """`batches` gathered into tables of about `chunk_bytes`; counts rows as the task's output."""
    held: list[pa.Table] = []
    held_bytes = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        task.metrics.records_out += batch.num_rows
        held.append(pa.Table.from_batches([batch]))
        held_bytes += batch.nbytes
        if held_bytes >= chunk_bytes:
            yield concat(held)
            held, held_bytes = [], 0
    if held:
        yield concat(held)


def _partial_runs(
    task: Task, shuffle: ColumnShuffle, batches: Iterable[pa.RecordBatch], budget: int
) -> Iterator[tuple[pa.Table, tuple[str, ...]]]:
    """Partial aggregates of all batches, in as few tables as the budget lets."""
    assert shuffle.functions is not None
    aggregate: ColumnAggregate | None = None
    held: list[pa.Table] = []
    held_bytes = 0
    chunk = max(1 << 20, min(_CHUNK_BYTES, budget // 6))
    for table in _chunks(task, batches, chunk):
        if aggregate is None:
            aggregate = ColumnAggregate.of_rows(table.schema, shuffle.keys, shuffle.functions)
        partial = aggregate.partial(table)
        held.append(partial)
        held_bytes += partial.nbytes
        if held_bytes > budget // _HELD_PARTS:
            merged = aggregate.merge(concat(held))
            held, held_bytes = [merged], merged.nbytes
            if held_bytes > budget // _MERGED_PARTS:
                yield merged, aggregate.keys
                held, held_bytes = [], 0
                del merged
                give_back()
    if held:
        assert aggregate is not None
        merged = held[0] if len(held) == 1 else aggregate.merge(concat(held))
        yield merged, aggregate.keys


class _PartitionWriter:
    """Writes tables split by the hash of their keys, one segment a partition and table."""

    def __init__(self, task: Task, partitions: int, level: int = 0) -> None:
        self._task = task
        self._partitions = partitions
        self._level = level
        self.outputs: list[list[Segment]] = [[] for _ in range(partitions)]

    def write(self, table: pa.Table, keys: tuple[str, ...], sort: bool = False) -> None:
        chosen = None
        if self._partitions > 1:
            chosen = hash_partitions(table.select(list(keys)), self._partitions, self._level)
        for partition in range(self._partitions):
            part = table if chosen is None else table.filter(pc.equal(chosen, partition))
            if part.num_rows:
                rows = sort_rows(part, keys) if sort else part
                self.outputs[partition].append(write_table(self._task, rows))


def write_table(task: Task, table: pa.Table) -> Segment:
    """`table` as one segment, in blocks of about 256 KiB."""
    segment = task.writer.segment()
    rows = max(1, int(table.num_rows * _BLOCK_BYTES / max(1, table.nbytes)))
    for batch in table.combine_chunks().to_batches(max_chunksize=rows):
        segment.write(arrow_bytes(batch), batch.num_rows)
    return segment.finish()


def read_table_blocks(segment: Segment) -> Iterator[pa.RecordBatch]:
    """The batches of a segment, in order."""
    for payload in read_segment(segment):
        yield arrow_batch(payload)


def read_column_runs(task: Task, shuffle: ColumnShuffle) -> Iterator[pa.RecordBatch]:
    """The reduce side: what the stage's operator makes of the task's partition."""
    segments = task.spec.segments
    task.metrics.bytes_read = sum(segment.length for segment in segments)
    task.metrics.records_in = sum(segment.records for segment in segments)
    if shuffle.functions is not None:
        yield from _aggregated(task, shuffle, segments, 1)
        return
    operator = task.stage.reduce[0]
    if not isinstance(operator, ApplyReducerBatches):
        raise PlanError(f"{operator!r} cannot follow a shuffle of columns")
    function, label = operator.code.load(), operator.code.label
    task.label = label
    runs = [read_table_blocks(segment) for segment in segments]
    for groups in merge_sorted(runs, shuffle.keys, task.spec.budget_bytes):
        for batch in groups.combine_chunks().to_batches():
            for _ in task.cursor.over([batch], None, None):
                yield from as_batches(function(batch), label)
        task.done(0.5)


def _aggregated(
    task: Task, shuffle: ColumnShuffle, segments: Iterable[Segment], level: int
) -> Iterator[pa.RecordBatch]:
    """Merge partial aggregates; what does not fit is split further and merged part by part."""
    budget = task.spec.budget_bytes
    stream = (batch for segment in segments for batch in read_table_blocks(segment))
    aggregate: ColumnAggregate | None = None
    held: list[pa.Table] = []
    held_bytes = merged_bytes = 0
    for batch in stream:
        table = pa.Table.from_batches([batch])
        if aggregate is None:
            aggregate = ColumnAggregate.of_partials(table.schema)
        held.append(table)
        held_bytes += table.nbytes
        if held_bytes > max(budget // _HELD_PARTS, 2 * merged_bytes):
            merged = aggregate.merge(concat(held))
            held, held_bytes = [merged], merged.nbytes
            merged_bytes = held_bytes
            if merged_bytes > budget // _MERGED_PARTS and level < _MAX_LEVEL:
                yield from _split_further(task, shuffle, aggregate.keys, held, stream, level)
                return
    if aggregate is not None:
        finished = aggregate.finish(aggregate.merge(concat(held)))
        yield from finished.to_batches(max_chunksize=1 << 16)


def _split_further(
    task: Task,
    shuffle: ColumnShuffle,
    keys: tuple[str, ...],
    held: list[pa.Table],
    stream: Iterator[pa.RecordBatch],
    level: int,
) -> Iterator[pa.RecordBatch]:
    before = task.writer.primary_disk_bytes
    writer = _PartitionWriter(task, _SUB_PARTITIONS, level)
    writer.write(held.pop(), keys)
    for table in _gathered(stream, task.spec.budget_bytes // 6):
        writer.write(table, keys)
    give_back()
    task.metrics.bytes_spilled += task.writer.primary_disk_bytes - before
    for part in writer.outputs:
        yield from _aggregated(task, shuffle, part, level + 1)


def _gathered(stream: Iterator[pa.RecordBatch], size_bytes: int) -> Iterator[pa.Table]:
    held: list[pa.Table] = []
    held_bytes = 0
    for batch in stream:
        held.append(pa.Table.from_batches([batch]))
        held_bytes += batch.nbytes
        if held_bytes >= size_bytes:
            yield concat(held)
            held, held_bytes = [], 0
    if held:
        yield concat(held)
