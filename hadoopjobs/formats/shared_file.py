"""A stream lent to a library that reads or writes files its own way."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO


class SharedFile(io.RawIOBase):
    """A stream as Arrow's readers and writers want it: closing it does not close the stream, and
    the stream's own errors are kept, since Arrow wraps or loses them.

    With a `length`, in bytes, it can be read and sought; without, written.
    """

    def __init__(self, stream: BinaryIO, length: int | None = None) -> None:
        self._stream = stream
        self._length = length
        self.error: BaseException | None = None

    @property
    def length(self) -> int:
        assert self._length is not None
        return self._length

    def readable(self) -> bool:
        return self._length is not None

    def writable(self) -> bool:
        return self._length is None

    def seekable(self) -> bool:
        return self._length is not None

    def read(self, size: int = -1) -> bytes:
        with self._kept():
            return self._stream.read(size)

    def bytes_at(self, start: int, end: int) -> bytes:
        """What lies from `start` to `end`, less where the file does not reach so far."""
        self.seek(max(0, start))
        return self.read(max(0, end - max(0, start)))

    def write(self, data: Any) -> int:
        with self._kept():
            return self._stream.write(data)

    def flush(self) -> None:
        pass

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END and self._length is not None:
            offset, whence = self._length + offset, io.SEEK_SET
        return self._stream.seek(offset, whence)

    @contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self.error = error
            raise
