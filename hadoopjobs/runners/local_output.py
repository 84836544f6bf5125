"""An output folder on this machine."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import NoSpace, PermissionDenied, StorageError, UsageError
from hadoopjobs.runners.folder_lock import FolderLock, remove_unless_locked
from hadoopjobs.runners.output_folder import Inputs, OutputFolder, hidden_name, hidden_names
from hadoopjobs.runtime.staging import LocalStaging
from hadoopjobs.storage import scheme_of
from hadoopjobs.storage.local import local_path

_ERRORS: dict[int, type[StorageError]] = {
    errno.ENOSPC: NoSpace,
    errno.EDQUOT: NoSpace,
    errno.EACCES: PermissionDenied,
    errno.EPERM: PermissionDenied,
    errno.EROFS: PermissionDenied,
}


class LocalOutput(OutputFolder):
    """On this machine's disks."""

    def __init__(self, dataset: DatasetRef, overwrite: bool, inputs: Inputs) -> None:
        super().__init__(dataset, overwrite, inputs)
        self._target = os.path.abspath(local_path(self.uri))
        parent, name = os.path.split(self._target)
        folder = os.path.join(parent, hidden_name(name))
        self.staging = LocalStaging(self._target, folder, _missing_folders(parent))
        self._parts = os.path.join(folder, "parts")
        self._lock: FolderLock | None = None

    def prepare(self) -> None:
        """Refuse what must not be overwritten, and make the hidden folder."""
        self._remove_what_dead_runs_left()
        if os.path.lexists(self._target):
            self._refuse_unless_overwritten()
            self._check_replaceable()
        self._guarded(self._make_folder)

    def _make_folder(self) -> None:
        os.makedirs(self.staging.folder)
        with contextlib.suppress(OSError):  # without locks, what a killed run leaves stays
            self._lock = FolderLock.of_new(self.staging.folder)
        os.mkdir(self._parts)

    def _remove_what_dead_runs_left(self) -> None:
        """Remove hidden folders beside the target whose runs were killed, and give back an older
        output that one of them was about to replace."""
        parent, name = os.path.split(self._target)
        with contextlib.suppress(OSError):
            for other in filter(hidden_names(name).fullmatch, os.listdir(parent)):
                left = LocalStaging(self._target, os.path.join(parent, other), ())
                remove_unless_locked(left.folder, left.remove)

    def _check_replaceable(self) -> None:
        """Refuse to overwrite what is no output of a job, and what this run needs."""
        if os.path.islink(self._target) or not os.path.isdir(self._target):
            raise UsageError(f"cannot overwrite {self.uri}: it is not a folder")
        target = os.path.realpath(self._target)
        local = (uri for uri in self._inputs() if scheme_of(uri) == "file")
        for path in (os.getcwd(), *map(local_path, local)):
            if f"{os.path.realpath(path)}{os.sep}".startswith(f"{target}{os.sep}"):
                raise self._needed(path)
        self._check_names(os.listdir(target))

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
                raise self._made_meanwhile()
            os.rename(self._target, self.staging.replaced)
        os.rename(self._parts, self._target)
        self.abandon()

    def abandon(self) -> None:
        super().abandon()
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def _missing_folders(folder: str) -> tuple[str, ...]:
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    return tuple(missing)
