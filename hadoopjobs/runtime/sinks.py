"""Where a task's batches go: a file of the output, the caller's stream, or a later stage."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, cast

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import PlanError
from hadoopjobs.formats import open_writer
from hadoopjobs.formats.base import Batch
from hadoopjobs.physical.stage import DatasetSink, PartsSink, StreamSink
from hadoopjobs.runtime.part_block import pack_part
from hadoopjobs.runtime.run_file import RunFileWriter, Segment
from hadoopjobs.runtime.task import Task
from hadoopjobs.storage import filesystem_for

_STREAM_BYTES = 1 << 18


def write_sink(task: Task, batches: Iterable[Batch]) -> None:
    """Write all `batches` where the stage's sink says; counts them as the task's output."""
    sink = task.stage.sink
    if isinstance(sink, PartsSink):
        if sink.copy is not None:
            batches = _written_too(task, batches, sink.copy)
        task.outputs = [_write_parts(task, batches)]
    elif isinstance(sink, StreamSink):
        stream = _BlockStream(task.writer)
        _write_format(task, batches, cast("BinaryIO", stream), sink.format, dict(sink.options))
        task.outputs = [stream.finish()]
        task.metrics.bytes_output = stream.tell()
        task.metrics.bytes_written -= task.writer.disk_bytes  # output, not data between tasks
    elif isinstance(sink, DatasetSink):
        with _open_final(task) as file:
            options = dict(sink.dataset.options)
            _write_format(task, batches, file, sink.dataset.format, options)
            task.metrics.bytes_output = file.tell()


def _open_final(task: Task) -> BinaryIO:
    if task.spec.final is None:
        raise PlanError("a task without a place for its output file")
    return filesystem_for(task.spec.final).open_write(task.spec.final)


def _written_too(task: Task, batches: Iterable[Batch], copy: DatasetRef) -> Iterator[Batch]:
    """`batches`, each written to the task's output file on its way."""
    with _open_final(task) as file:
        writer = open_writer(copy.format, file, dict(copy.options))
        for batch in batches:
            writer.write(batch)
            yield batch
        writer.close()


def _write_format(
    task: Task, batches: Iterable[Batch], stream: BinaryIO, name: str, options: dict[str, Any]
) -> None:
    writer = open_writer(name, stream, options)
    for batch in batches:
        task.metrics.records_out += len(batch)
        writer.write(batch)
    writer.close()


def _write_parts(task: Task, batches: Iterable[Batch]) -> list[Segment]:
    segments: list[Segment] = []
    for batch in batches:
        task.metrics.records_out += len(batch)
        _add_block(task.writer, segments, pack_part(batch), len(batch))
    return segments


def _add_block(
    writer: RunFileWriter, segments: list[Segment], payload: bytes, records: int
) -> None:
    """Write a block as a segment, or onto the last one if nothing came between.

    No segment stays open: what makes the batches may spill, into the same file.
    """
    segment = writer.segment()
    segment.write(payload, records)
    added = segment.finish()
    last = segments[-1] if segments else None
    if last is not None and (last.path, last.offset + last.length) == (added.path, added.offset):
        length, records = last.length + added.length, last.records + added.records
        segments[-1] = Segment(last.path, last.offset, length, records)
    else:
        segments.append(added)


class _BlockStream(io.RawIOBase):
    """A byte stream that lands in the blocks of a run file."""

    def __init__(self, writer: RunFileWriter) -> None:
        self._writer = writer
        self._buffer = bytearray()
        self._position = 0
        self._segments: list[Segment] = []

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, data: Any) -> int:
        self._buffer += data
        self._position += len(data)
        if len(self._buffer) >= _STREAM_BYTES:
            self._block()
        return len(data)

    def _block(self) -> None:
        _add_block(self._writer, self._segments, bytes(self._buffer), 0)
        self._buffer = bytearray()

    def finish(self) -> list[Segment]:
        if self._buffer:
            self._block()
        return self._segments
