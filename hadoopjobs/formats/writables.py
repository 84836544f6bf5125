"""Hadoop's Writables: the classes that the keys and values of sequence files are written in.

Source: Hadoop, package org.apache.hadoop.io, method `write` of each class.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hadoopjobs.core.errors import CodecError
from hadoopjobs.core.text import text_bytes
from hadoopjobs.core.typed_bytes import decode_typed, encode_typed
from hadoopjobs.core.writable import read_sized, read_vlong, sized, take, vlong

Read = Callable[[bytes, int], tuple[Any, int]]
"""From bytes and a place in them to the value there and the place behind it."""


@dataclass(frozen=True)
class Writable:
    """How one class is read and written; `types` are the Python types that it takes."""

    class_name: str
    types: tuple[type, ...]
    read: Read
    write: Callable[[Any], bytes]
    read_all: Callable[[list[bytes]], list[Any] | None] | None = None

    def decode(self, data: bytes) -> Any:
        """The value that is exactly `data`. Raises `ValueError` if there is none."""
        try:
            value, end = self.read(data, 0)
        except (struct.error, IndexError, RecursionError):
            raise ValueError(f"{len(data)} bytes are no {self.short_name}") from None
        if end != len(data):
            raise ValueError(f"{len(data)} bytes are no {self.short_name}")
        return value

    def decode_all(self, items: list[bytes]) -> list[Any]:
        """`decode` of each."""
        values = self.read_all(items) if self.read_all else None
        return list(map(self.decode, items)) if values is None else values

    def encode(self, value: Any) -> bytes:
        """Raises `CodecError` if `value` is not of `types`, exactly, or too large."""
        if type(value) not in self.types:
            raise CodecError(
                f"a {self.short_name} cannot hold a {type(value).__name__}: the keys, and the "
                "values, of a sequence file are all of one class, which the first record or the "
                "options key_class and value_class choose"
            )
        try:
            return self.write(value)
        except (struct.error, OverflowError) as error:
            raise CodecError(f"a {self.short_name} cannot hold so large a number") from error

    @property
    def short_name(self) -> str:
        return self.class_name.rpartition(".")[2]


def read_text(data: bytes, at: int) -> tuple[str, int]:
    """A Text: its length in bytes as VInt, then UTF-8."""
    raw, at = read_sized(data, at)
    return raw.decode("utf-8", "surrogateescape"), at


def write_text(value: str) -> bytes:
    return sized(text_bytes(value))


def _read_short_texts(items: list[bytes]) -> list[Any] | None:
    """Texts that are all shorter than 128 bytes, the usual case; None if one is not."""
    if any(not item or item[0] != len(item) - 1 or item[0] > 127 for item in items):
        return None
    return [item[1:].decode("utf-8", "surrogateescape") for item in items]


def _read_bytes(data: bytes, at: int) -> tuple[bytes, int]:
    length, at = struct.unpack_from(">i", data, at)[0], at + 4
    return take(data, at, length)


def _write_bytes(value: bytes) -> bytes:
    return struct.pack(">i", len(value)) + value


def _fixed(class_name: str, type_: type, form: str) -> Writable:
    """A class whose objects are one number of a fixed size."""
    packed = struct.Struct(">" + form)

    def read(data: bytes, at: int) -> tuple[Any, int]:
        return packed.unpack_from(data, at)[0], at + packed.size

    def read_all(items: list[bytes]) -> list[Any] | None:
        if set(map(len, items)) != {packed.size}:
            return None
        return list(struct.unpack(f">{len(items)}{form}", b"".join(items)))

    return Writable(class_name, (type_,), read, packed.pack, read_all)


def _read_boolean(data: bytes, at: int) -> tuple[bool, int]:
    return data[at] != 0, at + 1


def _read_typed(data: bytes, at: int) -> tuple[Any, int]:
    raw, at = _read_bytes(data, at)
    return decode_typed(raw), at


def _write_vint(value: int) -> bytes:
    struct.pack(">i", value)  # refuses what is larger
    return vlong(value)


_IO = "org.apache.hadoop.io."
_TYPED_BYTES = "org.apache.hadoop.typedbytes.TypedBytesWritable"
_ANY = (str, bytes, bytearray, bool, int, float, list, tuple, dict)

_SCALARS = [
    Writable(_IO + "Text", (str,), read_text, write_text, _read_short_texts),
    Writable(_IO + "BytesWritable", (bytes, bytearray), _read_bytes, _write_bytes),
    Writable(_IO + "NullWritable", (type(None),), lambda data, at: (None, at), lambda value: b""),
    Writable(_IO + "BooleanWritable", (bool,), _read_boolean, lambda value: bytes([value])),
    Writable(_IO + "VIntWritable", (int,), read_vlong, _write_vint),
    Writable(_IO + "VLongWritable", (int,), read_vlong, vlong),
    _fixed(_IO + "ByteWritable", int, "b"),
    _fixed(_IO + "ShortWritable", int, "h"),
    _fixed(_IO + "IntWritable", int, "i"),
    _fixed(_IO + "LongWritable", int, "q"),
    _fixed(_IO + "FloatWritable", float, "f"),
    _fixed(_IO + "DoubleWritable", float, "d"),
    Writable(_TYPED_BYTES, _ANY, _read_typed, lambda value: _write_bytes(encode_typed(value))),
]


# MapWritable: the classes of its items by number, those that every map knows left out

_MAP_CLASSES = {
    -126: "BooleanWritable",
    -125: "BytesWritable",
    -124: "FloatWritable",
    -123: "IntWritable",
    -122: "LongWritable",
    -121: "MapWritable",
    -119: "NullWritable",
    -117: "SortedMapWritable",
    -116: "Text",
    -114: "VIntWritable",
    -113: "VLongWritable",
}


def _read_map(data: bytes, at: int) -> tuple[dict[Any, Any], int]:
    classes = {number: _IO + name for number, name in _MAP_CLASSES.items()}
    count, at = data[at], at + 1
    for _ in range(count):
        number, length = struct.unpack_from(">bH", data, at)
        name, at = take(data, at + 3, length)
        classes[number] = name.decode("utf-8", "replace")
    size, at = struct.unpack_from(">i", data, at)[0], at + 4
    pairs = []
    for _ in range(size):
        key, at = _read_item(data, at, classes)
        value, at = _read_item(data, at, classes)
        pairs.append((key, value))
    try:
        return dict(pairs), at
    except TypeError as error:
        raise ValueError(f"a map's key cannot be a key: {error}") from error


def _read_item(data: bytes, at: int, classes: dict[int, str]) -> tuple[Any, int]:
    number = struct.unpack_from(">b", data, at)[0]
    if number not in classes:
        raise ValueError(f"a map holds an item of the unknown class number {number}")
    return writable_named(classes[number]).read(data, at + 1)


def _write_map(value: dict[Any, Any]) -> bytes:
    """Only with classes that every map knows, except DoubleWritable, which is number 1."""
    name = (_IO + "DoubleWritable").encode()
    head = struct.pack(">bbH", 1, 1, len(name)) + name + struct.pack(">i", len(value))
    items = (_write_item(item) for pair in value.items() for item in pair)
    return head + b"".join(items)


def _write_item(item: Any) -> bytes:
    writable = writable_for(item)
    number = next((n for n, name in _MAP_CLASSES.items() if name == writable.short_name), 1)
    return struct.pack("b", number) + writable.encode(item)


_MAPS = [
    Writable(_IO + "MapWritable", (dict,), _read_map, _write_map),
    Writable(_IO + "SortedMapWritable", (dict,), _read_map, _write_map),
]

_BY_NAME = {writable.class_name: writable for writable in (*_SCALARS, *_MAPS)}
_BY_SHORT_NAME = {writable.short_name: writable for writable in _BY_NAME.values()}
_BY_TYPE = {
    str: "Text",
    bytes: "BytesWritable",
    bytearray: "BytesWritable",
    bool: "BooleanWritable",
    int: "LongWritable",
    float: "DoubleWritable",
    dict: "MapWritable",
    type(None): "NullWritable",
}


def writable_named(class_name: str) -> Writable:
    """The Writable of Java class `class_name`; its last part is enough.

    Raises `CodecError` for a class that we do not know.
    """
    found = _BY_NAME.get(class_name) or _BY_SHORT_NAME.get(class_name)
    if found is None:
        known = ", ".join(sorted(_BY_SHORT_NAME))
        raise CodecError(f"the Writable class {class_name!r} is not supported: we know {known}")
    return found


def writable_for(value: Any) -> Writable:
    """The Writable that objects like `value` are written in if nobody says.

    Raises `CodecError` for a type that has none.
    """
    name = _BY_TYPE.get(type(value))
    if name is None:
        raise CodecError(
            f"no Writable is the natural one for a {type(value).__name__}: "
            "choose with options key_class and value_class, as in TypedBytesWritable"
        )
    return _BY_SHORT_NAME[name]
