"""What the tasks of a stage left in HDFS: their numbers, and their parts."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator

from hadoopjobs.core.errors import DataError, UsageError
from hadoopjobs.runners.hadoop_splits import Part
from hadoopjobs.runtime.hadoop_orders import RESULTS
from hadoopjobs.runtime.hadoop_report import result_told
from hadoopjobs.runtime.run_file import Segment, read_segment
from hadoopjobs.runtime.sources import fetch
from hadoopjobs.runtime.task import TaskResult
from hadoopjobs.storage import filesystem_for
from hadoopjobs.storage.uris import name_of

_PIECE_BYTES = 1 << 20


def take_results(output: str, tasks: int, stage: str) -> list[TaskResult]:
    """The results of all tasks, which are removed. Raises `DataError` if one is missing."""
    fs = filesystem_for(output)
    folder = f"{output}/{RESULTS}"
    found: list[TaskResult] = []
    for status in fs.list(folder) if fs.exists(folder) else ():
        with fs.open_read(status.uri) as file:
            found += map(result_told, json.loads(file.read()))
    if len(found) != tasks:
        raise DataError(
            f"{tasks - len(found)} tasks of {stage} ended well and left no result: does the job's "
            "code call os._exit?"
        )
    fs.delete(folder)
    return found


def parts_in(output: str) -> list[Part]:
    """In the order of the tasks that left them. Raises `UsageError` for what is no such part, as a
    Java output format may write it."""
    found = [s for s in filesystem_for(output).list(output) if name_of(s.uri)[0] not in "_."]
    for status in found:
        if status.is_dir or not name_of(status.uri).startswith("part-"):
            raise UsageError(
                f"the output format writes {name_of(status.uri)!r}, which only an output on the "
                "cluster can hold: name a folder of hdfs://"
            )
    return [Part(status.uri, status.length) for status in found]


def file_pieces(parts: Iterable[Part]) -> Iterator[bytes]:
    """The bytes of parts that are files of an output."""
    for part in parts:
        with filesystem_for(part.uri).open_read(part.uri) as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece


def payloads(parts: Iterable[Part], temp_dir: str | None) -> Iterator[bytes]:
    """The blocks of parts that are no files of an output, each checked; one part at a time is
    copied to `temp_dir`."""
    with tempfile.TemporaryDirectory(prefix="hadoopjobs-", dir=temp_dir) as folder:
        for number, part in enumerate(parts):
            path = os.path.join(folder, str(number))
            length = fetch(part.uri, path)
            yield from read_segment(Segment(path, 0, length, 0))
            os.unlink(path)
