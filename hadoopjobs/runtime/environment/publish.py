"""Archives in the cluster's storage, where nodes get them from."""

from __future__ import annotations

from hadoopjobs.core.errors import FileExists, FileMissing, StorageError
from hadoopjobs.runtime.environment.parts import ShippedArchive
from hadoopjobs.storage import FileSystem, filesystem_for

_PIECE_BYTES = 4 << 20


def environment_folder(home: str) -> str:
    """Where a user keeps archives; `home` is the URI of the user's home folder."""
    return f"{home.rstrip('/')}/.hadoopjobs/env"


def publish(archive: ShippedArchive, folder: str) -> str:
    """The URI of `archive` in `folder`, where it is put unless it lies there already.

    It is there whole or not at all, only its owner can read it, and two drivers at once are safe.
    It is never changed afterwards: YARN refuses a file whose time has changed.
    """
    filesystem = filesystem_for(folder)
    uri = f"{folder}/{archive.digest[:32]}.tar.gz"
    if _has(filesystem, uri, archive.length):
        return uri
    _make_private(filesystem, folder)
    try:
        _upload(filesystem, archive, uri)
    except FileExists:
        if not _has(filesystem, uri, archive.length):
            raise
    return uri


def _has(filesystem: FileSystem, uri: str, length: int) -> bool:
    """Removes a file of another length, which somebody has damaged."""
    try:
        status = filesystem.status(uri)
    except FileMissing:
        return False
    if status.is_dir:
        raise StorageError(f"{uri} is a folder and should be an archive: remove it", uri=uri)
    if status.length != length:
        filesystem.delete(uri)
    return status.length == length


def _make_private(filesystem: FileSystem, folder: str) -> None:
    for each in (folder.rpartition("/")[0], folder):
        if not filesystem.exists(each):
            filesystem.make_dirs(each)
            filesystem.set_permission(each, 0o700)


def _upload(filesystem: FileSystem, archive: ShippedArchive, uri: str) -> None:
    with archive.path.open("rb") as source, filesystem.open_write(uri) as target:
        while piece := source.read(_PIECE_BYTES):
            target.write(piece)
    filesystem.set_permission(uri, 0o600)
