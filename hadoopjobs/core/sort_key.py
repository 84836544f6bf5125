"""The one definition of key order and key equality, as bytes.

Two keys are one group exactly if their bytes are equal, and keys come in the order of their
bytes, in every runner. How keys travel is `codec`'s; how they are partitioned, the runtime's.

The order of the classes, each before the next:

    None < bool < number < bytes < str < tuple < list < dict < set < date < datetime < time
    < timedelta < UUID

- A bool is no number: True and 1 are two keys.
- int, float, Decimal and Fraction compare by exact value: 1, 1.0 and Decimal("1.00") are one key,
  0.1 and Decimal("0.1") are two, -0.0 is 0. -inf is the first number, then come the finite ones,
  inf, and last NaN, of which there is one.
- bytes and bytearray compare by bytes, str by code points, which is the order of its UTF-8.
- Tuples and lists compare element by element, the shorter first when it is a prefix. A dict
  compares as the sorted list of its items, a set or frozenset as the sorted list of its elements.
- Among datetimes and among times the naive come first, by what their clock shows; the aware
  follow, by the instant in UTC, so one instant in two zones is one key.
- An instance of a subclass of these (IntEnum, a named tuple, Counter) counts as its base class.
  Subclasses of date, datetime, time, timedelta and UUID are refused: they may know more than
  their base shows, as nanoseconds. A NumPy bool, integer or float counts as its `item()`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import repeat
from math import floor, inf, log10, nextafter
from operator import neg
from struct import Struct
from uuid import UUID

from hadoopjobs.core.errors import UnsortableKeyError
from hadoopjobs.core.pairs import Key

# An encoding is a tag and what makes the value. Inside a container nothing sorts before _END and
# no tag after _TAIL, so a prefix sorts first and an exact double before one with a tail.
_END = b"\x00"
_NONE, _FALSE, _TRUE, _NUMBER, _NAN = b"\x10", b"\x20", b"\x21", b"\x30", b"\x31"
_BYTES, _STR, _TUPLE, _LIST, _DICT, _SET = b"\x40", b"P", b"\x60", b"\x68", b"\x70", b"\x78"
_DATE, _DATETIME, _TIME, _TIMEDELTA, _UUID = b"\x80", b"\x88", b"\x90", b"\x98", b"\xa0"
_TAIL = b"\xff"
_STOP = b"\x00\x01"  # ends a string inside a container, where b"\0" is written b"\0\xff"

_LARGEST_SAFE_INT = 2**53
_MICROSECOND = timedelta(microseconds=1)

_Encoder = Callable[[Key], bytes]
_double = Struct(">cd").pack
_bits = Struct(">cQ").pack
_signed_bits_of = Struct(">q").unpack
_pack_double = Struct(">d").pack
_clock = Struct(">c?Q").pack
_long_length = Struct(">BQ").pack


def encode(key: Key) -> bytes:
    r"""Encode `key` so that byte order is key order and equal bytes are equal keys.

    The module's docstring states the order. Numbers that a double holds take 9 bytes, strings a
    byte more than their UTF-8 has.

    Raises `UnsortableKeyError` for a class that has no place in the order.
    Source: the idea of memcomparable formats, as in MyRocks; the bytes are our own.

    >>> encode(2) < encode(10) < encode("1") < encode("10")
    True
    >>> encode(("a", 1)) == encode(("a", 1.0)), encode(1) == encode(True)
    (True, False)
    """
    try:
        encoder = _WHOLE.get(type(key))
        return encoder(key) if encoder is not None else _encoder(key, whole=True)(key)
    except RecursionError:
        raise UnsortableKeyError(_too_deep(key)) from None


def encode_all(keys: Sequence[Key]) -> list[bytes]:
    """Encode each of `keys`, as `encode` does; fast where all have one class.

    >>> encode_all([1, 2.5, "a"]) == [encode(1), encode(2.5), encode("a")]
    True
    """
    if not keys:
        return []
    types = set(map(type, keys))
    if len(types) == 1:
        only = types.pop()
        if only is str:
            return _encode_strings(keys) or [_encode_str(key) for key in keys]
        if only is bytes:
            return [_BYTES + key for key in keys]
        try:
            if (columns := _columns(only, keys)) is not None:
                return list(map(b"".join, zip(*columns, strict=False)))
        except RecursionError:
            raise UnsortableKeyError(_too_deep(keys[0])) from None
    return list(map(encode, keys))


def choose_representative(a: Key, b: Key) -> Key:
    """The one of two keys with equal bytes that stands for their group, whatever the order.

    An int is preferred to a Decimal, Fraction and float, an exact class to its subclass, a
    frozenset to a set; what remains is settled by how the values print.

    >>> choose_representative((1.0, "a"), (1, "a")), choose_representative(True, True)
    ((1, 'a'), True)
    """
    if a is b or (type(a) is type(b) and type(a) in _ALWAYS_ALIKE):
        return a
    return a if _rank(a) <= _rank(b) else b


# --- numbers ---------------------------------------------------------------------------------


def _encode_int(key: int) -> bytes:
    if 0 <= key <= _LARGEST_SAFE_INT:
        return _double(_NUMBER, -float(key))  # flipping the sign bit is what a positive one needs
    if -_LARGEST_SAFE_INT <= key < 0:
        return _encode_double(float(key))
    if key.bit_length() > 1023:
        return _encode_ratio(key, 1)
    double = float(key)  # what follows is `_encode_ratio` without its detours, for 64-bit hashes
    if (rest := key - int(double)) < 0:
        double = nextafter(double, -inf)
        rest = key - int(double)
    head = _encode_double(double)
    return head + _TAIL + _encode_term(rest) + b"\x00" if rest else head


def _encode_float(key: float) -> bytes:
    return _encode_double(key) if key == key else _NAN


def _encode_double(key: float) -> bytes:
    if key >= 0:
        return _double(_NUMBER, -abs(key))
    return _bits(_NUMBER, ~_signed_bits_of(_pack_double(key))[0])


def _encode_decimal(key: Decimal) -> bytes:
    if not key.is_finite():
        return _NAN if key.is_nan() else _encode_double(float(key))
    if -400 < key.adjusted() < 400:
        return _encode_ratio(*key.as_integer_ratio())
    # Decimal("1E+999999999") is small as long as nobody writes it out.
    sign, digits, _ = key.as_tuple()
    mantissa = Decimal((sign, digits, 1 - len(digits)))
    return _encode_beyond(key.adjusted(), *mantissa.as_integer_ratio()) if key else _ZERO


def _encode_fraction(key: Fraction) -> bytes:
    return _encode_ratio(key.numerator, key.denominator)


def _encode_ratio(numerator: int, denominator: int) -> bytes:
    """The greatest double that is not above the ratio, then, if that is less, by how much."""
    try:
        nearest = numerator / denominator
    except OverflowError:
        return _encode_beyond(*_scientific(numerator, denominator))
    above, below = nearest.as_integer_ratio()
    difference = numerator * below - above * denominator
    if difference == 0:
        return _encode_double(nearest)
    double = nearest if difference > 0 else nextafter(nearest, -inf)
    if double in _ENDS_OF_RANGE:
        return _encode_beyond(*_scientific(numerator, denominator))
    rest = numerator - floor(double) * denominator
    return _encode_double(double) + _TAIL + _continued_fraction(rest, denominator)


# The numbers between one of these and the next double are beyond the range of doubles, or between
# zero and the smallest of them.
_ENDS_OF_RANGE = (-inf, nextafter(0.0, -inf), 0.0, sys.float_info.max)
_ZERO = _encode_double(0.0)


def _encode_beyond(exponent: int, numerator: int, denominator: int) -> bytes:
    """10**exponent times the ratio, which is 1 up to 10, or the negative of that."""
    if numerator > 0:
        double, order = sys.float_info.max if exponent > 0 else 0.0, exponent
    else:
        double, order = -inf if exponent > 0 else nextafter(0.0, -inf), -exponent
    tail = _encode_term(order) + _continued_fraction(numerator, denominator)
    return _encode_double(double) + _TAIL + tail


def _scientific(numerator: int, denominator: int) -> tuple[int, int, int]:
    """The ratio as `_encode_beyond` takes it."""
    size = Fraction(abs(numerator), denominator)
    bits = abs(numerator).bit_length() - denominator.bit_length()
    exponent = floor(bits * log10(2))
    while _power_of_ten(exponent) > size:
        exponent -= 1
    while _power_of_ten(exponent + 1) <= size:
        exponent += 1
    size /= _power_of_ten(exponent)
    return exponent, size.numerator if numerator > 0 else -size.numerator, size.denominator


def _power_of_ten(exponent: int) -> Fraction:
    return Fraction(10**exponent) if exponent >= 0 else Fraction(1, 10**-exponent)


def _continued_fraction(numerator: int, denominator: int) -> bytes:
    """The terms of the continued fraction, in the order of the numbers.

    A greater term makes a greater number at even places and a smaller one at odd places, which
    are therefore complemented; the end counts as infinity.
    Source: A. Khinchin, Continued Fractions, chapter I.
    """
    code = bytearray()
    flip = 0
    while denominator:
        term = numerator // denominator
        numerator, denominator = denominator, numerator - term * denominator
        if 0 <= term < 64:
            code.append(0x80 + term ^ flip)
        else:
            code += _encode_term(term).translate(_COMPLEMENT if flip else None)
        flip ^= 0xFF
    code.append(0xFF ^ flip)
    return bytes(code)


def _encode_term(term: int) -> bytes:
    """An integer of any size, in order, no encoding a prefix of another, all below b"\\xff"."""
    if term < 0:
        return _encode_term(-term).translate(_COMPLEMENT)
    if term < 64:
        return bytes((0x80 + term,))
    length = (term.bit_length() + 7) // 8
    head = bytes((0xC0 + length,)) if length < 0x30 else _long_length(0xF0, length)
    return head + term.to_bytes(length, "big")


_COMPLEMENT = bytes(range(255, -1, -1))


# --- strings, and what has a fixed size ------------------------------------------------------


def _utf8(key: str) -> bytes:
    try:
        return key.encode()
    except UnicodeEncodeError:
        return key.encode("utf-8", "surrogatepass")


def _encode_str(key: str) -> bytes:
    return _STR + _utf8(key)


def _encode_inner_str(key: str) -> bytes:
    return _STR + _utf8(key).replace(b"\x00", b"\x00\xff") + _STOP


def _encode_bytes(key: bytes | bytearray) -> bytes:
    return _BYTES + key


def _encode_inner_bytes(key: bytes | bytearray) -> bytes:
    return _BYTES + key.replace(b"\x00", b"\x00\xff") + _STOP


def _encode_bool(key: bool) -> bytes:
    return _TRUE if key else _FALSE


def _encode_date(key: date) -> bytes:
    return _DATE + key.toordinal().to_bytes(4, "big")


def _encode_datetime(key: datetime) -> bytes:
    offset = key.utcoffset()
    clock = (key.replace(tzinfo=None) - datetime.min) // _MICROSECOND
    return _encode_clock(_DATETIME, clock, offset)


def _encode_time(key: time) -> bytes:
    offset = key.utcoffset()
    minutes = key.hour * 60 + key.minute
    return _encode_clock(_TIME, (minutes * 60 + key.second) * 10**6 + key.microsecond, offset)


def _encode_clock(tag: bytes, clock_microseconds: int, offset: timedelta | None) -> bytes:
    if offset is None:
        return _clock(tag, False, clock_microseconds)
    instant = clock_microseconds - offset // _MICROSECOND
    return _clock(tag, True, instant + 2**63)  # the first day in the east starts before year 1


def _encode_timedelta(key: timedelta) -> bytes:
    return _TIMEDELTA + (key // _MICROSECOND + 2**95).to_bytes(12, "big")


def _encode_uuid(key: UUID) -> bytes:
    return _UUID + key.bytes


# --- containers ------------------------------------------------------------------------------


def _inner(key: Key) -> bytes:
    encoder = _INNER.get(type(key))
    return encoder(key) if encoder is not None else _encoder(key, whole=False)(key)


def _encode_tuple(key: tuple[Key, ...]) -> bytes:
    return b"".join([_TUPLE, *map(_inner, key), _END])


def _encode_list(key: list[Key]) -> bytes:
    return b"".join([_LIST, *map(_inner, key), _END])


def _encode_dict(key: dict[Key, Key]) -> bytes:
    items = [_inner(name) + _inner(value) for name, value in dict.items(key)]
    return b"".join([_DICT, *sorted(items), _END])


def _encode_set(key: Iterable[Key]) -> bytes:
    return b"".join([_SET, *sorted(map(_inner, key)), _END])


# --- columns of one class --------------------------------------------------------------------


def _columns(only: type, keys: Sequence[Key]) -> list[Iterable[bytes]] | None:
    """Columns of bytes that joined row by row are the inner encodings, or None: no fast way.

    The first column is as long as `keys`; the others are that long or without end.
    """
    if only is int:
        return _int_columns(keys)
    if only is float:
        return _float_columns(keys)
    if only is str:
        plain = _encode_strings(keys)
        return None if plain is None else [plain, repeat(_STOP)]
    if only is tuple and len(set(map(len, keys))) == 1:
        columns: list[Iterable[bytes]] = [[_TUPLE] * len(keys)]
        for field in zip(*keys, strict=True):
            types = set(map(type, field))
            fast = _columns(types.pop(), field) if len(types) == 1 else None
            columns += fast or [[_inner(value) for value in field]]
        return [*columns, repeat(_END)]
    return None


def _encode_strings(keys: Sequence[str]) -> list[bytes] | None:
    """Each of `keys` encoded as a whole key, by one pass of C; None if one holds a NUL."""
    data = _utf8("P" + "\0P".join(keys))
    return data.split(b"\0") if data.count(b"\0") == len(keys) - 1 else None


def _int_columns(keys: Sequence[int]) -> list[Iterable[bytes]] | None:
    least, most = min(keys), max(keys)
    if least < -_LARGEST_SAFE_INT or most > _LARGEST_SAFE_INT:
        return None
    return [_encode_doubles(map(float, keys), least < 0)]


def _float_columns(keys: Sequence[float]) -> list[Iterable[bytes]] | None:
    total = sum(keys)
    if total != total:  # a NaN, or both infinities
        return None
    return [_encode_doubles(keys, min(keys) < 0)]


def _encode_doubles(keys: Iterable[float], has_negative: bool) -> list[bytes]:
    if has_negative:
        return list(map(_encode_double, keys))
    negated: Iterator[float] = map(neg, map(abs, keys))
    return list(map(_double, repeat(_NUMBER), negated))


# --- classes ---------------------------------------------------------------------------------

_INNER: dict[type, _Encoder] = {
    type(None): lambda key: _NONE,
    bool: _encode_bool,
    int: _encode_int,
    float: _encode_float,
    Decimal: _encode_decimal,
    Fraction: _encode_fraction,
    bytes: _encode_inner_bytes,
    bytearray: _encode_inner_bytes,
    str: _encode_inner_str,
    tuple: _encode_tuple,
    list: _encode_list,
    dict: _encode_dict,
    set: _encode_set,
    frozenset: _encode_set,
    date: _encode_date,
    datetime: _encode_datetime,
    time: _encode_time,
    timedelta: _encode_timedelta,
    UUID: _encode_uuid,
}
_BASES = frozenset(_INNER)
_ALWAYS_ALIKE = frozenset((str, bytes, int, bool))
_WHOLE = _INNER | {str: _encode_str, bytes: _encode_bytes, bytearray: _encode_bytes}
_EXACT_ONLY = (date, time, timedelta, UUID)  # datetime is a date


def _encoder(key: Key, whole: bool) -> _Encoder:
    """The encoder of `key`'s class, for the first time that it is met; remembered but for NumPy."""
    cls = type(key)
    encoders = _WHOLE if whole else _INNER
    base = next((base for base in cls.__mro__ if base in _BASES), None)
    if base is not None and not issubclass(cls, _EXACT_ONLY):
        return encoders.setdefault(cls, encoders[base])
    if _is_numpy_scalar(key):
        return lambda scalar: encoders[type(scalar.item())](scalar.item())
    raise UnsortableKeyError(
        f"a {cls.__module__}.{cls.__qualname__} cannot be a key: it has no place in the order of "
        "keys; make it a tuple or a str"
    )


def _is_numpy_scalar(key: Key) -> bool:
    if type(key).__module__ != "numpy":
        return False
    is_scalar = isinstance(key, sys.modules["numpy"].generic) and key.dtype.kind in "biuf"
    return is_scalar and type(key.item()) in _BASES  # a longdouble is its own item


def _too_deep(key: Key) -> str:
    return f"a {type(key).__name__} cannot be a key: it is nested too deep, or contains itself"


# --- representatives -------------------------------------------------------------------------

_PREFERENCE: dict[type, int] = {int: 0, Decimal: 1, Fraction: 2, float: 3, bytes: 0, frozenset: 0}


def _rank(key: Key) -> tuple[object, ...]:
    """What `choose_representative` compares: of the same shape for keys with equal bytes."""
    cls = type(key)
    base = next((base for base in cls.__mro__ if base in _BASES), cls)
    rank = (_PREFERENCE.get(base, 9), cls is not base, f"{cls.__module__}.{cls.__qualname__}")
    return *rank, _inner_rank(key, base)


def _inner_rank(key: Key, base: type) -> object:
    if base in (tuple, list):
        return tuple(map(_rank, key))
    if base in (set, frozenset):
        return sorted((_inner(value), _rank(value)) for value in key)
    if base is dict:
        items = [(_inner(k), _rank(k), _inner(v), _rank(v)) for k, v in dict.items(key)]
        return sorted(items), items  # what tells them apart at last is the order of the keys
    return repr(key) if base in (float, Decimal, datetime, time) else ""
