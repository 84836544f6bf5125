"""The few of Hadoop's Writables of which all others are made: whole numbers, texts, bytes.

Source: Hadoop's WritableUtils.writeVLong and org.apache.hadoop.io.Text.
"""

from __future__ import annotations

import struct


def vlong(number: int) -> bytes:
    """A whole number in one to nine bytes. Raises `OverflowError` for one of over 64 bits.

    >>> vlong(127).hex(), vlong(128).hex(), vlong(-113).hex()
    ('7f', '8f80', '8770')
    """
    if -112 <= number <= 127:
        return struct.pack("b", number)
    magnitude = ~number if number < 0 else number
    size = (magnitude.bit_length() + 7) // 8
    if size > 8:
        raise OverflowError("more than 64 bits")
    first = (-120 if number < 0 else -112) - size
    return struct.pack("b", first) + magnitude.to_bytes(size, "big")


def read_vlong(data: bytes, at: int) -> tuple[int, int]:
    """The number at `at` and the place behind it. Raises `ValueError` if `data` ends within it."""
    if at >= len(data) or at + vlong_size(data[at]) > len(data):
        raise ValueError("the data end within a number")
    first, end = data[at], at + vlong_size(data[at])
    if end == at + 1:
        return (first if first < 128 else first - 256), end
    magnitude = int.from_bytes(data[at + 1 : end], "big")
    return (~magnitude if first < 136 else magnitude), end


def vlong_size(first: int) -> int:
    """How many bytes a number takes whose first byte is `first`."""
    if first < 128 or first >= 144:
        return 1
    return 137 - first if first < 136 else 145 - first


def text(string: str) -> bytes:
    """UTF-8 behind its length in bytes.

    >>> text("é")
    b'\\x02\\xc3\\xa9'
    """
    return sized(string.encode())


def sized(data: bytes) -> bytes:
    """Bytes behind their length."""
    return vlong(len(data)) + data


def read_sized(data: bytes, at: int) -> tuple[bytes, int]:
    """What `sized` or `text` wrote at `at`, and the place behind it. Raises `ValueError`."""
    size, at = read_vlong(data, at)
    return take(data, at, size)


def take(data: bytes, at: int, count: int) -> tuple[bytes, int]:
    """The `count` bytes at `at`, and the place behind them. Raises `ValueError` if they are not all
    there."""
    if not 0 <= count <= len(data) - at:
        raise ValueError(
            f"it ends too early: {count} bytes are said to follow, and {len(data) - at} do"
        )
    return data[at : at + count], at + count
