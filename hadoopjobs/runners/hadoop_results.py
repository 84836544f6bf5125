"""What the tasks of a stage left in HDFS: their numbers, and their parts."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from hadoopjobs.core.errors import DataError, UsageError
from hadoopjobs.core.listener import Listener
from hadoopjobs.physical.stage import Stage, StreamSink
from hadoopjobs.runners.hadoop_splits import Part
from hadoopjobs.runners.output import errors_of_stdout
from hadoopjobs.runners.output_folder import OutputFolder
from hadoopjobs.runtime.hadoop_orders import RESULTS
from hadoopjobs.runtime.hadoop_report import result_told
from hadoopjobs.runtime.part_block import unpack_part
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


def fetch_parts(parts: Iterable[Part], output: OutputFolder) -> None:
    """Publish them on this machine."""
    for index, part in enumerate(parts):
        fetch(part.uri, output.attempt_path(index, 0))
        output.accept(index, 0)
    output.publish()


@dataclass(frozen=True)
class Caller:
    """Who is told of a run, and who gets results that go to no folder: `stdout`, or `collect`,
    a batch at a time."""

    stdout: BinaryIO
    listener: Listener
    collect: Callable[[Any], None] | None = None

    def take(self, last: Stage, parts: Iterable[Part], temp_dir: str | None) -> None:
        """What the last stage left."""
        if isinstance(last.sink, StreamSink):
            is_text = last.streaming is not None or last.java.output_format is not None
            for payload in file_pieces(parts) if is_text else payloads(parts, temp_dir):
                with errors_of_stdout():
                    self.stdout.write(payload)
            with errors_of_stdout():
                self.stdout.flush()
        elif self.collect is not None:
            for payload in payloads(parts, temp_dir):
                self.collect(unpack_part(payload))
