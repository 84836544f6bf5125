"""Writing aside: under a temporary name, with the length checked and the name given at the end."""

from __future__ import annotations

import io
import os
from types import TracebackType
from typing import Any, BinaryIO, Protocol

from hadoopjobs.core.errors import StorageError

_BUFFER_BYTES = 256 * 1024


def temporary_name() -> str:
    """A name that nobody has; inputs skip it, since it begins with a dot."""
    return f".hadoopjobs-{os.urandom(8).hex()}.tmp"


class Target(Protocol):
    """One new file of a store while it is written."""

    @property
    def uri(self) -> str: ...

    def write(self, data: memoryview) -> None:
        """Write all of `data`, which is valid only during the call."""

    def finish(self) -> int:
        """End writing; the length that the store reports for the file."""

    def publish(self) -> None:
        """Give the file its name. Raises `FileExists` rather than replace what is there."""

    def abandon(self) -> None:
        """Remove all traces; called after a failure too, so it must not raise."""


class AsideFile(io.RawIOBase):
    """The raw stream over a `Target`: published by a clean close, else abandoned."""

    def __init__(self, target: Target) -> None:
        super().__init__()
        self._target = target
        self._written = 0
        self._is_open = True
        self._has_failed = False

    @property
    def name(self) -> str:
        return self._target.uri

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self._has_failed = True
        self._target.write(view)
        self._has_failed = False
        self._written += len(view)
        return len(view)

    def close(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        try:
            self._publish()
        except BaseException:
            self._target.abandon()
            raise
        finally:
            super().close()

    def _publish(self) -> None:
        if self._has_failed:
            uri = self._target.uri
            raise StorageError(f"cannot write {uri}: an earlier write failed", uri=uri)
        length = self._target.finish()
        if length != self._written:
            raise StorageError(
                f"cannot write {self._target.uri}: {self._written} bytes were written and"
                f" {length} arrived; nothing is left there",
                uri=self._target.uri,
            )
        self._target.publish()

    def abandon(self) -> None:
        if self._is_open:
            self._is_open = False
            self._target.abandon()
        super().close()

    def __del__(self) -> None:
        self.abandon()


class AsideWriter(io.BufferedWriter):
    """What `open_write` gives: buffered, and abandoned when its `with` block raises."""

    def __init__(self, target: Target, buffer_bytes: int = _BUFFER_BYTES) -> None:
        self._file = AsideFile(target)
        super().__init__(self._file, buffer_bytes)

    def close(self) -> None:
        """Publish the file; after a failed write, or a failure here, nothing is left."""
        if self.closed:
            return
        try:
            self.flush()
        except BaseException:
            self.abandon()
            raise
        super().close()

    def abandon(self) -> None:
        """End without a trace of the file."""
        self._file.abandon()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def __del__(self) -> None:
        self.abandon()


def written_aside(target: Target) -> BinaryIO:
    """The stream for a target."""
    return AsideWriter(target)
