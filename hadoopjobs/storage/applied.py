"""Operations that may have been done although their answer was lost: checked, not repeated."""

from __future__ import annotations

from collections.abc import Callable

from hadoopjobs.core.errors import FileExists, FileMissing, StorageError
from hadoopjobs.storage.base import FileStatus
from hadoopjobs.storage.hdfs_errors import Unreachable

_ATTEMPTS = 3
Status = Callable[[], FileStatus | None]


def rename_once(
    rename: Callable[[], None], source: Status, target: Status, *, source_uri: str, target_uri: str
) -> None:
    """Rename by `rename`, which may have been sent more than once by the time that it fails.

    It was done if the source is gone and what it was lies at the target, which was free before.
    Raises `FileMissing`, `FileExists` and whatever `rename` raised.
    """
    before = source()
    if before is None:
        message = f"cannot rename {source_uri} to {target_uri}: {source_uri} does not exist"
        raise FileMissing(message, uri=source_uri)
    if target() is not None:
        raise _exists(source_uri, target_uri)
    for attempt in range(_ATTEMPTS):
        try:
            return rename()
        except StorageError as error:
            lies_there = target()
            if source() is None and _is_same(before, lies_there):
                return None
            if isinstance(error, FileExists):
                raise _exists(source_uri, target_uri) from error
            is_undone = lies_there is None and _is_same(before, source())
            if not (isinstance(error, Unreachable) and is_undone) or attempt + 1 == _ATTEMPTS:
                raise
    return None


def _exists(source: str, target: str) -> FileExists:
    return FileExists(f"cannot rename {source} to {target}: it exists", uri=target)


def _is_same(before: FileStatus, after: FileStatus | None) -> bool:
    """A rename keeps everything but the name, the time of the last change too."""
    return after is not None and (before.length, before.is_dir, before.modified) == (
        after.length,
        after.is_dir,
        after.modified,
    )
