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

    def __init__(self, folder: str, *, shared: bool = False, create: bool = False) -> None:
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_CREAT if create else 0)
        self._descriptor = os.open(os.path.join(folder, _NAME), flags, 0o600)
        try:
            kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
        except BaseException:
            os.close(self._descriptor)
            raise

    def release(self) -> None:
        os.close(self._descriptor)


def remove_tree(folder: str) -> None:
    """Remove `folder` and all in it, as far as that goes."""
    shutil.rmtree(folder, ignore_errors=True)


def remove_unless_locked(folder: str, remove: Callable[[str], None] = remove_tree) -> None:
    """Call `remove(folder)` if `folder` has a lock that nobody holds; else leave it there."""
    try:
        lock = FolderLock(folder)
    except OSError:
        return
    try:
        remove(folder)
    finally:
        lock.release()
