"""The interface of a file system. It moves bytes and knows nothing of records."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias


@dataclass(frozen=True)
class FileStatus:
    """One file or folder; `modified` in seconds since 1970."""

    uri: str
    length: int
    is_dir: bool
    modified: float


Listing: TypeAlias = list[FileStatus]


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
        """A seekable stream of the whole file."""

    @abstractmethod
    def open_write(self, uri: str) -> BinaryIO:
        """A new file; its folder is made. Raises `FileExists`."""

    @abstractmethod
    def make_dirs(self, uri: str) -> None: ...

    @abstractmethod
    def delete(self, uri: str) -> None:
        """Delete the file or the folder with all that it holds; nothing there is no error."""

    @abstractmethod
    def rename(self, source: str, target: str) -> None:
        """Atomic; raises `FileExists` rather than replace what is there."""
