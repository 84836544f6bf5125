"""What crosses between Hadoop and a command of Streaming, byte for byte.

Source: the classes of org.apache.hadoop.streaming.io of Hadoop 3.4, TypedBytesWritableOutput, and
TextOutputFormat.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal, TypeAlias, cast

from hadoopjobs.core.errors import TaskError, UsageError
from hadoopjobs.core.streaming import Encoding, split_key
from hadoopjobs.core.typed_bytes import TypedBytesReader
from hadoopjobs.core.typed_text import java_text
from hadoopjobs.core.writable import sized

Kind: TypeAlias = Literal["long", "text", "typed", "bytes", "null"]
"""The Java class of a key or value: LongWritable, Text, TypedBytesWritable, BytesWritable,
NullWritable. A long is an int here, the others are their content."""

KINDS: dict[Encoding, tuple[Kind, Kind]] = {
    "text": ("text", "text"),
    "typedbytes": ("typed", "typed"),
    "rawbytes": ("bytes", "bytes"),
    "keyonlytext": ("text", "null"),
}
"""The classes of what is read in an encoding."""

Pair: TypeAlias = tuple[bytes, bytes]
Write: TypeAlias = Callable[[Any], bytes]


@dataclass(frozen=True)
class Wire:
    """How a command is fed and read. `skips_key`: it sees values only."""

    reads: Encoding = "text"
    writes: Encoding = "text"
    input_separator: bytes = b"\t"
    output_separator: bytes = b"\t"
    key_fields: int = 1
    skips_key: bool = False


def fed(wire: Wire, kinds: tuple[Kind, Kind], pairs: Iterable[tuple[Any, Any]]) -> Iterator[bytes]:
    """What the command reads; a piece for each pair."""
    key, value = (_writer(wire.reads, kind) for kind in kinds)
    if wire.reads == "keyonlytext":
        return (key(k) + b"\n" for k, _ in pairs)
    if wire.reads != "text":
        return (key(k) + value(v) for k, v in pairs)
    if wire.skips_key:
        return (value(v) + b"\n" for _, v in pairs)
    separator = wire.input_separator
    return (b"%b%b%b\n" % (key(k), separator, value(v)) for k, v in pairs)


def _writer(encoding: Encoding, kind: Kind) -> Write:
    if encoding in ("text", "keyonlytext"):
        return _as_text if kind == "long" else _same
    found = _WRITERS[encoding].get(kind)
    if found is None:
        raise UsageError(f"{encoding} cannot follow on keyonlytext: it has no values")
    return found


def _same(data: bytes) -> bytes:
    return data


def _as_text(number: int) -> bytes:
    return b"%d" % number


def _typed_text(data: bytes) -> bytes:
    """Java decodes and encodes again."""
    data = data.decode("utf-8", "replace").encode()
    return struct.pack(">bi", 7, len(data)) + data


def _raw(data: bytes) -> bytes:
    return struct.pack(">i", len(data)) + data


def _raw_text(data: bytes) -> bytes:
    """The serialised form of a Text: its length in one to five bytes, then itself."""
    return _raw(sized(data))


_WRITERS: dict[Encoding, dict[Kind, Write]] = {
    "typedbytes": {
        "long": lambda number: struct.pack(">bq", 4, number),
        "text": _typed_text,
        "typed": _same,
        "bytes": lambda data: b"\x00" + _raw(data),
    },
    "rawbytes": {
        "long": lambda number: struct.pack(">iq", 8, number),
        "text": _raw_text,
        "typed": _raw,
        "bytes": _raw,
        "null": lambda _: struct.pack(">i", 0),
    },
}


def told(wire: Wire, pieces: Iterator[bytes]) -> Iterator[Pair]:
    """The pairs in what the command prints. Raises `TaskError` for bytes that are none."""
    if wire.writes == "text":
        separator, fields = wire.output_separator, wire.key_fields
        return (split_key(line, separator, fields) for line in lines_in(pieces))
    if wire.writes == "keyonlytext":
        return ((line, b"") for line in lines_in(pieces))
    stream = cast("BinaryIO", io.BufferedReader(_Pieces(pieces), 1 << 16))
    read = TypedBytesReader(stream).raw_pairs if wire.writes == "typedbytes" else _raw_pairs(stream)
    return _checked(read(), wire.writes)


def _checked(pairs: Iterator[Pair], encoding: Encoding) -> Iterator[Pair]:
    try:
        yield from pairs
    except ValueError as error:
        raise TaskError(f"the command's output is not {encoding}: {error}") from error


def _raw_pairs(stream: BinaryIO) -> Callable[[], Iterator[Pair]]:
    def one(head: bytes) -> bytes:
        length = struct.unpack(">i", head)[0] if len(head) == 4 else -1
        data = stream.read(length) if length >= 0 else b""
        if len(data) != length:
            raise ValueError("it ends within a record")
        return data

    def pairs() -> Iterator[Pair]:
        while head := stream.read(4):
            yield one(head), one(stream.read(4))

    return pairs


class _Pieces(io.RawIOBase):
    """A stream over pieces as they come."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._held:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._held = piece
        size = min(len(buffer), len(self._held))
        buffer[:size] = self._held[:size]
        self._held = self._held[size:]
        return size


def lines_in(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their ends, by Hadoop's LineReader: at \\n, at \\r\\n, and at \\r.

    >>> list(lines_in([b"a\\r", b"\\nb\\rc", b"\\n\\nd"]))
    [b'a', b'b', b'c', b'', b'd']
    """
    rest = b""
    for piece in pieces:
        data, held = rest + piece, b""
        if b"\r" in data:
            if data.endswith(b"\r"):  # which may be half of an end
                data, held = data[:-1], b"\r"
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *whole, rest = (data + held).split(b"\n")
        yield from whole
    if rest:
        yield rest.removesuffix(b"\r")


def text_lines(kinds: tuple[Kind, Kind], separator: bytes) -> Callable[[Any, Any], bytes]:
    """What gives a pair as a line of TextOutputFormat, without its end."""
    key, value = (_SHOWN[kind] for kind in kinds)
    if kinds[1] == "null":
        return lambda k, _: key(k)
    return lambda k, v: b"%b%b%b" % (key(k), separator, value(v))


_SHOWN: dict[Kind, Write] = {
    "long": _as_text,
    "text": _same,
    "typed": lambda data: java_text(data).encode("utf-8", "surrogateescape"),
    "bytes": lambda data: data.hex(" ").encode(),
    "null": lambda _: b"",
}
