"""A run's output folder: absent, or complete with `_SUCCESS`; never in between."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import uuid
from collections.abc import Callable, Iterable, Iterator

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
from hadoopjobs.storage import filesystem_for
from hadoopjobs.storage.local import local_path

_OUTPUT_NAME = re.compile(r"part-|[_.]")
_ERRORS: dict[int, type[StorageError]] = {
    errno.ENOSPC: NoSpace,
    errno.EDQUOT: NoSpace,
    errno.EACCES: PermissionDenied,
    errno.EPERM: PermissionDenied,
    errno.EROFS: PermissionDenied,
}


class OutputFolder:
    """Attempts write to a hidden folder beside the target; it is renamed when all is there."""

    def __init__(
        self,
        dataset: DatasetRef,
        overwrite: bool,
        inputs: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        """`inputs` gives the URIs of the files that the run reads: they are not overwritten.

        Raises `ConfigError` for a URI that is not on this machine.
        """
        (uri,) = dataset.uris
        self.uri = uri
        if uri in ("", "-"):
            raise UsageError(f"{uri!r} is no folder; without an output, results are printed")
        filesystem_for(uri)
        self._target = os.path.abspath(local_path(uri))
        self._overwrite = overwrite
        self._inputs = inputs
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
        if os.path.lexists(self._target):
            self._check_replaceable()
        self._guarded(lambda: os.makedirs(self._parts))

    def _check_replaceable(self) -> None:
        """Refuse to overwrite what is no output of a job, and what this run needs."""
        if os.path.islink(self._target) or not os.path.isdir(self._target):
            raise UsageError(f"cannot overwrite {self.uri}: it is not a folder")
        target = os.path.realpath(self._target)
        for path in (os.getcwd(), *map(local_path, self._inputs())):
            if f"{os.path.realpath(path)}{os.sep}".startswith(f"{target}{os.sep}"):
                raise UsageError(
                    f"cannot overwrite {self.uri}: {path}, which the run needs, is there"
                )
        others = sorted(name for name in os.listdir(target) if not _OUTPUT_NAME.match(name))
        if others:
            raise UsageError(
                f"cannot overwrite {self.uri}: {others[0]!r} in it is no output of a job; "
                "remove the folder yourself"
            )

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


@contextlib.contextmanager
def errors_of_stdout() -> Iterator[None]:
    """What goes wrong while standard output is written, in one line."""
    try:
        yield
    except BrokenPipeError:  # whoever reads has seen enough
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StorageError(f"cannot write to standard output: {reason}") from error


def _missing_folders(folder: str) -> tuple[str, ...]:
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    return tuple(missing)
