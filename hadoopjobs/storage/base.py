"""The interface of a file system. It moves bytes and knows nothing of records."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

from hadoopjobs.core.errors import FileExists, FileMissing, StorageError


@dataclass(frozen=True)
class FileStatus:
    """One file or folder; times in seconds since 1970. None is what the store does not keep."""

    uri: str
    length: int
    is_dir: bool
    modified: float
    owner: str | None = None
    group: str | None = None
    permission: int | None = None  # with the sticky bit, 0o1777 at most
    replication: int | None = None
    block_size: int | None = None
    accessed: float | None = None


@dataclass(frozen=True)
class BlockLocation:
    """A range of a file and the hosts that hold a copy of it."""

    hosts: tuple[str, ...]
    offset: int
    length: int


@dataclass(frozen=True)
class ContentSummary:
    """What a file or a whole tree holds; `space_consumed` counts every copy."""

    length: int
    file_count: int
    folder_count: int
    space_consumed: int
    quota: int | None = None
    space_quota: int | None = None


@dataclass(frozen=True)
class Checksum:
    """A checksum as the store keeps it; equal ones of one algorithm mean equal bytes."""

    algorithm: str
    value: bytes


@dataclass(frozen=True)
class SpaceUsage:
    """Bytes of the whole store, all copies counted."""

    capacity: int
    used: int
    available: int


Listing: TypeAlias = list[FileStatus]
Locations: TypeAlias = list[BlockLocation]


class FileSystem(ABC):
    """Whole-file operations; errors are those of `core.errors` (`StorageError` and below)."""

    @abstractmethod
    def status(self, uri: str) -> FileStatus:
        """Raises `FileMissing`."""

    @abstractmethod
    def list(self, uri: str) -> Listing:
        """The children of a folder, sorted by name."""

    @abstractmethod
    def glob(self, pattern: str) -> Listing:
        """What matches `pattern` (`* ? [] {}` and `**`), sorted; empty if nothing does."""

    @abstractmethod
    def open_read(self, uri: str) -> BinaryIO:
        """A seekable stream of the whole file; an end before the file's length is an error."""

    @abstractmethod
    def open_write(self, uri: str) -> BinaryIO:
        """A new file; its folder is made. Raises `FileExists`.

        The file appears, whole, when the stream is closed, and never over what lies there by
        then. A `with` block that raises, and a stream that nobody closes, leave nothing.
        """

    @abstractmethod
    def make_dirs(self, uri: str) -> None:
        """Make the folder and those above it; one that is there is no error."""

    @abstractmethod
    def delete(self, uri: str) -> None:
        """Delete the file or the folder with all that it holds; nothing there is no error."""

    @abstractmethod
    def rename(self, source: str, target: str) -> None:
        """Atomic; raises `FileExists` rather than replace what is there."""

    def replace(self, source: str, target: str) -> None:
        """Rename over the file `target`, if there is one; in two steps where the store has no
        one that does it."""
        if self.exists(target):
            if self.status(target).is_dir:
                raise FileExists(f"cannot write {target}: a folder is there", uri=target)
            self.delete(target)
        self.rename(source, target)

    def exists(self, uri: str) -> bool:
        try:
            self.status(uri)
        except FileMissing:
            return False
        return True

    def walk(self, uri: str) -> Iterator[FileStatus]:
        """What lies below a folder, at any depth, each folder before what it holds."""
        for child in self.list(uri):
            yield child
            if child.is_dir:
                self.check_descent(child.uri)
                yield from self.walk(child.uri)

    def check_descent(self, uri: str) -> None:  # noqa: B027  (most stores have no links)
        """Raises `StorageError` for a folder that is a link to one above it: a walk that follows
        it has no end."""

    def read_range(self, uri: str, start: int, length: int) -> bytes:
        """The bytes from `start`, less than `length` only at the end of the file."""
        with self.open_read(uri) as stream:
            stream.seek(start)
            return stream.read(length)

    def touch(self, uri: str) -> None:
        """Make an empty file, or set the time of the one that is there to now."""
        try:
            self.open_write(uri).close()
        except FileExists:
            now = time.time()
            self.set_times(uri, modified=now, accessed=now)

    def content_summary(self, uri: str) -> ContentSummary:
        status = self.status(uri)
        below = [status, *(self.walk(uri) if status.is_dir else ())]
        files = [each for each in below if not each.is_dir]
        length = sum(file.length for file in files)
        return ContentSummary(length, len(files), len(below) - len(files), length)

    def block_locations(self, uri: str, start: int, length: int) -> Locations:
        """The blocks that hold the range; one without hosts where nobody says where they are."""
        end = min(start + length, self.status(uri).length)
        return [BlockLocation((), start, end - start)] if start < end else []

    def checksum(self, uri: str) -> Checksum | None:
        """None where the store keeps none."""
        return None

    def usage(self, uri: str) -> SpaceUsage | None:
        """None where the store does not say."""
        return None

    def trash(self, uri: str) -> str | None:
        """Move to the user's trash; where it lies now, or None where there is no trash."""
        return None

    def set_permission(self, uri: str, permission: int) -> None:
        raise _not_kept(uri, "permissions")

    def set_owner(self, uri: str, owner: str | None, group: str | None) -> None:
        """None leaves what is there."""
        raise _not_kept(uri, "owners")

    def set_replication(self, uri: str, replication: int) -> None:
        raise _not_kept(uri, "a number of copies")

    def set_times(self, uri: str, *, modified: float, accessed: float) -> None:
        raise _not_kept(uri, "times that can be set")


def _not_kept(uri: str, what: str) -> StorageError:
    return StorageError(f"cannot change {uri}: its file system keeps no {what}", uri=uri)
