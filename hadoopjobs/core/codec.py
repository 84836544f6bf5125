"""Lists of keys and values as bytes, and back with exact classes: how records cross processes.

Nothing is pickled and no bytes make code run: what can be read is the classes of `codec_classes`,
and those that were registered there. How keys are compared is `sort_key`'s business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain, compress, repeat
from typing import TypeAlias

from hadoopjobs.core.codec_classes import (
    PLAIN_TYPES,
    SIZED,
    Column,
    codec_named,
    codec_of,
    damaged,
)
from hadoopjobs.core.errors import CodecError, DataError
from hadoopjobs.core.pairs import Value

MAX_DEPTH = 100
"""How deep lists, dicts and the like may be nested in a value."""

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

_MOST_CONSTANTS = 2**22  # in one pack; else a few bytes could ask for all memory
_SUSPICIOUS_COUNT = 2**20  # values in nested containers at which a cycle is looked for
_WIDEST_TABLE = 64


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
        if types <= PLAIN_TYPES and (len(types) <= 1 or not self._is_careful):
            return self._plain(column, types)
        if depth > MAX_DEPTH:
            _refuse_cycles(self._values)
            raise CodecError(_TOO_DEEP)
        if len(types) > 1:
            return self._mixed(column, depth)
        cls = types.pop()
        if cls in SIZED:
            self._watch_growth(column, depth)
            if len(column) > 3 and (node := self._table(cls, column, depth)) is not None:
                return node
        codec = codec_of(cls)
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
            group = type(None) if cls in PLAIN_TYPES and not self._is_careful else cls
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
            if type(member) not in SIZED or id(member) in done:
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
            return codec_named(kind).assemble(*[self.column(part, depth + 1) for part in parts])
        if kind == _PLAIN:
            (values,) = parts
            return values if type(values) is list else damaged()
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
        return damaged()

    def _constant(self, count: int, value: Value) -> list[Value]:
        self._constants_left -= count
        if type(count) is not int or count < 0 or self._constants_left < 0:
            damaged()
        return [value] * count if type(value) in PLAIN_TYPES else damaged()


def _interleave(which: bytes, columns: list[list[Value]]) -> list[Value]:
    lengths = list(map(len, columns))
    if type(which) is not bytes or list(map(which.count, range(len(columns)))) != lengths:
        damaged()
    if sum(lengths) != len(which):
        damaged()
    sources = list(map(iter, columns))
    return list(map(next, map(sources.__getitem__, which)))


@cache
def _msgpack() -> tuple[Callable[[Node], bytes], Callable[[Value], Node]]:
    from msgspec import msgpack  # takes long to import: not before something is packed

    return msgpack.Encoder().encode, msgpack.Decoder(ext_hook=_refuse_extension).decode


def _refuse_extension(code: int, data: memoryview) -> Value:
    raise DataError(f"these bytes are no packed list: msgpack extension {code}")
