"""Where the blocks between tasks live: files on disk, or memory that belongs to the driver."""

from __future__ import annotations

import contextlib
import os
import resource
from abc import ABC, abstractmethod

from hadoopjobs.runtime.run_file import OutputPlace

_OTHER_FILES = 128  # that the driver has open: channels, libraries, what it reads


class BlockStore(ABC):
    """Gives each task attempt a place to write, and frees the places of those that are over."""

    @abstractmethod
    def place(self, name: str) -> OutputPlace:
        """A new place, called `name`, which is unique in the run."""

    @abstractmethod
    def discard(self, place: OutputPlace) -> None:
        """Free what was written there."""

    @abstractmethod
    def settle(self, place: OutputPlace) -> None:
        """The attempt succeeded: from now on its bytes are only read."""

    @abstractmethod
    def close(self) -> None:
        """Free everything."""


class DiskStore(BlockStore):
    """One file for each attempt in the run's temporary folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def place(self, name: str) -> OutputPlace:
        return OutputPlace(os.path.join(self._folder, name), primary_is_disk=True)

    def discard(self, place: OutputPlace) -> None:
        _unlink(place.primary)

    def settle(self, place: OutputPlace) -> None: ...

    def close(self) -> None: ...


class MemoryStore(BlockStore):
    """One anonymous memory file for each attempt, owned by this process.

    Workers open it by its name under /proc, so a killed worker takes nothing with it. When
    `limit_bytes` are in use, or promised to attempts that run, what comes next goes to disk; so it
    does when this process may open few more files.
    """

    def __init__(self, folder: str, limit_bytes: int, writers: int) -> None:
        self._folder = folder
        self._limit = limit_bytes
        self._writers = writers
        self._files: dict[str, int] = {}
        self._used: dict[str, int] = {}
        self._most_files = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _OTHER_FILES

    def place(self, name: str) -> OutputPlace:
        overflow = os.path.join(self._folder, name)
        if not hasattr(os, "memfd_create") or len(self._files) >= self._most_files:
            return OutputPlace(overflow, primary_is_disk=True)
        descriptor = os.memfd_create(name, os.MFD_CLOEXEC)
        path = f"/proc/{os.getpid()}/fd/{descriptor}"
        self._files[path] = descriptor
        share = max(0, self._limit - sum(self._used.values())) // self._writers
        self._used[path] = share
        return OutputPlace(path, False, share, overflow)

    def settle(self, place: OutputPlace) -> None:
        if place.primary in self._files:
            self._used[place.primary] = os.fstat(self._files[place.primary]).st_size

    def discard(self, place: OutputPlace) -> None:
        descriptor = self._files.pop(place.primary, None)
        self._used.pop(place.primary, None)
        if descriptor is None:
            _unlink(place.primary)
        else:
            os.close(descriptor)
        if place.overflow is not None:
            _unlink(place.overflow)

    def close(self) -> None:
        for descriptor in self._files.values():
            os.close(descriptor)
        self._files.clear()
        self._used.clear()


def _unlink(path: str) -> None:
    with contextlib.suppress(OSError):  # not there, or gone with the folder when the run ends
        os.unlink(path)
