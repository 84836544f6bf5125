"""Whether the process that uses a folder still lives, as a lock of the kernel tells it.

A lock is gone with its process, however that ends. It holds for all processes of this machine,
those in containers too, and on NFS for all machines.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable

_NAME = "lock"


class FolderLock:
    """A folder's lock, held until `release` or the end of this process.

    Raises `OSError` where it cannot be had: `BlockingIOError` if another holds it.
    """

    def __init__(
        self, folder: str, *, shared: bool = False, create: bool = False, name: str = _NAME
    ) -> None:
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_CREAT if create else 0)
        self._descriptor = os.open(os.path.join(folder, name), flags, 0o600)
        try:
            kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
        except BaseException:
            os.close(self._descriptor)
            raise

    @classmethod
    def of_new(cls, folder: str) -> FolderLock:
        """Lock a folder that this process has made: whoever finds its lock finds it held."""
        name = f"{_NAME}.new"
        lock = cls(folder, create=True, name=name)
        os.rename(os.path.join(folder, name), os.path.join(folder, _NAME))
        return lock

    def release(self) -> None:
        os.close(self._descriptor)


def remove_unless_locked(folder: str, remove: Callable[[], None] | None = None) -> None:
    """Remove `folder`, or call `remove`, if it has a lock and nobody holds that."""
    try:
        lock = FolderLock(folder)
    except OSError:
        return
    try:
        if remove is None:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            remove()
    finally:
        lock.release()
