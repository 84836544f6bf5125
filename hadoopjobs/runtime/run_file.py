"""Files of blocks in which batches cross from task to task, on disk or in memory.

A run file is a row of blocks. A block is a header (stored bytes, raw bytes, CRC-32 of all
the rest, flags) and a payload, LZ4 where that makes it smaller. A `Segment` names a
range of whole blocks; segments, not the file, say what belongs together.
"""

from __future__ import annotations

import errno
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from hadoopjobs.core.errors import DataError, NoSpace, PermissionDenied, StorageError

_HEADER = struct.Struct("<IIII")
_COMPRESSED = 1
_MIN_COMPRESS = 512
READ_AHEAD = 1 << 18


@dataclass(frozen=True)
class Segment:
    """Whole blocks in one file: `length` bytes from `offset`, holding `records` records."""

    path: str
    offset: int
    length: int
    records: int


@dataclass(frozen=True)
class OutputPlace:
    """Where a task writes what later tasks read.

    At most `primary_limit` bytes (None: any number) go to `primary`; the rest goes to
    `overflow`, a file that is made only when it is needed.
    """

    primary: str
    primary_is_disk: bool
    primary_limit: int | None = None
    overflow: str | None = None


def raise_storage_error(error: OSError, path: str) -> None:
    """Turn an `OSError` on one of our own files into an error that says what to do."""
    folder = os.path.dirname(path)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        raise NoSpace(
            f"no space left on the disk of {folder}: free some, or name another with --temp-dir",
            uri=path,
        ) from error
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        raise PermissionDenied(
            f"cannot write to {folder}: {error.strerror}; name another folder with --temp-dir, "
            "or give more --memory so that nothing has to be spilled",
            uri=path,
        ) from error
    raise StorageError(f"{path}: {error.strerror or error}", uri=path) from error


class RunFileWriter:
    """Appends segments to a task's output place."""

    def __init__(self, place: OutputPlace) -> None:
        self._place = place
        self._files: dict[str, int] = {}
        self._sizes: dict[str, int] = {}
        self.disk_bytes = 0
        self.overflow_bytes = 0

    def segment(self) -> SegmentWriter:
        """Begin a segment; finish it before the next is begun."""
        place = self._place
        path = place.primary
        limit = place.primary_limit
        if limit is not None and self._sizes.get(path, 0) >= limit:
            assert place.overflow is not None
            path = place.overflow
        if path not in self._files:
            self._files[path] = _open_for_write(path)
            self._sizes[path] = 0
        return SegmentWriter(self, path, self._files[path], self._sizes[path])

    @property
    def primary_disk_bytes(self) -> int:
        """Those of `disk_bytes` that did not go to the overflow file."""
        return self.disk_bytes - self.overflow_bytes

    def _finished(self, path: str, length: int) -> None:
        self._sizes[path] += length
        if path == self._place.overflow:
            self.overflow_bytes += length
        if self._place.primary_is_disk or path == self._place.overflow:
            self.disk_bytes += length

    def close(self) -> None:
        for path, descriptor in self._files.items():
            try:
                os.close(descriptor)
            except OSError as error:
                raise_storage_error(error, path)
        self._files.clear()


class SegmentWriter:
    """Appends blocks to one segment."""

    def __init__(self, owner: RunFileWriter, path: str, descriptor: int, offset: int) -> None:
        self._owner = owner
        self._path = path
        self._descriptor = descriptor
        self._offset = offset
        self._length = 0
        self._records = 0

    def write(self, payload: bytes | memoryview, records: int) -> None:
        raw = len(payload)
        flags = 0
        if raw >= _MIN_COMPRESS:
            from cramjam import lz4

            packed = lz4.compress_block(payload, store_size=False)
            if len(packed) < raw:
                payload, flags = memoryview(packed), _COMPRESSED
        header = _HEADER.pack(len(payload), raw, _checksum(payload, raw, flags), flags)
        try:
            _write_all(self._descriptor, header, payload)
        except OSError as error:
            raise_storage_error(error, self._path)
        self._length += len(header) + len(payload)
        self._records += records

    @property
    def length(self) -> int:
        return self._length

    def finish(self) -> Segment:
        self._owner._finished(self._path, self._length)
        return Segment(self._path, self._offset, self._length, self._records)


def _checksum(payload: bytes | memoryview, raw: int, flags: int) -> int:
    return zlib.crc32(payload, raw ^ flags << 31)


def _open_for_write(path: str) -> int:
    try:
        folder = os.path.dirname(path)
        if not os.path.isdir(folder):
            os.makedirs(folder, mode=0o700, exist_ok=True)
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise_storage_error(error, path)
        raise AssertionError from error


def _write_all(descriptor: int, *buffers: bytes | memoryview) -> None:
    for buffer in buffers:
        view = memoryview(buffer)
        while view:
            view = view[os.write(descriptor, view) :]


def read_segment(segment: Segment) -> Iterator[bytes]:
    """The payloads of the segment's blocks, in order, each checked.

    Raises `DataError` when the file is shorter than the segment or a checksum differs.
    """
    try:
        descriptor = os.open(segment.path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise_storage_error(error, segment.path)
        return
    try:
        yield from _blocks(descriptor, segment)
    finally:
        os.close(descriptor)


def split_segment(segment: Segment, most: int) -> list[Segment]:
    """`segment` in at most `most` pieces of whole blocks, one behind the other.

    Only the blocks' headers are read; records are shared out by length.
    """
    try:
        descriptor = os.open(segment.path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise_storage_error(error, segment.path)
        return []
    try:
        begins = list(_piece_offsets(descriptor, segment, most))
    finally:
        os.close(descriptor)
    ends = [*begins[1:], segment.offset + segment.length]
    return [
        Segment(segment.path, begin, end - begin, segment.records * (end - begin) // segment.length)
        for begin, end in zip(begins, ends, strict=True)
    ]


def _piece_offsets(descriptor: int, segment: Segment, most: int) -> Iterator[int]:
    position, end, piece = segment.offset, segment.offset + segment.length, 0
    while position < end:
        if position - segment.offset >= piece * segment.length / most:
            yield position
            piece = (position - segment.offset) * most // segment.length + 1
        header = _read(descriptor, segment, position, _HEADER.size)
        position += _HEADER.size + _HEADER.unpack(header)[0]


def _blocks(descriptor: int, segment: Segment) -> Iterator[bytes]:
    position, end = segment.offset, segment.offset + segment.length
    window, window_start = b"", position
    while position < end:
        at = position - window_start
        if len(window) - at < _HEADER.size:
            window, window_start, at = _read(descriptor, segment, position, READ_AHEAD), position, 0
        stored, raw, checksum, flags = _HEADER.unpack_from(window, at)
        after = at + _HEADER.size + stored
        if position + _HEADER.size + stored > end:
            raise DataError("a block is cut short", uri=segment.path, offset=position)
        if after > len(window):
            size = max(READ_AHEAD, _HEADER.size + stored)
            window, window_start, at = _read(descriptor, segment, position, size), position, 0
            after = _HEADER.size + stored
        payload = memoryview(window)[at + _HEADER.size : after]
        if len(payload) != stored or _checksum(payload, raw, flags) != checksum:
            raise DataError("a block's checksum differs", uri=segment.path, offset=position)
        position += _HEADER.size + stored
        if flags & _COMPRESSED:
            from cramjam import lz4

            yield bytes(lz4.decompress_block(payload, output_len=raw))
        else:
            yield bytes(payload)


def _read(descriptor: int, segment: Segment, position: int, size: int) -> bytes:
    size = min(size, segment.offset + segment.length - position)
    data = os.pread(descriptor, size, position)
    while len(data) < size:
        more = os.pread(descriptor, size - len(data), position + len(data))
        if not more:
            raise DataError("the file is cut short", uri=segment.path, offset=position + len(data))
        data += more
    return data
