"""Where a task's batches come from: a split of a file, or what an earlier stage left."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hadoopjobs.core.pairs import Origin, Pairs
from hadoopjobs.formats import read_split
from hadoopjobs.formats.base import Batch, Split
from hadoopjobs.physical.stage import ScanSource
from hadoopjobs.runtime.input_variables import variables_of
from hadoopjobs.runtime.part_block import unpack_part
from hadoopjobs.runtime.run_file import read_segment
from hadoopjobs.runtime.task import Task
from hadoopjobs.storage import filesystem_for, scheme_of

_COPY_BYTES = 1 << 20


def open_sources(task: Task) -> Iterator[Iterator[Batch]]:
    """The batches of a map task's input, split by split; its progress and bytes are counted as
    they are taken.

    To the job each split is a task of its own: take all of one, and begin anew with the next.
    """
    source = task.stage.inputs[task.spec.input_index].source
    if not isinstance(source, ScanSource):
        yield _parts(task)
        return
    splits = task.spec.splits
    total = sum(split.length for split in splits)
    task.metrics.bytes_read = total
    if not splits:  # all inputs are empty
        yield iter(())
    before = 0
    for split in splits:
        if split is not splits[0]:  # whose variables are there since the task began
            os.environ.update(variables_of(split))
        yield _scan(task, source, split, before, total)
        before += split.length


def _scan(task: Task, source: ScanSource, split: Split, before: int, total: int) -> Iterator[Batch]:
    """The batches of one split of a task that has read `before` of `total` bytes."""
    if source.layout == "files":
        with _on_this_machine(split.uri) as path:
            yield Pairs([path], [split.uri], Origin(split.uri, None))
        return
    read = 0
    for batch in read_split(split, source.layout, dict(source.dataset.options)):
        yield batch
        offset = _offset(batch)
        if offset is not None and offset > split.start:
            read = offset - split.start
        task.done(min(1.0, (before + read) / max(1, total)))


@contextmanager
def _on_this_machine(uri: str) -> Iterator[str]:
    """The path of a file, or of a copy that lasts as long as the context."""
    if scheme_of(uri) == "file":
        yield uri.removeprefix("file://")
        return
    with tempfile.TemporaryDirectory(prefix="hadoopjobs-") as folder:
        path = os.path.join(folder, uri.rpartition("/")[2])
        fetch(uri, path)
        yield path


def fetch(uri: str, path: str) -> int:
    """Copy a file of any store to a new file of this machine; its length."""
    length = 0
    with filesystem_for(uri).open_read(uri) as source, open(path, "xb") as target:
        while piece := source.read(_COPY_BYTES):
            target.write(piece)
            length += len(piece)
    return length


def _offset(batch: Any) -> int | None:
    origin = getattr(batch, "origin", None)
    return None if origin is None else origin.offset


def _parts(task: Task) -> Iterator[Batch]:
    total = sum(segment.length for segment in task.spec.segments)
    task.metrics.bytes_read = total
    read = 0
    for segment in task.spec.segments:
        for payload in read_segment(segment):
            yield unpack_part(payload)
            read += len(payload)
            task.done(min(1.0, read / max(1, total)))
