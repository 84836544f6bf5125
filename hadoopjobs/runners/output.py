"""A run's output folder: absent, or complete with `_SUCCESS`; never in between."""

from __future__ import annotations

import contextlib
import errno
import os
import uuid
from collections.abc import Callable

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import (
    FileExists,
    NoSpace,
    PermissionDenied,
    StorageError,
    UsageError,
)
from hadoopjobs.formats.naming import output_extension
from hadoopjobs.runtime.staging import Staging

_ERRORS: dict[int, type[StorageError]] = {
    errno.ENOSPC: NoSpace,
    errno.EDQUOT: NoSpace,
    errno.EACCES: PermissionDenied,
    errno.EPERM: PermissionDenied,
    errno.EROFS: PermissionDenied,
}


class OutputFolder:
    """Attempts write to a hidden folder beside the target; it is renamed when all is there."""

    def __init__(self, dataset: DatasetRef, overwrite: bool) -> None:
        (uri,) = dataset.uris
        self.uri = uri
        self._target = os.path.abspath(uri.removeprefix("file://"))
        self._overwrite = overwrite
        self._extension = output_extension(dataset.format, dict(dataset.options))
        parent, name = os.path.split(self._target)
        folder = os.path.join(parent, f"._hadoopjobs-{name}-{uuid.uuid4().hex[:12]}")
        self.staging = Staging(self._target, folder, _missing_folders(parent))
        self._parts = os.path.join(folder, "parts")

    def prepare(self) -> None:
        """Refuse what must not be overwritten, and make the hidden folder."""
        if os.path.lexists(self._target) and not self._overwrite:
            raise FileExists(
                f"cannot write {self.uri}: it exists; remove it or pass --overwrite", uri=self.uri
            )
        if os.path.lexists(self._target) and not os.path.isdir(self._target):
            raise UsageError(f"cannot overwrite {self.uri}: it is not a folder")
        self._guarded(lambda: os.makedirs(self._parts))

    def _guarded(self, action: Callable[[], None]) -> None:
        try:
            action()
        except StorageError:
            raise
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            kind = _ERRORS.get(error.errno or 0, StorageError)
            raise kind(f"cannot write {self.uri}: {reason}", uri=self.uri) from error

    def attempt_path(self, index: int, attempt: int) -> str:
        return os.path.join(self.staging.folder, f"part-{index:05d}.attempt-{attempt}")

    def accept(self, index: int, attempt: int) -> None:
        """The attempt succeeded: its file is the part `index`."""
        part = os.path.join(self._parts, f"part-{index:05d}{self._extension}")
        self._guarded(lambda: os.replace(self.attempt_path(index, attempt), part))

    def reject(self, index: int, attempt: int) -> None:
        """The attempt failed: remove what it wrote, if anything."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.attempt_path(index, attempt))

    def publish(self) -> None:
        self._guarded(self._publish)

    def _publish(self) -> None:
        with open(os.path.join(self._parts, "_SUCCESS"), "xb"):
            pass
        if os.path.lexists(self._target):
            if not self._overwrite:
                raise FileExists(f"cannot write {self.uri}: it was made meanwhile", uri=self.uri)
            os.rename(self._target, self.staging.replaced)
        os.rename(self._parts, self._target)
        self.staging.remove()

    def abandon(self) -> None:
        """Leave nothing of the run behind; an output that was published stays."""
        self.staging.remove()


def _missing_folders(folder: str) -> tuple[str, ...]:
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    return tuple(missing)
