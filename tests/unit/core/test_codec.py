from __future__ import annotations

import enum
import math
import subprocess
import sys
import time as clock
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hadoopjobs.core import codec, codec_classes
from hadoopjobs.core.codec import pack, unpack
from hadoopjobs.core.codec_classes import register_codec
from hadoopjobs.core.errors import CodecError, DataError, UsageError
from hadoopjobs.core.memory_estimate import estimate_bytes
from tests.property.strategies import value_columns

BERLIN = ZoneInfo("Europe/Berlin")


def shape(value) -> object:
    """`value` as something that is equal only for the same classes, signs, folds and order."""
    cls = type(value)
    if cls in (list, tuple, deque):
        return cls, getattr(value, "maxlen", None), [shape(v) for v in value]
    if isinstance(value, dict):
        factory = getattr(value, "default_factory", None)
        return cls, factory, [(shape(k), shape(v)) for k, v in value.items()]
    if cls in (set, frozenset):
        return cls, sorted(repr(shape(v)) for v in value)
    if cls is np.ndarray:
        return cls, value.dtype.str, value.shape, value.tobytes()
    if cls in (datetime, time):
        return cls, value.isoformat(), value.fold, repr(value.tzinfo)
    if cls in (int, Fraction):
        return cls, hex(value.numerator), hex(value.denominator)  # decimals may be too many
    return cls, repr(value)


def assert_round_trip(values: list) -> None:
    assert shape(unpack(pack(values))) == shape(values)


@pytest.mark.parametrize(
    "values",
    [
        [],
        [None],
        ["a", "", "é\0"],
        [1, 1.0, True, None, "1", b"1"],
        [0.0, -0.0],
        [-0.0] * 9,
        [0.0, *[-0.0] * 3, 0.0] * 3,
        [math.nan] * 9,
        [math.inf, -math.inf],
        [1] * 100,
        [True] * 100,
        [1] * 50 + [True] + [1] * 50,
        [2**63 - 1, -(2**63), 2**64 - 1],
        [2**64, 2**70, -(2**63) - 1, 0, 10**5000],
        [2**70, "a", "\ud800", 1.5],
        ["\ud800", "a"],
        ["\ud800"] * 9,
        [("\ud800", 2**70)] * 9,
        [{"\udfff": 2**70}] * 9,
        [(), (), ()],
        [()] * 10,
        [[]] * 10,
        [{}] * 10,
        [("a", 1), ("b", 2)],
        [("a", 1)] * 10,
        [(1, "a"), (1,)],
        [[1, "a"], [2, "b"]] * 5,
        [(1, [2, (3, [4])])] * 5,
        [[[[[[1]]]]], [[[]]], []],
        [(1, 2), [1, 2], {1: 2}, {1, 2}, "a", 3, None],
        [{"a": 1, "b": [1]}, {"a": 2, "b": []}] * 5,
        [{"b": 1, "a": 2}, {"a": 1, "b": 2}] * 5,
        [{1: "a"}, {True: "a"}, {1.0: "a"}] * 5,
        [{(1, "a"): {None: b""}}],
        [{1, "a"}, set(), frozenset(), frozenset({(1,)})],
        [Counter("aab"), OrderedDict(b=1, a=2), defaultdict(list, a=[1]), defaultdict(None)],
        [deque([1, 2], maxlen=3), deque()],
        [bytearray(b"ab"), b"ab"],
        [Decimal("1.00"), Decimal("-0"), Decimal("NaN12"), Decimal("sNaN"), Decimal("1E+999")],
        [Fraction(1, 3), Fraction(-(10**5000), 7)],
        [1 + 2j, complex(-0.0, math.nan)],
        [date.min, date.max],
        [datetime.min, datetime.max, datetime(2020, 1, 1, 1, 2, 3, 4, fold=1)],
        [
            datetime(2020, 10, 25, 2, 30, tzinfo=BERLIN),
            datetime(2020, 10, 25, 2, 30, tzinfo=BERLIN, fold=1),
            datetime(2020, 1, 1, tzinfo=UTC),
            datetime(2020, 1, 1, tzinfo=timezone(timedelta(hours=-5, microseconds=1), "X")),
            datetime(2020, 1, 1),
        ],
        [time.min, time.max, time(1, 2, tzinfo=UTC), time(1, fold=1), time(1, tzinfo=BERLIN)],
        [timedelta.min, timedelta.max, timedelta(microseconds=-1)],
        [UUID(int=0), UUID(int=2**128 - 1)],
        [UTC, BERLIN, timezone(timedelta(hours=1))],
        [np.int64(1), np.float32(0.1), np.bool_(True), np.uint8(255), np.complex64(1j)],
        [np.float64(0.5), 0.5, np.longdouble(1) / 3, np.float16(1)],
        [np.int64(1)] * 9,
        [np.str_("a"), np.bytes_(b"a"), np.datetime64("2020-01-01"), np.timedelta64(3, "ns")],
        [np.datetime64("NaT", "s"), np.datetime64("2020-01-01T00:00:00.5")],
        [np.arange(6).reshape(2, 3), np.array([], dtype="f4"), np.array(1), np.array(["a", "bc"])],
        [
            np.array([b"a"]),
            np.array(["2020"], dtype="M8[Y]"),
            np.zeros((0, 3)),
            np.array([1], ">i4"),
        ],
    ],
)
def test_values_come_back_with_their_classes(values) -> None:
    assert_round_trip(values)
    assert_round_trip([values])
    assert_round_trip([tuple(values), values, {"k": values}])


@given(value_columns)
@settings(max_examples=400, deadline=None)
def test_any_values_come_back_with_their_classes(values) -> None:
    assert_round_trip(values)


def test_an_unpacked_array_can_be_written() -> None:
    array = unpack(pack([np.arange(3)]))[0]
    array[0] = 5
    assert array.tolist() == [5, 1, 2]


def test_equal_values_take_next_to_no_room() -> None:
    assert len(pack([1] * 100_000)) < 20
    assert len(pack([("word", 1)] * 100_000)) < 40


def test_more_constants_than_may_be_unpacked_are_written_out() -> None:
    values = [None] * (codec._MOST_CONSTANTS + 1)
    assert unpack(pack(values)) == values
    halves = [(None, True)] * (codec._MOST_CONSTANTS // 2 + 9)
    assert unpack(pack(halves)) == halves


class Colour(enum.Enum):
    RED = 1


Point = namedtuple("Point", "x y")


class Name(str):
    pass


class Plain:
    def __init__(self, number: int) -> None:
        self.number = number


@pytest.fixture
def clean_registry(monkeypatch) -> None:
    monkeypatch.setattr(codec_classes, "_CODECS", codec_classes._CODECS.copy())
    monkeypatch.setattr(codec_classes, "_NAMED", codec_classes._NAMED.copy())


@pytest.mark.parametrize(
    "value", [Colour.RED, Point(1, 2), Name("a"), Plain(1), object(), len, range(3), {1: Plain(1)}]
)
def test_an_unknown_class_is_refused_by_name(value) -> None:
    cls = type(next(iter(value.values())) if type(value) is dict else value)
    with pytest.raises(CodecError, match=rf"{cls.__qualname__} .*register_codec"):
        pack([value])


def test_a_subclass_is_told_why_it_is_refused() -> None:
    with pytest.raises(CodecError, match="as a subclass of tuple it would come back"):
        pack([Point(1, 2)])


@pytest.mark.parametrize(
    "value", [np.array([object()]), np.zeros(1, "i4,f8"), defaultdict(lambda: 1)]
)
def test_what_only_looks_supported_is_refused(value) -> None:
    with pytest.raises(CodecError, match="no wire form"):
        pack([value])


@pytest.mark.usefixtures("clean_registry")
def test_a_registered_class_travels_and_nests() -> None:
    register_codec(Point, tuple, Point._make)
    register_codec(Plain, lambda plain: plain.number, Plain, name="plain")
    kept = unpack(pack([Point(1, Point("a", None)), {"k": [Plain(7)]}, (1, 2)]))
    assert kept[0] == Point(1, Point("a", None))
    assert type(kept[0].y) is Point
    assert kept[1]["k"][0].number == 7
    assert type(kept[2]) is tuple


@pytest.mark.usefixtures("clean_registry")
def test_errors_of_a_users_codec_name_the_class() -> None:
    register_codec(Plain, lambda plain: 1 / 0, Plain, name="plain")
    with pytest.raises(CodecError, match="to_plain of plain failed: ZeroDivisionError"):
        pack([Plain(1)])
    register_codec(Plain, lambda plain: 1, lambda number: number.nothing, name="plain")
    with pytest.raises(CodecError, match="from_plain of plain failed: AttributeError"):
        unpack(pack([Plain(1)]))


@pytest.mark.usefixtures("clean_registry")
def test_a_to_plain_that_gives_its_own_class_is_refused() -> None:
    register_codec(Plain, lambda plain: [plain], lambda plain: plain[0])
    with pytest.raises(CodecError, match="nested more than"):
        pack([Plain(1)])


def test_data_of_a_class_that_is_not_registered_here_is_refused() -> None:
    with pytest.raises(CodecError, match=r"'jobs\.Point', which is not registered here"):
        unpack(msgspec.msgpack.encode(["jobs.Point", [0, [1]]]))


@pytest.mark.parametrize(("cls", "name"), [(int, None), (tuple, None), (Plain, "dict")])
def test_what_is_built_in_cannot_be_registered(cls, name) -> None:
    with pytest.raises(UsageError):
        register_codec(cls, str, cls, name=name)


def nest(depth: int, wrap) -> object:
    value: object = 1
    for _ in range(depth):
        value = wrap(value)
    return value


@pytest.mark.parametrize(
    "wrap",
    [
        lambda inner: [inner],
        lambda inner: (1, inner),
        lambda inner: {"k": inner},
        lambda inner: [inner, "a", None],
    ],
)
def test_nesting_is_bounded(wrap) -> None:
    assert_round_trip([nest(90, wrap)])
    with pytest.raises(CodecError, match="nested more than 100 deep"):
        pack([nest(300, wrap)])


@pytest.mark.parametrize("copies", [1, 2, 3, 10, 1000, 2_000_000])
@pytest.mark.parametrize("kind", [list, dict, tuple])
def test_a_value_that_contains_itself_is_refused(copies, kind) -> None:
    endless: list[object] = []
    if kind is dict:
        endless.append(dict.fromkeys(range(copies), endless))
    elif kind is tuple:
        endless.append((endless,) * copies)
    else:
        endless.extend([endless] * copies)
    with pytest.raises(CodecError, match="contains itself"):
        pack([endless])


def test_large_nested_values_that_share_are_no_cycle() -> None:
    shared = list(range(100))
    values = [[[shared] * 110] * 10 for _ in range(20)]
    assert unpack(pack(values)) == values


DAMAGED: list[object] = [
    None,
    1,
    "a",
    {},
    [],
    [0],
    [0, 1],
    [0, [1], [2]],
    [99],
    [1, 10**12, 1],
    [1, -1, 1],
    [1, 2, [1]],
    [1, "a", "b"],
    [2, b"\0\1", [0, [1]]],
    [2, b"\0\0", [0, [1]]],
    [2, [-1], [0, [1]]],
    [3, [0, [1]], [0, [1, 2]]],
    [5, [0, ["a"]], [0, [1]], [0, [2]]],
    [5],
    [6, ["a"]],
    [7, [b"\xff"]],
    [None, [0, []]],
    ["tuple", [0, [2]], [0, [1]]],
    ["tuple", [0, [-1, 2]], [0, [1]]],
    ["tuple", [0, [True]], [0, [1]]],
    ["tuple", [0, [1.0]], [0, [1]]],
    ["tuple", [0, [1]]],
    ["set", [0, [1]], [0, [[]]]],
    ["dict", [0, [1]], [0, [[]]], [0, [1]]],
    ["Decimal", [0, ["x"]]],
    ["Fraction", [0, [1]], [0, [0]]],
    ["UUID", [0, [b"1"]]],
    ["datetime", [0, ["x"]], [0, [0]], [0, [None]]],
    ["datetime", [0, ["2020-01-01"]], [0, [7]], [0, [None]]],
    ["datetime", [0, ["2020-01-01"]], [0, [0]], [0, ["UTC"]]],
    ["zoneinfo.ZoneInfo", [0, ["../../etc/passwd"]]],
    ["zoneinfo.ZoneInfo", [0, ["Nowhere/City"]]],
    ["zoneinfo.ZoneInfo", [0, [1]]],
    ["numpy.ndarray", [0, ["|O"]], ["tuple", [0, [1]], [0, [1]]], [0, [b"12345678"]]],
    ["numpy.ndarray", [0, ["<i8"]], ["tuple", [0, [1]], [0, [2]]], [0, [b"12345678"]]],
    ["numpy.ndarray", [0, ["<i8"]], [0, [3]], [0, [b"12345678"]]],
    ["numpy.int64", [0, ["a"]]],
    ["numpy.datetime64", [0, ["|O"]], [0, [1]]],
    ["defaultdict", [0, ["eval"]], [0, [0]], [0, []], [0, []]],
    ["os.system", [0, ["true"]]],
    msgspec.msgpack.Ext(5, b"a"),
]


@pytest.mark.parametrize("node", DAMAGED, ids=range(len(DAMAGED)))
def test_damaged_nodes_are_refused(node) -> None:
    with pytest.raises((CodecError, DataError)):
        unpack(msgspec.msgpack.encode(node))


def test_endless_nesting_in_data_is_refused() -> None:
    for data in (b"\x91" * 100_000, b"\x93\xa3set" * 5000, b"\x93\x02\xc4\x01\0" * 5000):
        with pytest.raises(DataError):
            unpack(data)


def assert_refused_or_read(data) -> None:
    """By those errors and no other; what is read are values that travel as any others."""
    try:
        found = unpack(data)
    except (CodecError, DataError):
        return
    assert type(found) is list
    again = unpack(pack(found))
    assert list(map(type, again)) == list(map(type, found))


@given(st.binary(max_size=40))
@settings(max_examples=500, deadline=None)
def test_random_bytes_are_refused_or_read(data) -> None:
    assert_refused_or_read(data)


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_damaged_bytes_are_refused_or_read(data) -> None:
    values = [("a", 1, {"k": [Decimal(1), date.min]}), {1, None}, UUID(int=3), 2**70, "x"] * 3
    packed = bytearray(pack(values))
    for _ in range(data.draw(st.integers(1, 3))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    assert_refused_or_read(packed[: data.draw(st.integers(1, len(packed)))])


def test_a_process_without_the_library_unpacks_its_values() -> None:
    code = (
        "import sys; from hadoopjobs.core.codec import unpack\n"
        "assert 'numpy' not in sys.modules and 'zoneinfo' not in sys.modules\n"
        "print(unpack(sys.stdin.buffer.read()))"
    )
    packed = pack([np.int16(3), BERLIN])
    done = subprocess.run([sys.executable, "-c", code], input=packed, capture_output=True)
    assert done.stderr == b""
    assert done.stdout.decode().strip() == repr([np.int16(3), BERLIN])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], 56),
        (list(range(1000, 101_000)), 3_600_000),
        ([("word", 1)] * 1000, 1000 * (56 + 53 + 28 + 8)),
        ([{"a": [1] * 1000}] * 10, 10 * (184 + 50 + 56 + 36_000)),
        ([1, "x" * 10_000] * 5000, 5000 * (36 + 10_057)),
        ([np.zeros(1000)] * 10, 10 * 8100),
        ([bytearray(5000), {1, 2}, deque([1]), Plain(1), None], 6400),
    ],
)
def test_estimates_are_near(values, expected) -> None:
    assert estimate_bytes(values) == pytest.approx(expected, rel=0.15)


def test_an_estimate_looks_at_few_values() -> None:
    values = [[list(range(100))] * 100 for _ in range(1000)]
    started = clock.perf_counter()
    estimate_bytes(values)
    assert clock.perf_counter() - started < 0.1
