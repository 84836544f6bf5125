"""Where the parts of an ORC file lie, which its tail says and Arrow does not.

Source: ORC specification v1, "File Tail", with its `orc_proto.proto` for the numbers of the
fields; Protocol Buffers, "Encoding".
"""

from __future__ import annotations

from collections.abc import Iterator

_FILE_TAIL_FOOTER = 2
_POSTSCRIPT_FOOTER_LENGTH = 1
_FOOTER_STRIPES = 3
_STRIPE_OFFSET = 1

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIXED_BYTES = {_FIXED64: 8, _FIXED32: 4}


def stripe_starts(tail: bytes) -> list[int]:
    """The offset of each stripe, in the order of the footer; `tail` is a FileTail message.

    Raises `ValueError` where it is none.
    """
    footers = (value for number, value in _fields(tail) if number == _FILE_TAIL_FOOTER)
    footer = next((value for value in footers if isinstance(value, bytes)), b"")
    return [
        _number(value, _STRIPE_OFFSET) or 0
        for number, value in _fields(footer)
        if number == _FOOTER_STRIPES and isinstance(value, bytes)
    ]


def footer_length(postscript: bytes) -> int | None:
    """The length in bytes of the footer before `postscript`; None if it does not say one."""
    try:
        return _number(postscript, _POSTSCRIPT_FOOTER_LENGTH)
    except ValueError:
        return None


def _number(message: bytes, wanted: int) -> int | None:
    numbers = (value for number, value in _fields(message) if number == wanted)
    return next((value for value in numbers if isinstance(value, int)), None)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message by their numbers: numbers, or bytes of what else there is.

    >>> list(_fields(bytes([0x08, 0x96, 0x01, 0x12, 0x02, 0x68, 0x69])))
    [(1, 150), (2, b'hi')]
    """
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield tag >> 3, value
            continue
        if kind == _BYTES:
            size, at = _varint(message, at)
        elif kind in _FIXED_BYTES:
            size = _FIXED_BYTES[kind]
        else:
            raise ValueError(f"no field of a message has the wire type {kind}")
        if at + size > len(message):
            raise ValueError("the message ends within a field")
        yield tag >> 3, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """The number at `at`, seven bits a byte, the lowest first, and where it ends."""
    number = shift = 0
    while at < len(message):
        byte = message[at]
        number |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return number, at
    raise ValueError("the message ends within a number")
