"""A binary file as fields, taken one after the other, never more than it holds."""

from __future__ import annotations

import struct
from typing import BinaryIO

from hadoopjobs.core.errors import DataError

_READ_BYTES = 256 * 1024
_LARGEST_READ = 16 << 20


class ByteSource:
    """The file as bytes that are taken one field after the other; never behind its end."""

    def __init__(self, stream: BinaryIO, uri: str, length: int) -> None:
        self._stream = stream
        self.uri = uri
        self.length = length
        self._data = b""
        self._at = 0
        self._base = 0

    @property
    def offset(self) -> int:
        return self._base + self._at

    @property
    def is_at_end(self) -> bool:
        return self.offset >= self.length

    def seek(self, offset: int) -> None:
        self._stream.seek(offset)
        self._data, self._at, self._base = b"", 0, offset

    def peek(self, count: int, what: str) -> bytes:
        """The next `count` bytes, or an error that says what they should have been."""
        if not 0 <= count <= self.length - self.offset:
            raise self.broken(
                f"{what} of {count} bytes cannot be: the file has {self.length - self.offset} more"
            )
        if len(self._data) - self._at < count:
            self._fill(count)
        return self._data[self._at : self._at + count]

    def take(self, count: int, what: str) -> bytes:
        data = self.peek(count, what)
        self._at += count
        return data

    def take_int(self, what: str) -> int:
        number: int = struct.unpack(">i", self.take(4, what))[0]
        return number

    def _fill(self, count: int) -> None:
        parts = [self._data[self._at :]]
        self._base, self._at = self.offset, 0
        missing = count - len(parts[0])
        while missing > 0:
            left = self.length - self._base - count + missing
            part = self._stream.read(min(left, max(_READ_BYTES, min(missing, _LARGEST_READ))))
            if not part:
                raise self.broken("the file was cut short while it was read")
            parts.append(part)
            missing -= len(part)
        self._data = b"".join(parts)

    def ready(self) -> tuple[bytes, int]:
        """All that was read ahead, and where in it the next field begins."""
        return self._data, self._at

    def skip(self, count: int) -> None:
        """Pass over what was read ahead."""
        self._at += count

    def broken(self, message: str, offset: int | None = None) -> DataError:
        return DataError(message, uri=self.uri, offset=self.offset if offset is None else offset)

    def skip_to(self, pattern: bytes, end: int) -> bool:
        """Go to the first `pattern` that begins before offset `end`; whether there is one."""
        while self.offset < min(end, self.length - len(pattern) + 1):
            here = min(_READ_BYTES, self.length - self.offset)
            found = self.peek(here, "").find(pattern)
            if found >= 0:
                self._at += found
                return self.offset < end
            self._at += here - len(pattern) + 1
        return False
