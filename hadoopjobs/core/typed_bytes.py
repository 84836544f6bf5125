"""Typed bytes: Hadoop Streaming's binary form of values.

Decoding gives Python objects, which have fewer types: who must give back exactly what came (a byte
and not an int) takes it raw.

Source: javadoc of package org.apache.hadoop.typedbytes and its TypedBytesInput.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from functools import singledispatch
from typing import Any, BinaryIO

from hadoopjobs.core.errors import CodecError
from hadoopjobs.core.text import text_bytes
from hadoopjobs.core.writable import take

_LIST_END = 255
_FIXED = {1: ">b", 3: ">i", 4: ">q", 5: ">f", 6: ">d"}
_SIZES = {1: 1, 2: 1, 3: 4, 4: 8, 5: 4, 6: 8}
_MARKER = bytes([_LIST_END])
_DEEPEST = 200


def decode_typed(data: bytes) -> Any:
    """The one value that `data` holds. A vector becomes a tuple, a list a list.

    Raises `ValueError` if `data` is not exactly one value.
    """
    value, end = _read(data, 0, 0)
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes are left behind the value")
    return value


def encode_typed(value: Any) -> bytes:
    """`value` as typed bytes; tuples as vectors. Raises `CodecError` for what has no form there.

    >>> decode_typed(encode_typed({"a": [1, 2.5, (None,)][:2], b"b": True}))
    {'a': [1, 2.5], b'b': True}
    """
    return _encode(value)


def _read(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    if at >= len(data):
        raise ValueError("it ends within a value")
    if depth > _DEEPEST:
        raise ValueError("it is nested too deep")
    code, at = data[at], at + 1
    if code in _FIXED:
        return _read_fixed(data, at, _FIXED[code])
    if code == 2:
        value, at = _read_fixed(data, at, ">b")
        return value != 0, at
    if code == 7:
        text, at = _read_bytes(data, at)
        return text.decode("utf-8", "surrogateescape"), at
    if code == 0 or 50 <= code <= 200:  # the latter are for applications: bytes to us
        return _read_bytes(data, at)
    if code in _CONTAINERS:
        return _CONTAINERS[code](data, at, depth + 1)
    raise ValueError(f"{code} is no type code")


def _read_fixed(data: bytes, at: int, form: str) -> tuple[Any, int]:
    size = struct.calcsize(form)
    if at + size > len(data):
        raise ValueError("it ends within a number")
    return struct.unpack_from(form, data, at)[0], at + size


def _read_bytes(data: bytes, at: int) -> tuple[bytes, int]:
    length, at = _read_fixed(data, at, ">i")
    return take(data, at, length)


def _read_items(data: bytes, at: int, depth: int, count: int) -> tuple[list[Any], int]:
    if not 0 <= count <= len(data) - at:
        raise ValueError(f"{count} items are said to follow in {len(data) - at} bytes")
    items = []
    for _ in range(count):
        item, at = _read(data, at, depth)
        items.append(item)
    return items, at


def _read_vector(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    count, at = _read_fixed(data, at, ">i")
    items, at = _read_items(data, at, depth, count)
    return tuple(items), at


def _read_list(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    items = []
    while data[at : at + 1] != b"\xff":
        item, at = _read(data, at, depth)
        items.append(item)
    return items, at + 1


def _read_map(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    count, at = _read_fixed(data, at, ">i")
    items, at = _read_items(data, at, depth, 2 * count)
    try:
        return dict(zip(items[::2], items[1::2], strict=True)), at
    except TypeError as error:
        raise ValueError(f"a map's key cannot be a key: {error}") from error


_CONTAINERS: dict[int, Callable[[bytes, int, int], tuple[Any, int]]] = {
    8: _read_vector,
    9: _read_list,
    10: _read_map,
}


class TypedBytesReader:
    """Values one after the other from a stream; what lies behind the last is not read.

    >>> import io
    >>> list(TypedBytesReader(io.BytesIO(encode_typed("a") + encode_typed(1))).pairs())
    [('a', 1)]
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def raw(self) -> bytes | None:
        """The bytes of the next value, its code included; None at the end of the stream.

        Raises `ValueError` for what is no value.
        """
        code = self._stream.read(1)
        if not code:
            return None
        if code == _MARKER:
            raise ValueError("the end of a list stands where a value should begin")
        return self._rest(code, 0)

    def pairs(self) -> Iterator[tuple[Any, Any]]:
        """Keys and values, decoded."""
        for key, value in self.raw_pairs():
            yield decode_typed(key), decode_typed(value)

    def raw_pairs(self) -> Iterator[tuple[bytes, bytes]]:
        while (key := self.raw()) is not None:
            value = self.raw()
            if value is None:
                raise ValueError("a key has no value behind it")
            yield key, value

    def _rest(self, code: bytes, depth: int) -> bytes:
        if depth > _DEEPEST:
            raise ValueError("it is nested too deep")
        kind = code[0]
        if kind in _SIZES:
            return code + self._exactly(_SIZES[kind])
        if kind in (0, 7) or 50 <= kind <= 200:
            head = self._exactly(4)
            return code + head + self._exactly(_length(head))
        if kind == 9:
            return code + b"".join(self._until_marker(depth)) + _MARKER
        if kind in (8, 10):
            head = self._exactly(4)
            count = _length(head) * (2 if kind == 10 else 1)
            items = [self._rest(self._exactly(1), depth + 1) for _ in range(count)]
            return code + head + b"".join(items)
        raise ValueError(f"{kind} is no type code")

    def _until_marker(self, depth: int) -> Iterator[bytes]:
        while (code := self._exactly(1)) != _MARKER:
            yield self._rest(code, depth + 1)

    def _exactly(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) != size:
            raise ValueError("it ends within a value")
        return data


def _length(head: bytes) -> int:
    length = int.from_bytes(head, "big", signed=True)
    if length < 0:
        raise ValueError(f"a length is {length}")
    return length


@singledispatch
def _encode(value: Any) -> bytes:
    raise CodecError(f"a {type(value).__module__}.{type(value).__qualname__} has no typed bytes")


@_encode.register(bytes)
@_encode.register(bytearray)
def _(value: bytes | bytearray) -> bytes:
    return struct.pack(">bi", 0, len(value)) + value


@_encode.register(str)
def _(value: str) -> bytes:
    data = text_bytes(value)
    return struct.pack(">bi", 7, len(data)) + data


@_encode.register(bool)
def _(value: bool) -> bytes:
    return b"\x02\x01" if value else b"\x02\x00"


@_encode.register(int)
def _(value: int) -> bytes:
    if -(2**31) <= value < 2**31:
        return struct.pack(">bi", 3, value)
    if -(2**63) <= value < 2**63:
        return struct.pack(">bq", 4, value)
    raise CodecError("an integer of more than 64 bits has no typed bytes")


@_encode.register(float)
def _(value: float) -> bytes:
    return struct.pack(">bd", 6, value)


@_encode.register(tuple)
def _(value: tuple[Any, ...]) -> bytes:
    return struct.pack(">bi", 8, len(value)) + b"".join(map(_encode, value))


@_encode.register(list)
def _(value: list[Any]) -> bytes:
    return b"\x09" + b"".join(map(_encode, value)) + b"\xff"


@_encode.register(dict)
def _(value: dict[Any, Any]) -> bytes:
    return struct.pack(">bi", 10, len(value)) + b"".join(map(_encode, _alternating(value)))


def _alternating(value: dict[Any, Any]) -> Iterator[Any]:
    for key, item in value.items():
        yield key
        yield item
