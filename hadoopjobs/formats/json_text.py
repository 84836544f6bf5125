"""Python values as JSON text and back: the text that output files of pairs hold.

Compact, non-ASCII characters as they are, so one value always has one text. Beyond JSON's own
types: tuple, set and frozenset are arrays (a set's sorted), bytes are text by `surrogateescape`,
Decimal, date, time, datetime and UUID are strings, a timedelta its seconds, NaN and the infinities
what Python's `json` writes; a key of a dict that is not text becomes its JSON text. Integers are
written and read in full, however long.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from functools import singledispatch
from itertools import repeat
from json.encoder import encode_basestring
from math import isfinite
from typing import Any
from uuid import UUID

from hadoopjobs.core.errors import CodecError

_SURROGATES = re.compile("[\ud800-\udfff]")
_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def encode_json(value: Any) -> str:
    """The JSON text of `value`, on one line.

    Raises `CodecError` for a value of a class that has none, and for one that contains itself.

    >>> encode_json({"né": [1, 2.0, None, True], 3: (b"x", {2, 1})})
    '{"né":[1,2.0,null,true],"3":["x",[1,2]]}'
    """
    try:
        return _encode(value)
    except (TypeError, ValueError, RecursionError):  # keys that json refuses, or a very long int
        pass
    try:
        return _text(value)
    except RecursionError as error:
        raise CodecError(
            f"cannot write a {type(value).__name__} as JSON: "
            "it contains itself, or is nested too deep"
        ) from error


def encode_json_column(values: list[Any]) -> list[str]:
    """The JSON texts of `values`; the same as `encode_json` of each, but fast for equal types."""
    classes = set(map(type, values))
    encode = _COLUMN_ENCODERS.get(classes.pop()) if len(classes) == 1 else None
    return [encode_json(value) for value in values] if encode is None else encode(values)


def json_bytes(text: str) -> bytes:
    """JSON text as UTF-8; a lone surrogate, which UTF-8 cannot hold, as its \\uXXXX escape."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub(lambda match: f"\\u{ord(match[0]):04x}", text).encode()


def decode_json(text: str) -> Any:
    """The value of JSON `text`, as `json.loads`, NaN and integers of any length included.

    Raises `ValueError` if `text` is not exactly one JSON value.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # an integer beyond sys.get_int_max_str_digits()
        return json.loads(text, parse_int=_parse_int)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def decode_json_lines(lines: list[str]) -> list[Any]:
    """The value of each line. Raises `ValueError` if one is not exactly one JSON value."""
    from msgspec import MsgspecError
    from msgspec.json import Decoder

    decode = Decoder().decode
    try:
        return list(map(decode, lines))
    except (MsgspecError, UnicodeError, RecursionError):
        pass  # a surrogate, NaN, 1e400: things that msgspec refuses and json reads; or a fault
    return list(map(decode_json, lines))


def _plain_object(value: Any) -> Any:
    """`value` as json's own types, for a class that json does not know."""
    return _plain(value)


_encode: Callable[[Any], str] = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), default=_plain_object
).encode


@singledispatch
def _plain(value: Any) -> Any:
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        return value.item()
    raise CodecError(
        f"cannot write a {type(value).__module__}.{type(value).__qualname__} as JSON: "
        "turn it into numbers, text, lists or dicts first"
    )


@_plain.register(bytes)
@_plain.register(bytearray)
@_plain.register(memoryview)
def _(value: bytes | bytearray | memoryview) -> str:
    return bytes(value).decode("utf-8", "surrogateescape")


@_plain.register(set)
@_plain.register(frozenset)
def _(value: set[Any] | frozenset[Any]) -> list[Any]:
    kinds = set(map(type, value))
    if kinds == {str}:
        return sorted(value)
    if kinds <= {int, float, bool}:
        return sorted(value, key=lambda number: (number != number, number))  # NaN last
    return sorted(value, key=encode_json)


@_plain.register(Decimal)
@_plain.register(UUID)
def _(value: Decimal | UUID) -> str:
    return str(value)


@_plain.register(date)
@_plain.register(time)
def _(value: date | time) -> str:
    return value.isoformat()


@_plain.register(timedelta)
def _(value: timedelta) -> float:
    return value.total_seconds()


# The same text written in Python, for what the encoder in C refuses.


@singledispatch
def _text(value: Any) -> str:
    return _text(_plain(value))


@_text.register(type(None))
def _(value: None) -> str:
    return "null"


@_text.register(bool)
def _(value: bool) -> str:
    return "true" if value else "false"


@_text.register(int)
def _(value: int) -> str:
    try:
        return int.__repr__(value)
    except ValueError:  # beyond sys.get_int_max_str_digits(), a limit that Decimal does not have
        return str(Decimal(value))


@_text.register(float)
def _(value: float) -> str:
    text = float.__repr__(value)
    return _NOT_FINITE.get(text, text)


@_text.register(str)
def _(value: str) -> str:
    return encode_basestring(value)


@_text.register(list)
@_text.register(tuple)
def _(value: list[Any] | tuple[Any, ...]) -> str:
    return f"[{','.join(map(_text, value))}]"


@_text.register(dict)
def _(value: dict[Any, Any]) -> str:
    return "{" + ",".join(f"{_key_text(key)}:{_text(item)}" for key, item in value.items()) + "}"


def _key_text(key: Any) -> str:
    if not isinstance(key, str | int | float | list | tuple | dict | None):
        key = _plain(key)
    return encode_basestring(key if isinstance(key, str) else _text(key))


def _parse_int(digits: str) -> int:
    return int(Decimal(digits))


def _encode_ints(values: list[Any]) -> list[str]:
    try:
        return list(map(repr, values))
    except ValueError:
        return list(map(_text, values))


def _encode_floats(values: list[Any]) -> list[str]:
    if all(map(isfinite, values)):
        return list(map(repr, values))
    return list(map(_text, values))


_COLUMN_ENCODERS: dict[type, Callable[[list[Any]], list[str]]] = {
    str: lambda values: list(map(encode_basestring, values)),
    int: _encode_ints,
    float: _encode_floats,
    bool: lambda values: ["true" if value else "false" for value in values],
    type(None): lambda values: list(repeat("null", len(values))),
}
