"""How the runs of a map task cross Hadoop's shuffle: as few large records of bytes.

A record's key is (partition, map task, run, sequence), so that Hadoop, which sorts keys as bytes,
brings each run's pieces together and in order. The pieces of a run are cut anywhere: put together
they are the segment that the map task wrote, whose blocks have their own checksums. Each map task
ends each partition with a *marker* that says what was sent, for Hadoop takes a mapper that exits
with 0 too early for one that is done.

Source: RawBytesOutputReader and RawBytesInputWriter of Hadoop Streaming (a length of 4 bytes, then
the bytes, for key and value); BinaryPartitioner and WritableComparator.hashBytes.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from hadoopjobs.core.errors import DataError
from hadoopjobs.runtime.run_file import Segment, raise_storage_error

PIECE_BYTES = 1 << 20
SALT_BYTES = 4
_LENGTH = struct.Struct(">i")
_KEY = struct.Struct(">III")
_MARKER = 0xFFFFFFFF
_BASE, _EMPTY_HASH = 31, 31**SALT_BYTES


def salt(partition: int, partitions: int) -> bytes:
    """Four bytes that BinaryPartitioner, told to look at no others, sends to `partition`.

    It hashes them: h = 1, then h = 31 * h + byte for each, and takes the remainder.

    >>> [sum((b * 31**(3 - i) for i, b in enumerate(salt(p, 7))), 31**4) % 7 for p in range(7)]
    [0, 1, 2, 3, 4, 5, 6]
    """
    rest = (partition - _EMPTY_HASH) % partitions
    if rest >= _EMPTY_HASH:
        raise ValueError(f"{partitions} partitions are more than there can be")
    digits = []
    for _ in range(SALT_BYTES):
        rest, digit = divmod(rest, _BASE)
        digits.append(digit)
    return bytes(reversed(digits))


def send_runs(
    stream: BinaryIO, map_task: int, outputs: Sequence[Sequence[Segment]], told: Any
) -> None:
    """Write the segments of each partition; `told`, plain data, goes along to partition 0."""
    for partition, segments in enumerate(outputs):
        head = salt(partition, len(outputs))
        for run, segment in enumerate(segments):
            for sequence, piece in enumerate(_pieces(segment)):
                _write(stream, head + _KEY.pack(map_task, run, sequence), piece)
        marker = {"runs": [[s.length, s.records] for s in segments]}
        if partition == 0:
            marker["told"] = told
        _write(stream, head + _KEY.pack(map_task, _MARKER, 0), json.dumps(marker).encode())
    stream.flush()


def _pieces(segment: Segment) -> Iterator[bytes]:
    with open(segment.path, "rb", buffering=0) as file:
        file.seek(segment.offset)
        left = segment.length
        while left:
            piece = file.read(min(PIECE_BYTES, left))
            if not piece:
                raise DataError("the file is cut short", uri=segment.path)
            left -= len(piece)
            yield piece


def _write(stream: BinaryIO, key: bytes, value: bytes) -> None:
    stream.write(b"".join((_LENGTH.pack(len(key)), key, _LENGTH.pack(len(value)))))
    stream.write(value)


class Arrivals:
    """Takes a reduce task's input and puts the runs together in one local file."""

    def __init__(self, path: str, map_tasks: int) -> None:
        self._path = path
        self._map_tasks = map_tasks
        self._position = 0
        self._last = b""
        self._runs: dict[tuple[int, int], list[int]] = {}  # offset, length
        self._done: set[int] = set()
        self.segments: list[Segment] = []
        self.told: list[Any] = []

    def take(self, stream: BinaryIO) -> None:
        """Read to the end. Raises `DataError` unless all that all map tasks sent is there."""
        try:
            with open(self._path, "xb") as file:
                for key, value in _records(stream):
                    self._take(file, key, value)
        except OSError as error:
            raise_storage_error(error, self._path)
        missing = sorted(set(range(self._map_tasks)) - self._done)
        if missing:
            raise DataError(
                f"map task {missing[0]} ended before it had sent everything ({len(missing)} of "
                f"{self._map_tasks} did): does its code call os._exit, or end a process group?"
            )

    def _take(self, file: BinaryIO, key: bytes, value: bytes) -> None:
        if key <= self._last:
            raise DataError("pieces of the shuffle came twice or out of order")
        self._last = key
        map_task, run, sequence = _KEY.unpack_from(key, SALT_BYTES)
        if run == _MARKER:
            self._finish(map_task, json.loads(value))
            return
        place = self._runs.setdefault((map_task, run), [self._position, 0, 0])
        if place[2] != sequence:
            raise DataError(f"piece {place[2]} of run {run} of map task {map_task} is missing")
        file.write(value)
        self._position += len(value)
        place[1] += len(value)
        place[2] += 1

    def _finish(self, map_task: int, marker: dict[str, Any]) -> None:
        for run, (length, records) in enumerate(marker["runs"]):
            offset, arrived, _ = self._runs.pop((map_task, run), (0, 0, 0))
            if arrived != length:
                raise DataError(
                    f"run {run} of map task {map_task} has {arrived} bytes instead of {length}"
                )
            self.segments.append(Segment(self._path, offset, length, records))
        if self._runs or map_task in self._done:
            raise DataError(f"more came of map task {map_task} than it had sent")
        self._done.add(map_task)
        if "told" in marker:
            self.told.append(marker["told"])

    def remove(self) -> None:
        if os.path.exists(self._path):
            os.unlink(self._path)


def _records(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    while True:
        head = stream.read(_LENGTH.size)
        if not head:
            return
        key = _exactly(stream, head)
        yield key, _exactly(stream, stream.read(_LENGTH.size))


def _exactly(stream: BinaryIO, head: bytes) -> bytes:
    if len(head) == _LENGTH.size:
        (length,) = _LENGTH.unpack(head)
        data = stream.read(length)
        if len(data) == length:
            return data
    raise DataError("the input from the shuffle is cut short")
