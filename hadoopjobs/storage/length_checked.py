"""A reader that never gives less than the file holds, over any store that can read from a place.

What is read on in order comes from one long request; after a seek a short one is tried first,
since many readers (Parquet's tail, a split's first line) take little there.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from hadoopjobs.core.errors import StorageError

Pieces = Callable[[int, int], Iterator[bytes]]

_SHORT_BYTES = 256 * 1024
_BUFFER_BYTES = 128 * 1024
_ATTEMPTS = 4
_PAUSE_SECONDS = 0.5


class LengthCheckedReader(io.RawIOBase):
    """A file of `length` bytes; `pieces(start, end)` asks the store for a range of it.

    Where pieces end early or fail, the rest is asked for again, up to four times without a new
    byte; then the failure is raised.
    """

    def __init__(self, uri: str, length: int, pieces: Pieces) -> None:
        super().__init__()
        self.name = uri
        self._length = length
        self._pieces = pieces
        self._position = 0
        self._running: Iterator[bytes] | None = None
        self._rest = memoryview(b"")
        self._at = 0  # where in the file `_rest` begins
        self._end = 0  # where the running request ends
        self._may_be_long = True

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._length}[whence]
        if base + offset < 0:
            raise ValueError(f"{self.name}: seek before the start")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        count = min(len(view), self._length - self._position)
        if count <= 0:
            return 0
        piece = self._next_piece(count)
        count = min(count, len(piece))
        view[:count] = piece[:count]
        self._take(count)
        return count

    def readall(self) -> bytes:
        found = bytearray(max(0, self._length - self._position))
        view, at = memoryview(found), 0
        while at < len(found):
            at += self.readinto(view[at:])
        return bytes(found)

    def _take(self, count: int) -> None:
        self._rest = self._rest[count:]
        self._at += count
        self._position += count

    def _next_piece(self, wanted: int) -> memoryview:
        """Some bytes at the position, at least one."""
        if self._position != self._at:
            self._move()
        failures = 0
        while not self._rest:
            try:
                self._rest = self._from_store(wanted)
            except StorageError:
                failures += 1
                self._stop()
                if failures >= _ATTEMPTS:
                    raise
                time.sleep(_PAUSE_SECONDS * 2 ** (failures - 1))
        return self._rest

    def _move(self) -> None:
        ahead = self._position - self._at
        if 0 <= ahead <= len(self._rest):
            self._rest = self._rest[ahead:]
        else:
            self._stop()
            self._may_be_long = self._position == 0
        self._at = self._position

    def _from_store(self, wanted: int) -> memoryview:
        if self._running is None:
            self._start(wanted)
        assert self._running is not None
        piece = next(self._running, None)
        while piece is not None and not piece:
            piece = next(self._running, None)
        if piece is not None:
            return memoryview(piece)[: self._length - self._at]
        self._running = None
        if self._at < self._end:
            raise StorageError(
                f"cannot read {self.name}: the data ended at {self._at} of {self._length} bytes",
                uri=self.name,
            )
        return memoryview(b"")

    def _start(self, wanted: int) -> None:
        is_long = self._may_be_long or wanted > _SHORT_BYTES
        end = self._length if is_long else min(self._length, self._at + _SHORT_BYTES)
        self._may_be_long = True  # whoever reads on behind it reads in order
        self._end = end
        self._running = self._pieces(self._at, end)

    def _stop(self) -> None:
        running, self._running = self._running, None
        self._rest = memoryview(b"")
        close = getattr(running, "close", None)
        if close is not None:
            close()

    def close(self) -> None:
        if not self.closed:
            self._stop()
        super().close()


def buffered_reader(uri: str, length: int, pieces: Pieces) -> BinaryIO:
    return io.BufferedReader(LengthCheckedReader(uri, length, pieces), _BUFFER_BYTES)
