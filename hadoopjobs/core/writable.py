"""The few of Hadoop's Writables that job files and tokens are made of.

Source: Hadoop's WritableUtils.writeVLong and org.apache.hadoop.io.Text.
"""

from __future__ import annotations


def vlong(number: int) -> bytes:
    """A whole number in one to nine bytes.

    >>> vlong(127).hex(), vlong(128).hex(), vlong(-113).hex()
    ('7f', '8f80', '8770')
    """
    if -112 <= number <= 127:
        return number.to_bytes(1, "big", signed=True)
    magnitude, tag = (number, -112) if number >= 0 else (~number, -120)
    size = (magnitude.bit_length() + 7) // 8
    return (tag - size).to_bytes(1, "big", signed=True) + magnitude.to_bytes(size, "big")


def text(string: str) -> bytes:
    """UTF-8 behind its length in bytes.

    >>> text("é")
    b'\\x02\\xc3\\xa9'
    """
    data = string.encode()
    return vlong(len(data)) + data


def sized(data: bytes) -> bytes:
    """Bytes behind their length."""
    return vlong(len(data)) + data


def read_sized(data: bytes, at: int) -> tuple[bytes, int]:
    """What `sized` or `text` wrote at `at`, and the place behind it. Raises `ValueError`."""
    size, begin = read_vlong(data, at)
    if size < 0 or begin + size > len(data):
        raise ValueError("it ends too early")
    return data[begin : begin + size], begin + size


def read_vlong(data: bytes, at: int) -> tuple[int, int]:
    """What `vlong` wrote at `at`, and the place behind it. Raises `ValueError`."""
    if at >= len(data):
        raise ValueError("it ends too early")
    first = int.from_bytes(data[at : at + 1], "big", signed=True)
    if first >= -112:
        return first, at + 1
    size = -112 - first if first >= -120 else -120 - first
    magnitude = int.from_bytes(data[at + 1 : at + 1 + size], "big")
    return magnitude if first >= -120 else ~magnitude, at + 1 + size
