"""The folder of a cluster: for one command at a time, and with nothing of anybody else removed."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from errors import ClusterError

# Says that what has one of the names beside it is ours.
_MARK = ".hadoopjobs-cluster"
_NAMES = ("conf", "nodes", "processes", "data", "log", "cluster.json")


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Only one command at a time changes the cluster in `folder`, which is made."""
    while True:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(folder, os.O_RDONLY)
        except OSError as error:
            raise ClusterError(f"cannot use {folder}: {error.strerror}") from None
        fcntl.flock(handle, fcntl.LOCK_EX)
        # The one that held it may have removed the folder.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), folder.stat()):
                break
        os.close(handle)
    try:
        yield
    finally:
        with suppress(OSError):
            folder.rmdir()  # if nothing is left in it
        os.close(handle)


def require(folder: Path) -> None:
    """Refuse a folder in which somebody else uses our names."""
    theirs = [name for name in _NAMES if (folder / name).exists()]
    if theirs and not is_claimed(folder):
        raise ClusterError(
            f"--dir {folder} holds files that are not of a cluster ({theirs[0]}): "
            "name an empty or a new folder"
        )


def claim(folder: Path) -> None:
    (folder / _MARK).touch()


def is_claimed(folder: Path) -> bool:
    """Whether there is a cluster, or what was kept of one."""
    return (folder / _MARK).exists()


def clear(folder: Path, kept: Collection[str] = ()) -> None:
    """Remove what is ours but for the names in `kept`."""
    for name in _NAMES:
        if name not in kept and is_claimed(folder):
            _remove(folder / name)
    if not any((folder / name).exists() for name in _NAMES):
        (folder / _MARK).unlink(missing_ok=True)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
