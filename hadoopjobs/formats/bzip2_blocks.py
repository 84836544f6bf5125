"""Parts of a bzip2 file: its blocks can be read one by one, so several tasks share one file.

A block belongs to the split in which its 48-bit magic number begins, at whatever bit. It is made
into a bzip2 stream of its own for the standard library, which checks the block's CRC. That other
data looks like the magic number happens once in 2**48 bits; the CRC then fails: an error, never
wrong data.

Source: the bzip2 format as described in its reverse-engineered specification (J. Tsai, 2016).
"""

from __future__ import annotations

import bz2
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from hadoopjobs.core.errors import DataError
from hadoopjobs.formats.base import Split

_BLOCK = 0x314159265359
_END = 0x177245385090
_WINDOW_BYTES = 1 << 20
_LARGEST_BLOCK = 4 << 20  # 900 kB of data never pack into more than a third of this


@dataclass(frozen=True)
class BlockRange:
    """The data of a split's blocks, and of those behind them, for the line that crosses."""

    is_first: bool
    owned: Iterator[bytes]
    following: Iterator[bytes]


def blocks_of_split(stream: BinaryIO, split: Split) -> BlockRange | None:
    """The blocks that begin in `split`; None if there are none."""
    end = split.start + split.length
    blocks = _Blocks(stream, split)
    if blocks.next_offset is None or blocks.next_offset >= end:
        return None
    return BlockRange(blocks.is_first, blocks.until(end), blocks.until(split.file_length))


class _Blocks:
    """Goes from marker to marker, each the beginning of a block or the end of a stream."""

    def __init__(self, stream: BinaryIO, split: Split) -> None:
        self._stream = stream
        self._uri = split.uri
        self._length = split.file_length
        self._base = split.start  # offset of the window in the file
        self._window = bytearray()
        self._marker: tuple[int, int] | None = None  # bit in the window, magic number
        first_block = _first_block(stream)
        stream.seek(split.start)
        if split.start == 0:
            self._check_header(0)
            self._marker = self._find(32)
            if self._marker is None or self._marker[0] != 32:
                raise self._broken(4, "no bzip2 data")
        else:
            self._marker = self._find(0, give_up_at=split.length)
        if self._marker is not None and self._marker[1] == _END:
            self._next_stream()
        self.is_first = self.next_offset == first_block

    @property
    def next_offset(self) -> int | None:
        """Where the next block begins in the file, None behind the last."""
        return None if self._marker is None else self._base + self._marker[0] // 8

    def until(self, end: int) -> Iterator[bytes]:
        """The data of the blocks that begin before offset `end` of the file."""
        while self.next_offset is not None and self.next_offset < end:
            yield self._block()

    def _block(self) -> bytes:
        assert self._marker is not None
        begin = self._marker[0]
        found = self._find(begin + 48)
        if found is None:
            raise self._broken(len(self._window), "the file ends within its bzip2 data")
        data = self._unpacked(begin, found[0])
        self._marker = found
        self._drop(found[0] // 8)
        if found[1] == _END:
            self._next_stream()
        return data

    def _unpacked(self, begin: int, end: int) -> bytes:
        packed = bytes(self._window[begin // 8 : -(-end // 8)])
        try:
            return bz2.decompress(_as_stream(packed, begin % 8, end - begin))
        except (OSError, ValueError) as error:
            raise self._broken(begin // 8, f"damaged bzip2 block: {error}") from error

    def _next_stream(self) -> None:
        """From the end of a stream to the first block of the next that has one."""
        while self._marker is not None and self._marker[1] == _END:
            header = -(-(self._marker[0] + 80) // 8)
            self._fill(header + 14)
            if len(self._window) == header:
                self._marker = None
                return
            self._check_header(header)
            self._marker = self._find((header + 4) * 8)
            if self._marker is None or self._marker[0] != (header + 4) * 8:
                raise self._broken(header + 4, "damaged bzip2 data: a stream without a block")
            self._drop(header)

    def _check_header(self, at: int) -> None:
        self._fill(at + 4)
        if not re.match(rb"BZh[1-9]", self._window[at : at + 4]):
            raise self._broken(at, "no bzip2 data: its header is missing")

    def _find(self, bit: int, give_up_at: int | None = None) -> tuple[int, int] | None:
        """The first marker at or behind `bit` of the window, which grows as needed."""
        at = bit
        while True:
            found = _find_marker(self._window, at)
            if found is not None:
                return found
            at = max(bit, (len(self._window) - 7) * 8)
            if give_up_at is not None:
                if at // 8 > give_up_at:
                    return None
                self._drop(at // 8)
                give_up_at, bit, at = give_up_at - at // 8, at % 8, at % 8
            elif len(self._window) - bit // 8 > _LARGEST_BLOCK:
                raise self._broken(bit // 8, "damaged bzip2 data: a block without an end")
            if not self._fill(len(self._window) + _WINDOW_BYTES):
                return None

    def _fill(self, size: int) -> bool:
        """Read until the window has `size` bytes; False if nothing was left."""
        before = len(self._window)
        while len(self._window) < size and (piece := self._stream.read(size - len(self._window))):
            self._window += piece
        if len(self._window) < size and self._base + len(self._window) < self._length:
            raise self._broken(len(self._window), "the file was cut short while it was read")
        return len(self._window) > before

    def _drop(self, count: int) -> None:
        if count:
            del self._window[:count]
            self._base += count
            if self._marker is not None:
                self._marker = self._marker[0] - count * 8, self._marker[1]

    def _broken(self, at: int, message: str) -> DataError:
        return DataError(message, uri=self._uri, offset=self._base + at)


def _first_block(stream: BinaryIO) -> int:
    """Offset of the first block, which lies behind the headers of streams that have none."""
    stream.seek(0)
    offset, empty = 4, _END.to_bytes(6, "big")
    while (head := stream.read(14))[4:10] == empty:
        offset += len(head)
    return offset


def _as_stream(data: bytes, first_bit: int, bits: int) -> bytes:
    """A bzip2 stream of one block: the `bits` of `data` from `first_bit` on."""
    number = int.from_bytes(data, "big") >> (len(data) * 8 - first_bit - bits)
    number &= (1 << bits) - 1
    crc = number >> (bits - 80) & 0xFFFFFFFF  # a stream's CRC is that of its only block
    padding = -(bits + 80) % 8
    number = (number << 80 | _END << 32 | crc) << padding
    return b"BZh9" + number.to_bytes((bits + 80 + padding) // 8, "big")


def _whole_bytes(magic: int, shift: int) -> bytes:
    """The bytes that `magic` fills when it begins at bit `shift` of the byte before them."""
    if not shift:
        return magic.to_bytes(6, "big")
    return (magic << (8 - shift)).to_bytes(7, "big")[1:6]


_KEYS = {
    _whole_bytes(magic, shift): (magic, shift) for magic in (_BLOCK, _END) for shift in range(8)
}
_ANY_KEY = re.compile(b"|".join(map(re.escape, _KEYS)))


def _find_marker(window: bytearray, bit: int) -> tuple[int, int] | None:
    """The first marker that begins at or behind `bit` and lies wholly in `window`."""
    at = bit // 8
    while match := _ANY_KEY.search(window, at):
        magic, shift = _KEYS[match[0]]
        begin = match.start() * 8 - (8 - shift if shift else 0)
        if begin >= bit and _bits(window, begin) == magic:
            return begin, magic
        at = match.start() + 1
    return None


def _bits(window: bytearray, bit: int) -> int | None:
    """The 48 bits from `bit` on; None if the window ends before."""
    first, last = bit // 8, -(-(bit + 48) // 8)
    if bit < 0 or last > len(window):
        return None
    return int.from_bytes(window[first:last], "big") >> (last * 8 - bit - 48) & (1 << 48) - 1
