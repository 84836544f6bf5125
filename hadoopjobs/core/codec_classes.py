"""The classes that travel as columns of plainer values, and how: those that are built in, those of
libraries that are imported only when they are met, and those that a job registers.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import accumulate, chain, islice
from typing import TypeAlias
from uuid import UUID

from hadoopjobs.core.errors import CodecError, DataError, UsageError
from hadoopjobs.core.pairs import Value

Column: TypeAlias = Sequence[Value]

PLAIN_TYPES = frozenset((type(None), bool, int, float, str, bytes))
"""The classes that msgpack has."""


@dataclass(frozen=True)
class _Codec:
    """How a column of one class becomes other columns, and these the column again."""

    name: str
    explode: Callable[[Column], Iterable[Column]]
    assemble: Callable[..., list[Value]]


def register_codec(
    cls: type,
    to_plain: Callable[[Value], Value],
    from_plain: Callable[[Value], Value],
    name: str | None = None,
) -> None:
    """Let instances of exactly `cls` travel as what `to_plain` makes of them.

    That may be anything which travels already; `from_plain` makes the instance of it again. Each
    process must register the class under the same `name`: do it in the job's file. The last
    registration counts.

    Raises `UsageError` for a class or a name that is built in.

    >>> from hadoopjobs.core.codec import pack, unpack
    >>> class Point(tuple): pass
    >>> register_codec(Point, tuple, Point, name="Point")
    >>> type(unpack(pack([Point((1, 2))]))[0]).__name__
    'Point'
    """
    name = name or f"{cls.__module__}.{cls.__qualname__}"
    if cls in PLAIN_TYPES or (cls in _CODECS and _CODECS[cls].name in _BUILT_IN):
        raise UsageError(f"{cls.__qualname__} has a wire form already")
    if name in _BUILT_IN:
        raise UsageError(f"{name!r} is the wire name of a built-in class: choose another")

    def explode(column: Column) -> list[Column]:
        try:
            return [list(map(to_plain, column))]
        except Exception as error:
            raise CodecError(f"to_plain of {name} failed: {error!r}") from error

    def assemble(plain: Column) -> list[Value]:
        try:
            return list(map(from_plain, plain))
        except Exception as error:
            raise CodecError(f"from_plain of {name} failed: {error!r}") from error

    _CODECS[cls] = _NAMED[name] = _Codec(name, explode, assemble)


def damaged() -> list[Value]:
    raise DataError("these bytes are no packed list: a column is damaged")


def _flatten(column: Column) -> tuple[Column, Column]:
    return list(map(len, column)), list(chain.from_iterable(column))


def _slices(lengths: list[Value], flat: list[Value]) -> Iterator[list[Value]]:
    """`flat` cut into lists of these lengths."""
    ends = list(accumulate(lengths))
    if set(map(type, lengths)) - {int} or min(lengths, default=0) < 0:
        damaged()
    if (ends[-1] if ends else 0) != len(flat):
        damaged()
    return map(flat.__getitem__, map(slice, [0, *ends[:-1]], ends))


def _flatten_dicts(column: Column) -> tuple[Column, Column, Column]:
    return *_flatten(column), list(chain.from_iterable(map(dict.values, column)))


def _dicts(
    lengths: list[Value], keys: list[Value], values: list[Value]
) -> list[dict[Value, Value]]:
    _slices(lengths, keys)  # for its checks
    items = zip(keys, values, strict=True)
    return [dict(islice(items, length)) for length in lengths]


def _explode_datetimes(column: Column) -> tuple[Column, Column, Column]:
    """What the clock shows, the fold, the time zone; of datetimes or times."""
    zones = [moment.tzinfo for moment in column]
    is_naive = zones.count(None) == len(zones)
    clocks = column if is_naive else [moment.replace(tzinfo=None) for moment in column]
    texts = list(map(type(clocks[0]).isoformat, clocks))
    return texts, [moment.fold for moment in column], zones


def _assemble_datetimes(
    cls: type[datetime] | type[time], texts: list[str], folds: list[int], zones: list[Value]
) -> list[Value]:
    clocks: list[Value] = list(map(cls.fromisoformat, texts))
    if folds.count(0) == zones.count(None) == len(clocks):
        return clocks
    moments = zip(clocks, folds, zones, strict=True)
    return [clock.replace(fold=fold, tzinfo=zone) for clock, fold, zone in moments]


def _explode_defaultdicts(column: Column) -> list[Column]:
    for mapping in column:
        if mapping.default_factory not in _FACTORY_NAMES:
            raise CodecError(
                f"a defaultdict of {mapping.default_factory!r} has no wire form: use one of "
                "int, float, str, list, dict and set, or yield dict(...) of it"
            )
    return [
        [_FACTORY_NAMES[mapping.default_factory] for mapping in column],
        *_flatten_dicts(column),
    ]


def _assemble_defaultdicts(names: list[str], *columns: list[Value]) -> list[Value]:
    factories = map(_FACTORIES.__getitem__, names)
    return list(map(defaultdict, factories, _dicts(*columns)))


_FACTORIES: dict[str, type | None] = {
    "": None, "int": int, "float": float, "str": str, "list": list, "dict": dict, "set": set,
}  # fmt: skip
_FACTORY_NAMES = {factory: name for name, factory in _FACTORIES.items()}


def _one(make: Callable[[Value], Value], restore: Callable[[Value], Value]) -> tuple[Value, Value]:
    """A class of which each instance is one plain value."""
    return lambda column: [list(map(make, column))], lambda plain: list(map(restore, plain))


def _some(
    make: Callable[[Value], tuple[Value, ...]], restore: Callable[..., Value]
) -> tuple[Value, Value]:
    """A class of which each instance is a few plain values, which are what makes it."""
    return (
        lambda column: list(zip(*map(make, column))),
        lambda *columns: [restore(*row) for row in zip(*columns, strict=True)],
    )


def _group(cls: type) -> tuple[Value, Value]:
    """A class that is a container of values."""
    return _flatten, lambda lengths, flat: list(map(cls, _slices(lengths, flat)))


def _restore_uuid(code: bytes) -> UUID:
    return UUID(bytes=code)


_BY_CLASS: dict[type, tuple[Value, Value]] = {
    tuple: _group(tuple),
    list: (_flatten, lambda lengths, flat: list(_slices(lengths, flat))),
    set: _group(set),
    frozenset: _group(frozenset),
    dict: (_flatten_dicts, _dicts),
    OrderedDict: (_flatten_dicts, lambda *columns: list(map(OrderedDict, _dicts(*columns)))),
    Counter: (_flatten_dicts, lambda *columns: list(map(Counter, _dicts(*columns)))),
    defaultdict: (_explode_defaultdicts, _assemble_defaultdicts),
    deque: (
        lambda column: ([each.maxlen for each in column], *_flatten(column)),
        lambda limits, lengths, flat: list(map(deque, _slices(lengths, flat), limits)),
    ),
    bytearray: _one(bytes, bytearray),
    Decimal: _one(str, Decimal),
    UUID: _one(lambda uuid: uuid.bytes, _restore_uuid),
    date: _one(date.toordinal, date.fromordinal),
    datetime: (
        _explode_datetimes,
        lambda *columns: _assemble_datetimes(datetime, *columns),
    ),
    time: (_explode_datetimes, lambda *columns: _assemble_datetimes(time, *columns)),
    timedelta: _some(lambda span: (span.days, span.seconds, span.microseconds), timedelta),
    timezone: _some(
        lambda zone: (*zone.__getinitargs__(), None)[:2],
        lambda offset, name: timezone(offset) if name is None else timezone(offset, name),
    ),
    complex: _some(lambda number: (number.real, number.imag), complex),
    Fraction: _some(lambda ratio: (ratio.numerator, ratio.denominator), Fraction),
}
_CODECS = {cls: _Codec(cls.__name__, *functions) for cls, functions in _BY_CLASS.items()}
_NAMED = {codec.name: codec for codec in _CODECS.values()}
_BUILT_IN = {*_NAMED, *(cls.__name__ for cls in PLAIN_TYPES)}
SIZED = frozenset(
    (tuple, list, set, frozenset, dict, OrderedDict, Counter, defaultdict, deque)
)  # fmt: skip


def codec_of(cls: type) -> _Codec:
    codec = _CODECS.get(cls)
    if codec is None and cls.__module__ in ("numpy", "zoneinfo"):
        _add_optional(cls.__module__)
        codec = _CODECS.get(cls)
    if codec is None:
        full_name = f"{cls.__module__}.{cls.__qualname__}"
        base = next((base.__name__ for base in cls.__mro__[1:-1] if base in _KNOWN), None)
        why = f" (as a subclass of {base} it would come back as another class)" if base else ""
        raise CodecError(
            f"a {full_name} has no wire form{why}: call register_codec({cls.__qualname__}, "
            "to_plain, from_plain) in the job's file, or yield a tuple, dict or str of it"
        )
    return codec


def codec_named(name: str) -> _Codec:
    if name not in _NAMED:
        _add_optional(name.partition(".")[0])
    if name not in _NAMED:
        raise CodecError(
            f"the data holds a {name!r:.200}, which is not registered here: call register_codec "
            "in the job's file, so that each process does"
        )
    return _NAMED[name]


_KNOWN = PLAIN_TYPES | set(_CODECS)


@cache
def _add_optional(library: str) -> None:
    """Add the codecs for the classes of "numpy" or "zoneinfo"; of others there are none."""
    codecs: dict[type, _Codec] = {}
    if library == "numpy":
        try:
            codecs = _numpy_codecs()
        except ImportError:
            raise CodecError("the data holds NumPy's classes: install numpy") from None
    elif library == "zoneinfo":
        codecs = _zoneinfo_codecs()
    for cls, codec in codecs.items():
        _CODECS[cls] = _NAMED[codec.name] = codec
        _BUILT_IN.add(codec.name)


def _zoneinfo_codecs() -> dict[type, _Codec]:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    def name_of(zone: ZoneInfo) -> str:
        if zone.key is None:
            raise CodecError("a ZoneInfo without a key has no wire form: make it by its name")
        return zone.key

    def zone_of(name: str) -> ZoneInfo:
        try:
            return ZoneInfo(name)
        except ZoneInfoNotFoundError as error:
            raise CodecError(f"there is no time zone {name!r:.200} here: install tzdata") from error

    return {ZoneInfo: _Codec("zoneinfo.ZoneInfo", *_one(name_of, zone_of))}


_ARRAY_TYPE = re.compile(r"[<>|=][biufcmMSU]\d+(\[\w+\])?")


def _numpy_codecs() -> dict[type, _Codec]:
    import numpy as np

    def numbers(cls: type[Value]) -> tuple[Value, Value]:
        wire = np.dtype(cls).newbyteorder("<")
        return (
            lambda column: [[np.array(column, dtype=wire).tobytes()]],
            lambda blobs: list(np.frombuffer(blobs[0], dtype=wire).astype(cls)),
        )

    def explode_arrays(column: Column) -> list[Column]:
        for array in column:
            if not _ARRAY_TYPE.fullmatch(array.dtype.str):
                raise CodecError(
                    f"an array of {array.dtype} has no wire form: yield array.tolist(), or an "
                    "array of numbers or strings"
                )
        types = [array.dtype.str for array in column]
        return [types, [v.shape for v in column], [v.tobytes() for v in column]]

    def assemble_array(code: str, shape: tuple[int, ...], blob: bytes) -> Value:
        if not _ARRAY_TYPE.fullmatch(code) or type(shape) is not tuple:
            damaged()
        return np.ndarray(shape, np.dtype(code), buffer=blob).copy()

    def moments(cls: type[Value]) -> tuple[Value, Value]:
        def restore(code: str, count: int) -> Value:
            if not re.fullmatch(r"[<>][mM]8(\[\w+\])?", code):
                damaged()
            return np.array(count, dtype="i8").view(np.dtype(code).newbyteorder("="))[()]

        return _some(lambda moment: (moment.dtype.str, int(moment.view("i8"))), restore)

    found: dict[type, tuple[Value, Value]] = {
        cls: moments(cls) if cls in (np.datetime64, np.timedelta64) else numbers(cls)
        for cls in set(np.sctypeDict.values())
        if np.dtype(cls).kind in "biufcmM"
    }
    found[np.str_] = _one(str, np.str_)
    found[np.bytes_] = _one(bytes, np.bytes_)
    found[np.ndarray] = (
        explode_arrays,
        lambda *columns: list(map(assemble_array, *columns)),
    )
    return {cls: _Codec(f"numpy.{cls.__name__}", *pair) for cls, pair in found.items()}
