"""Lists of keys and values as bytes, and back with exact classes: how records cross processes.

Nothing is pickled and no bytes make code run: what can be read is the classes below and those
that were registered. How keys are compared is `sort_key`'s business.
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
from itertools import accumulate, chain, compress, islice, repeat
from typing import TypeAlias
from uuid import UUID

from hadoopjobs.core.errors import CodecError, DataError, UsageError
from hadoopjobs.core.pairs import Value

MAX_DEPTH = 100
"""How deep lists, dicts and the like may be nested in a value."""

Column: TypeAlias = Sequence[Value]
Node: TypeAlias = list[Value]

# What stands first in a node. A node holds a column; after a str, which names a codec, come the
# nodes of the columns that the codec makes of it.
_PLAIN = 0  # the values, as msgpack has them
_CONSTANT = 1  # how many, and the one value
_MIXED = 2  # for each value the number of its node, and the nodes
_TUPLES = 3  # of one length: a node per place
_LISTS = 4  # of one length: a node per place
_RECORDS = 5  # dicts with the same keys, all str: a node of the keys, and a node per key
_BIG_INTS = 6  # two's complement, little end first
_SURROGATES = 7  # UTF-8 in which surrogates stand as they are

_PLAIN_TYPES = frozenset((type(None), bool, int, float, str, bytes))
_MOST_CONSTANTS = 2**22  # in one pack; else a few bytes could ask for all memory
_SUSPICIOUS_COUNT = 2**20  # values in nested containers at which a cycle is looked for
_WIDEST_TABLE = 64


@dataclass(frozen=True)
class _Codec:
    """How a column of one class becomes other columns, and these the column again."""

    name: str
    explode: Callable[[Column], Iterable[Column]]
    assemble: Callable[..., list[Value]]


def pack(values: list[Value]) -> bytes:
    """Give `values` as bytes, from which `unpack` makes equal values of the very same classes.

    The classes are None, bool, int of any size, float, complex, Decimal, Fraction, str with
    surrogates, bytes, bytearray, date, datetime, time, timedelta, timezone, ZoneInfo by its name,
    UUID, tuple, list, dict in its order, set, frozenset, Counter, OrderedDict, deque, defaultdict
    whose factory is None or one of int, float, str, list, dict, set; NumPy's scalars, and its
    arrays but for those of objects and structures (in C order). An object that is held twice
    becomes two.

    Raises `CodecError` for any other class that is not registered, subclasses and named tuples
    too, and for values that contain themselves or are nested more than `MAX_DEPTH` deep.

    >>> unpack(pack([("a", 1), ("b", 1.0), [True, {None}]]))
    [('a', 1), ('b', 1.0), [True, {None}]]
    """
    encode, _ = _msgpack()
    try:
        try:
            return encode(_Packer(values, is_careful=False).node(values))
        except (OverflowError, UnicodeEncodeError):  # an int or str that msgpack does not have
            return encode(_Packer(values, is_careful=True).node(values))
    except RecursionError:
        raise CodecError(_TOO_DEEP) from None
    except (OverflowError, ValueError) as error:
        raise CodecError(f"cannot pack {len(values)} values: {error}") from error


def unpack(data: bytes | bytearray | memoryview) -> list[Value]:
    """Give the list that was packed; safe on bytes from anywhere.

    Raises `DataError` for what `pack` did not write, `CodecError` where a class is not registered
    in this process.
    """
    _, decode = _msgpack()
    try:
        root = decode(data)
    except Exception as error:  # msgspec's own, and what it lets through
        raise DataError(f"these bytes are no packed list: {error!r:.200}") from error
    try:
        return _Unpacker().column(root)
    except _DAMAGE as error:
        raise DataError(f"these bytes are no packed list: {error!r:.200}") from error


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

    >>> class Point(tuple): pass
    >>> register_codec(Point, tuple, Point, name="Point")
    >>> type(unpack(pack([Point((1, 2))]))[0]).__name__
    'Point'
    """
    name = name or f"{cls.__module__}.{cls.__qualname__}"
    if cls in _PLAIN_TYPES or (cls in _CODECS and _CODECS[cls].name in _BUILT_IN):
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


# --- packing ---------------------------------------------------------------------------------

_TOO_DEEP = f"a value is nested more than {MAX_DEPTH} deep: make it flatter"


class _Packer:
    """Makes the nodes of one list, and knows what it may still spend on it."""

    def __init__(self, values: list[Value], is_careful: bool) -> None:
        self._values = values
        self._is_careful = is_careful  # looks at each int and str, whether msgpack has it
        self._constants_left = _MOST_CONSTANTS
        self._count_left = _SUSPICIOUS_COUNT

    def node(self, column: Column, depth: int = 0) -> Node:
        types = set(map(type, column))
        if types <= _PLAIN_TYPES and (len(types) <= 1 or not self._is_careful):
            return self._plain(column, types)
        if depth > MAX_DEPTH:
            _refuse_cycles(self._values)
            raise CodecError(_TOO_DEEP)
        if len(types) > 1:
            return self._mixed(column, depth)
        cls = types.pop()
        if cls in _SIZED:
            self._watch_growth(column, depth)
            if len(column) > 3 and (node := self._table(cls, column, depth)) is not None:
                return node
        codec = _codec_of(cls)
        return [codec.name, *[self.node(part, depth + 1) for part in codec.explode(column)]]

    def _plain(self, column: Column, types: set[type]) -> Node:
        if self._is_careful and int in types and not _fits(column):
            length = int.bit_length
            little = [v.to_bytes(length(v) // 8 + 1, "little", signed=True) for v in column]
            return [_BIG_INTS, little]
        if self._is_careful and str in types and not _is_unicode(column):
            return [_SURROGATES, [text.encode("utf-8", "surrogatepass") for text in column]]
        count = len(column)
        if count > 4 and len(types) == 1 and count <= self._constants_left:
            first = column[0]
            # 0.0 equals -0.0, and they are to be told apart; NaN equals nothing
            if first == column[-1] == column[count // 2] and (first or float not in types):
                if column.count(first) == count:
                    self._constants_left -= count
                    return [_CONSTANT, count, first]
        return [_PLAIN, column]

    def _mixed(self, column: Column, depth: int) -> Node:
        numbers: dict[type, int] = {}
        groups: dict[type, int] = {}
        for cls in dict.fromkeys(map(type, column)):
            group = type(None) if cls in _PLAIN_TYPES and not self._is_careful else cls
            numbers[cls] = groups.setdefault(group, len(groups))
        if len(groups) > 256:
            raise CodecError(f"{len(groups)} classes side by side have no wire form")
        which = bytes(map(numbers.__getitem__, map(type, column)))
        parts = [list(compress(column, which.translate(_chosen(i)))) for i in range(len(groups))]
        return [_MIXED, which, *[self.node(part, depth) for part in parts]]

    def _table(self, cls: type, column: Column, depth: int) -> Node | None:
        """The node of containers that are rows of one table, or None if they are not."""
        width = len(column[0])
        if not 0 < width <= _WIDEST_TABLE or len(set(map(len, column))) > 1:
            return None
        if cls is tuple or cls is list:
            head = [_TUPLES if cls is tuple else _LISTS]
            return head + [self.node(field, depth + 1) for field in zip(*column)]
        if cls is dict and set(map(type, chain.from_iterable(column))) == {str}:
            if len(set(map(tuple, column))) == 1:
                fields = zip(*map(dict.values, column))
                keys = self.node(list(column[0]), depth + 1)
                return [_RECORDS, keys, *[self.node(field, depth + 1) for field in fields]]
        return None

    def _watch_growth(self, column: Column, depth: int) -> None:
        """A value that contains itself grows with each level; find that before memory is full."""
        if depth > 0 and self._count_left > 0:
            self._count_left -= sum(map(len, column))
            if self._count_left <= 0:
                _refuse_cycles(self._values)


@cache
def _chosen(number: int) -> bytes:
    """The table that turns `number` into 1 and every other byte into 0."""
    return bytes(byte == number for byte in range(256))


def _fits(column: Column) -> bool:
    return bool(min(column) >= -(2**63) and max(column) < 2**64)


def _is_unicode(column: Column) -> bool:
    try:
        "".join(column).encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse_cycles(values: list[Value]) -> None:
    """Raise `CodecError` if one of `values` contains itself."""
    path: set[int] = set()
    done: set[int] = set()
    stack: list[tuple[int, Iterator[Value]]] = [(id(values), iter(values))]
    while stack:
        owner, members = stack[-1]
        for member in members:
            if type(member) not in _SIZED or id(member) in done:
                continue
            if id(member) in path:
                raise CodecError(f"a {type(member).__name__} contains itself: it has no wire form")
            path.add(id(member))
            inner = chain(member, member.values()) if isinstance(member, dict) else iter(member)
            stack.append((id(member), inner))
            break
        else:
            stack.pop()
            path.discard(owner)
            done.add(owner)


# --- unpacking -------------------------------------------------------------------------------

_DAMAGE = (
    ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError, MemoryError
)  # fmt: skip


class _Unpacker:
    """Makes columns of nodes, of any nodes: they may come from anywhere."""

    def __init__(self) -> None:
        self._constants_left = _MOST_CONSTANTS

    def column(self, node: Node, depth: int = 0) -> list[Value]:
        if type(node) is not list or not node or depth > 3 * MAX_DEPTH:
            raise DataError("these bytes are no packed list: a node is damaged")
        kind, *parts = node
        if type(kind) is str:
            return _codec_named(kind).assemble(*[self.column(part, depth + 1) for part in parts])
        if kind == _PLAIN:
            (values,) = parts
            return values if type(values) is list else _damaged()
        return self._structured(kind, parts, depth + 1)

    def _structured(self, kind: int, parts: list[Value], depth: int) -> list[Value]:
        if kind == _CONSTANT:
            return self._constant(*parts)
        if kind == _BIG_INTS:
            return [int.from_bytes(code, "little", signed=True) for code in parts[0]]
        if kind == _SURROGATES:
            return [code.decode("utf-8", "surrogatepass") for code in parts[0]]
        if kind == _MIXED:
            return _interleave(parts[0], [self.column(part, depth) for part in parts[1:]])
        columns = [self.column(part, depth) for part in parts]
        if kind == _TUPLES:
            return list(zip(*columns, strict=True))
        if kind == _LISTS:
            return list(map(list, zip(*columns, strict=True)))
        if kind == _RECORDS and len(columns[0]) == len(columns) - 1:
            rows = zip(*columns[1:], strict=True)
            return list(map(dict, map(zip, repeat(columns[0]), rows)))
        return _damaged()

    def _constant(self, count: int, value: Value) -> list[Value]:
        self._constants_left -= count
        if type(count) is not int or count < 0 or self._constants_left < 0:
            _damaged()
        return [value] * count if type(value) in _PLAIN_TYPES else _damaged()


def _damaged() -> list[Value]:
    raise DataError("these bytes are no packed list: a column is damaged")


def _interleave(which: bytes, columns: list[list[Value]]) -> list[Value]:
    lengths = list(map(len, columns))
    if type(which) is not bytes or list(map(which.count, range(len(columns)))) != lengths:
        _damaged()
    if sum(lengths) != len(which):
        _damaged()
    sources = list(map(iter, columns))
    return list(map(next, map(sources.__getitem__, which)))


@cache
def _msgpack() -> tuple[Callable[[Node], bytes], Callable[[Value], Node]]:
    from msgspec import msgpack  # takes long to import: not before something is packed

    return msgpack.Encoder().encode, msgpack.Decoder(ext_hook=_refuse_extension).decode


def _refuse_extension(code: int, data: memoryview) -> Value:
    raise DataError(f"these bytes are no packed list: msgpack extension {code}")


# --- the built-in classes --------------------------------------------------------------------


def _flatten(column: Column) -> tuple[Column, Column]:
    return list(map(len, column)), list(chain.from_iterable(column))


def _slices(lengths: list[Value], flat: list[Value]) -> Iterator[list[Value]]:
    """`flat` cut into lists of these lengths."""
    ends = list(accumulate(lengths))
    if set(map(type, lengths)) - {int} or min(lengths, default=0) < 0:
        _damaged()
    if (ends[-1] if ends else 0) != len(flat):
        _damaged()
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
_BUILT_IN = {*_NAMED, *(cls.__name__ for cls in _PLAIN_TYPES)}
_SIZED = frozenset(
    (tuple, list, set, frozenset, dict, OrderedDict, Counter, defaultdict, deque)
)  # fmt: skip


def _codec_of(cls: type) -> _Codec:
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


def _codec_named(name: str) -> _Codec:
    if name not in _NAMED:
        _add_optional(name.partition(".")[0])
    if name not in _NAMED:
        raise CodecError(
            f"the data holds a {name!r:.200}, which is not registered here: call register_codec "
            "in the job's file, so that each process does"
        )
    return _NAMED[name]


_KNOWN = _PLAIN_TYPES | set(_CODECS)


# --- the classes of libraries that are not imported before they are met -----------------------


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
            _damaged()
        return np.ndarray(shape, np.dtype(code), buffer=blob).copy()

    def moments(cls: type[Value]) -> tuple[Value, Value]:
        def restore(code: str, count: int) -> Value:
            if not re.fullmatch(r"[<>][mM]8(\[\w+\])?", code):
                _damaged()
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
