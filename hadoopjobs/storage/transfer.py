"""Copies files between any two stores: many at once, and a large one in ranges at once."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from hadoopjobs.core.errors import FileExists, HadoopJobsError, StorageError
from hadoopjobs.storage.aside import temporary_name
from hadoopjobs.storage.base import FileStatus
from hadoopjobs.storage.conf import hadoop_conf
from hadoopjobs.storage.hdfs_errors import Unreachable
from hadoopjobs.storage.local import local_path
from hadoopjobs.storage.registry import filesystem_for, scheme_of

# A new file of HDFS mostly waits for its end to be confirmed, so small ones are written many at
# once (scripts/bench hadoop-files).
_THREADS = 8
_THREADS_FOR_SMALL = 32
_SMALL_BYTES = 4 << 20
_RANGE_BYTES = 64 << 20
_ATTEMPTS = 3
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class FileCopy:
    """One file and where it goes."""

    source: FileStatus
    target: str


@dataclass(frozen=True)
class CopyOptions:
    """`overwrite` replaces files; `preserve` keeps times, permission and, if it may, owner."""

    overwrite: bool = False
    preserve: bool = False
    threads: int = _THREADS


def threads_for(copies: Sequence[FileCopy]) -> int:
    """How many files to copy at once."""
    total = sum(copy.source.length for copy in copies)
    return _THREADS_FOR_SMALL if total < _SMALL_BYTES * len(copies) else _THREADS


class Cancelled(Exception):
    """Another part failed, or somebody pressed Ctrl-C."""


Progress = Callable[[int], None]


def copy_files(
    copies: Iterable[FileCopy], options: CopyOptions, on_bytes: Progress
) -> Iterator[tuple[FileCopy, HadoopJobsError | None]]:
    """Each copy when it is done, in any order, with what went wrong.

    A file is whole at its target or not there. `on_bytes` is called from many threads.
    """
    stop = threading.Event()
    waiting = iter(copies)
    with ThreadPoolExecutor(options.threads, "copy") as pool:
        running: dict[Future[None], FileCopy] = {}
        try:
            while True:
                for copy in islice(waiting, options.threads * 2 - len(running)):
                    running[pool.submit(_copy_one, copy, options, on_bytes, stop)] = copy
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), _failure(future)
        finally:
            stop.set()


def _failure(future: Future[None]) -> HadoopJobsError | None:
    error = future.exception()
    if error is None or isinstance(error, HadoopJobsError):
        return error
    raise error


def _copy_one(
    copy: FileCopy, options: CopyOptions, on_bytes: Progress, stop: threading.Event
) -> None:
    fs = filesystem_for(copy.target)
    place = copy.target
    if options.overwrite and fs.exists(copy.target):
        place = f"{copy.target.rpartition('/')[0]}/{temporary_name()}"
    try:
        _write_surely(copy.source, place, options, on_bytes, stop)
        if options.preserve:
            _preserve(copy.source, place)
        if place != copy.target:
            fs.replace(place, copy.target)
    except BaseException:
        if place != copy.target:
            fs.delete(place)
        raise


def _write_surely(
    source: FileStatus,
    target: str,
    options: CopyOptions,
    on_bytes: Progress,
    stop: threading.Event,
) -> None:
    """Write again when a server was lost; to HDFS by REST then, where a DataNode writes, which
    knows better than hdfs-native how to go on without another one."""
    for attempt in range(_ATTEMPTS):
        place = target if attempt == 0 else _by_rest(target)
        counted = _Counted(on_bytes)
        try:
            return _write(source, place, options, counted.add, stop)
        except Unreachable:
            if attempt + 1 == _ATTEMPTS:
                raise
            counted.take_back()
    return None


def _by_rest(uri: str) -> str:
    if scheme_of(uri) != "hdfs":
        return uri
    from hadoopjobs.storage.hdfs_places import rest_uri

    return rest_uri(uri, hadoop_conf())


class _Counted:
    """Progress that is taken back when the work is done again."""

    def __init__(self, on_bytes: Progress) -> None:
        self._on_bytes = on_bytes
        self._lock = threading.Lock()
        self._sum = 0

    def add(self, count: int) -> None:
        with self._lock:
            self._sum += count
        self._on_bytes(count)

    def take_back(self) -> None:
        self._on_bytes(-self._sum)


def _write(
    source: FileStatus,
    target: str,
    options: CopyOptions,
    on_bytes: Progress,
    stop: threading.Event,
) -> None:
    is_fetched = scheme_of(source.uri) != "file" and scheme_of(target) == "file"
    if is_fetched and source.length >= 2 * _RANGE_BYTES and options.threads > 1:
        return _write_ranges(source, local_path(target), options.threads, on_bytes, stop)
    with (
        filesystem_for(source.uri).open_read(source.uri) as stream,
        filesystem_for(target).open_write(target) as file,
    ):
        copied = pour(stream, file, on_bytes, stop)
        _check_length(source, copied)
    return None


def pour(
    stream: BinaryIO,
    file: BinaryIO,
    on_bytes: Progress = lambda count: None,
    stop: threading.Event | None = None,
) -> int:
    """Copy what is left of `stream`; the number of bytes."""
    buffer = memoryview(bytearray(_PIECE_BYTES))
    copied = 0
    while count := _read_into(stream, buffer):
        if stop is not None and stop.is_set():
            raise Cancelled
        file.write(buffer[:count])
        on_bytes(count)
        copied += count
    return copied


def _read_into(stream: BinaryIO, buffer: memoryview) -> int:
    count: int | None = stream.readinto(buffer)  # type: ignore[attr-defined]
    return count or 0


def _check_length(source: FileStatus, copied: int) -> None:
    if copied != source.length:
        message = f"cannot copy {source.uri}: it changed from {source.length} to {copied} bytes"
        raise StorageError(message, uri=source.uri)


def _write_ranges(
    source: FileStatus, path: str, threads: int, on_bytes: Progress, stop: threading.Event
) -> None:
    """Fetch a large file: each thread takes the next range and writes it at its place."""
    if os.path.lexists(path):
        raise FileExists(f"cannot write {path}: it exists", uri=path)
    aside = os.path.join(os.path.dirname(path), temporary_name())
    file = filesystem_for(aside)
    descriptor = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    try:
        try:
            _fill(source, descriptor, min(threads, _RANGES_AT_ONCE), on_bytes, stop)
            length = os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)
        _check_length(source, length)
        file.rename(aside, path)
    except BaseException:
        file.delete(aside)
        raise


_RANGES_AT_ONCE = 4


def _fill(
    source: FileStatus, descriptor: int, threads: int, on_bytes: Progress, stop: threading.Event
) -> None:
    has_failed = threading.Event()

    def fetch(start: int) -> None:
        end = min(start + _RANGE_BYTES, source.length)
        try:
            _fetch_range(source, descriptor, start, end, on_bytes, (stop, has_failed))
        except BaseException:
            has_failed.set()
            raise

    with ThreadPoolExecutor(threads, "range") as pool:
        futures = [pool.submit(fetch, at) for at in range(0, source.length, _RANGE_BYTES)]
    errors = [error for future in futures if (error := future.exception()) is not None]
    if errors:
        raise next((each for each in errors if not isinstance(each, Cancelled)), errors[0])


def _fetch_range(
    source: FileStatus,
    descriptor: int,
    start: int,
    end: int,
    on_bytes: Progress,
    stops: Sequence[threading.Event],
) -> None:
    buffer = memoryview(bytearray(_PIECE_BYTES))
    with filesystem_for(source.uri).open_read(source.uri) as stream:
        stream.seek(start)
        while start < end:
            if any(stop.is_set() for stop in stops):
                raise Cancelled
            count = _read_into(stream, buffer[: end - start])
            if not count:
                raise StorageError(f"{source.uri} ended at {start} of {end}", uri=source.uri)
            _write_at(descriptor, buffer[:count], start)
            on_bytes(count)
            start += count


def _write_at(descriptor: int, data: memoryview, at: int) -> None:
    while data:
        count = os.pwrite(descriptor, data, at)
        data, at = data[count:], at + count


def _preserve(source: FileStatus, target: str) -> None:
    fs = filesystem_for(target)
    if source.permission is not None:
        fs.set_permission(target, source.permission & 0o777)
    accessed = source.modified if source.accessed is None else source.accessed
    fs.set_times(target, modified=source.modified, accessed=accessed)
    if source.owner is not None or source.group is not None:
        fs.set_owner(target, source.owner, source.group)
