"""Lines on the wire between Hadoop Streaming and our tasks, where Java reads, sorts or writes.

What comes in goes to a file of the node first: then all formats read it as they read any file.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import BinaryIO

from hadoopjobs.formats.base import Split
from hadoopjobs.physical.records import Groups
from hadoopjobs.physical.stage import RecordShuffle
from hadoopjobs.runtime.key_order import KeyOrder
from hadoopjobs.runtime.merge import merge_runs
from hadoopjobs.runtime.run_file import Segment, raise_storage_error, read_segment

_COPY_BYTES = 1 << 20
_GROUP_LINES = 1 << 16


def spool(wire_in: BinaryIO, path: str) -> int:
    """Take all that comes into the new file `path`; its length."""
    try:
        with open(path, "xb") as file:
            shutil.copyfileobj(wire_in, file, _COPY_BYTES)
    except OSError as error:
        raise_storage_error(error, path)
    return os.path.getsize(path)


def spooled_split(path: str, length: int, format_name: str) -> Split:
    """Of records that a Java input format has read: lines, whatever the files hold."""
    return Split(path, 0, length, length, "text" if format_name == "auto" else format_name)


def send_groups(wire_out: BinaryIO, runs: Iterable[list[Segment]], shuffle: RecordShuffle) -> None:
    """Send the values, which are lines, of the sorted runs of one partition."""
    segments = [segment for run in runs for segment in run]
    for batch in merge_runs(segments, KeyOrder(shuffle)):
        for values in batch.values:
            wire_out.writelines(b"%b\n" % line for line in values)


def send_output(wire_out: BinaryIO, path: str | None, parts: Iterable[list[Segment]]) -> None:
    """Send what the last side wrote, to a file or into the blocks of `parts`."""
    if path is not None:
        with open(path, "rb") as file:
            shutil.copyfileobj(file, wire_out, _COPY_BYTES)
        os.unlink(path)
        return
    for segment in (segment for part in parts for segment in part):
        for payload in read_segment(segment):
            wire_out.write(payload)


def line_groups(path: str) -> Iterator[Groups]:
    """The groups of lines that Hadoop has sorted: those side by side with equal bytes before their
    first tab. Each comes alone, with an iterator of its lines."""
    with open(path, "rb", _GROUP_LINES) as file:
        lines = (line.removesuffix(b"\n") for line in file)
        for key, group in groupby(lines, _key_of):
            yield Groups([key], [group])


def _key_of(line: bytes) -> bytes:
    return line.partition(b"\t")[0]
