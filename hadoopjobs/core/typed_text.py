"""Typed bytes as the text that Java's `toString` makes of them, which is what text formats write.

Source: TypedBytesWritable.toString, org.apache.hadoop.record.Buffer.toString, Double.toString.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Callable, Iterable

from hadoopjobs.core.typed_bytes import TypedBytesReader, decode_typed

_PLAIN_FROM, _PLAIN_BELOW = 1e-3, 1e7


def java_text(raw: bytes) -> str:
    """The text of one value.

    >>> java_text(b"\\x06" + struct.pack(">d", 1e10)), java_text(b"\\x00\\x00\\x00\\x00\\x02a\\xff")
    ('1.0E10', '61ff')
    """
    code, body = raw[0], raw[1:]
    if code == 5:
        return _float_text(struct.unpack(">f", body)[0], _shortest_of_float)
    if code == 6:
        return _float_text(struct.unpack(">d", body)[0], repr)
    if code == 0 or 50 <= code <= 200:
        return body[4:].hex()
    if code == 2:
        return "true" if body != b"\x00" else "false"
    if code == 8:
        return f"[{', '.join(_items(body[4:]))}]"
    if code == 9:
        return f"[{', '.join(_items(body[:-1]))}]"
    if code == 10:
        return f"{{{', '.join(_entries(body[4:]))}}}"
    return str(decode_typed(raw))


def _items(body: bytes) -> Iterable[str]:
    return map(java_text, _values(body))


def _values(body: bytes) -> Iterable[bytes]:
    reader = TypedBytesReader(io.BytesIO(body))
    while (raw := reader.raw()) is not None:
        yield raw


def _entries(body: bytes) -> Iterable[str]:
    """Java keeps a map sorted by its keys."""
    raw = list(_values(body))
    entries = dict(zip(raw[::2], raw[1::2], strict=True))
    for key in sorted(entries, key=decode_typed):
        yield f"{java_text(key)}={java_text(entries[key])}"


def _shortest_of_float(value: float) -> str:
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        if struct.pack(">f", float(text)) == struct.pack(">f", value):
            break
    return repr(float(text))


def _float_text(value: float, shortest: Callable[[float], str]) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    digits, exponent = _decimal(shortest(value))
    sign = "-" if math.copysign(1, value) < 0 else ""
    if value == 0 or _PLAIN_FROM <= abs(value) < _PLAIN_BELOW:
        return sign + _plain(digits, exponent)
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{exponent}"


def _decimal(text: str) -> tuple[str, int]:
    """Significant digits, and the exponent of the first of them."""
    mantissa, _, power = text.lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    exponent = len(whole) - 1 + int(power or 0) - (len(whole + fraction) - len(digits))
    return digits.rstrip("0") or "0", exponent


def _plain(digits: str, exponent: int) -> str:
    if digits == "0":
        return "0.0"
    if exponent < 0:
        return f"0.{'0' * (-exponent - 1)}{digits}"
    padded = digits.ljust(exponent + 1, "0")
    return f"{padded[: exponent + 1]}.{padded[exponent + 1 :] or '0'}"
