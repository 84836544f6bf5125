from __future__ import annotations

import enum
import random
import subprocess
import sys
from collections import Counter, OrderedDict, namedtuple
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal, FloatOperation, localcontext
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from hadoopjobs.core.errors import UnsortableKeyError
from hadoopjobs.core.sort_key import choose_representative, encode, encode_all

IN_ORDER: list[object] = [
    None,
    False,
    True,
    float("-inf"),
    -(10**5000),
    Decimal("-1E+400"),
    -1,
    Decimal("-1E-400"),
    0,
    Decimal("1E-400"),
    Fraction(1, 10**399),
    5e-324,
    Decimal("0.1"),
    0.1,
    Fraction(1, 3),
    1,
    2,
    10,
    2**53,
    2**53 + 1,
    Decimal(2**53 + 1) + Decimal("0.5"),
    2**70,
    10**400,
    Fraction(3 * 10**400 + 1, 3),
    10**400 + 1,
    10**5000,
    float("inf"),
    float("nan"),
    b"",
    b"\0",
    b"a",
    "",
    "\0",
    "1",
    "10",
    "a",
    "ab",
    "é",
    "\ud800",
    "\uffff",
    "\U0001f600",
    (),
    ("",),
    ("a",),
    ("a", 1),
    ("a", 1, None),
    ("a", 1.5),
    ("a\0",),
    ("ab",),
    [],
    [[]],
    {},
    {"a": 1},
    {"a": 1, "b": 0},
    {"a": 2},
    set(),
    {1},
    {1, 2},
    date(2000, 1, 1),
    datetime(2000, 1, 1),
    datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    datetime(1999, 1, 1, tzinfo=UTC),
    time(1),
    time(0, tzinfo=UTC),
    timedelta.min,
    timedelta(0),
    timedelta.max,
    UUID(int=1),
]


class Level(enum.IntEnum):
    LOW = 1


class Colour(enum.Enum):
    RED = 1


Point = namedtuple("Point", "x y")


def test_keys_come_in_the_stated_order() -> None:
    shuffled = IN_ORDER.copy()
    random.Random(1).shuffle(shuffled)
    assert list(map(repr_or_type, sorted(shuffled, key=encode))) == list(
        map(repr_or_type, IN_ORDER)
    )
    assert len(set(map(encode, IN_ORDER))) == len(IN_ORDER)


def repr_or_type(key) -> object:
    return key if type(key) is int else repr(key)


@pytest.mark.parametrize(
    "same",
    [
        [1, 1.0, Decimal("1.00"), Fraction(1), Level.LOW, np.int64(1), np.float32(1)],
        [0, 0.0, -0.0, Decimal("-0.000")],
        [2**70, float(2**70), Decimal(2**70)],
        [10**5000, Decimal("1E+5000"), Fraction(10**5000)],
        [-(10**400), Decimal("-1E+400")],
        [Fraction(1, 10**400), Decimal("1E-400")],
        [Decimal("0.1"), Fraction(1, 10)],
        [float("nan"), -float("nan"), Decimal("NaN"), Decimal("-sNaN123")],
        [float("-inf"), Decimal("-Infinity")],
        [True, np.bool_(True)],
        [b"a\0", bytearray(b"a\0")],
        [(1, "a"), (1.0, "a"), Point(1, "a")],
        [{1, 2}, frozenset({2.0, 1})],
        [{"a": 1, "b": 2}, OrderedDict(b=2.0, a=1), Counter(a=1, b=2)],
        [
            datetime(2020, 1, 1, 12, tzinfo=UTC),
            datetime(2020, 1, 1, 13, tzinfo=ZoneInfo("Europe/Berlin")),
        ],
    ],
)
def test_equal_values_are_one_key(same) -> None:
    assert len(set(map(encode, same))) == 1
    assert len({encode((key,)) for key in same}) == 1


def test_a_fold_tells_two_instants_apart() -> None:
    first = datetime(2020, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert encode(first) < encode(first.replace(fold=1))


def test_the_common_numbers_take_nine_bytes() -> None:
    common = [0, 1, -1, 2**53, 1.5, -0.25, Decimal("2.50"), 2**70, float("inf")]
    assert {len(encode(key)) for key in common} == {9}


def test_bytes_of_keys_never_change() -> None:
    assert encode((1, "a\0", None)).hex() == "6030bff0000000000000506100ff000110" + "00"
    assert encode(-1).hex() == "30400fffffffffffff"
    assert encode(Decimal("0.1")).hex() == "30bfb9999999999999ff8075ff"
    assert encode(10**400).hex() == "30ffefffffffffffffffc2019081" + "00"


@pytest.mark.parametrize(
    "column",
    [
        [],
        [3, 1, 2],
        [3, -1, 2],
        [2**60, 1],
        [0.5, -0.0],
        [-0.5, float("nan")],
        [float("inf"), float("-inf")],
        ["a", "é", ""],
        ["a", "\0"],
        ["\ud800", "b"],
        [""],
        [b"a", b"\0"],
        [True, False],
        [None, 1, "a"],
        [("a", 1), ("b", 2)],
        [("a\0", 1), ("b", 2)],
        [("a", 1), ("b", 2.5)],
        [("a", -1, (2, "c"))],
        [(), ()],
        [(1,), (1, 2)],
        [Level.LOW, Level.LOW],
        [[1], [2]],
    ],
)
def test_a_batch_is_encoded_as_its_keys_are(column) -> None:
    assert encode_all(column) == [encode(key) for key in column]


@pytest.mark.parametrize("key", [Colour.RED, object(), 1j, Ellipsis, np.arange(2), np.array(1)])
@pytest.mark.parametrize("wrap", [lambda key: key, lambda key: ("a", [key])])
def test_a_class_without_a_place_is_refused_by_name(key, wrap) -> None:
    with pytest.raises(UnsortableKeyError, match=type(key).__qualname__):
        encode(wrap(key))
    with pytest.raises(UnsortableKeyError, match="make it a tuple or a str"):
        encode_all([wrap(key)] * 2)


def test_subclasses_that_may_know_more_are_refused() -> None:
    class Stamp(datetime):
        nanosecond = 5

    with pytest.raises(UnsortableKeyError, match="Stamp"):
        encode(Stamp(2020, 1, 1))


def test_a_key_that_contains_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(UnsortableKeyError, match="contains itself"):
        encode(endless)
    with pytest.raises(UnsortableKeyError, match="contains itself"):
        encode_all([(endless,), (endless,)])


def test_the_callers_decimal_context_does_not_matter() -> None:
    number = Decimal("0.1234567890123456789012345678901234567890")
    expected = encode(number)
    with localcontext() as context:
        context.prec = 3
        context.traps[FloatOperation] = True
        assert encode(number) == expected


@pytest.mark.parametrize(
    ("a", "b", "chosen"),
    [
        (1.0, 1, 1),
        (Decimal("1.0"), 1.0, Decimal("1.0")),
        (Decimal("1.0"), Decimal("1.00"), Decimal("1.0")),
        (0.0, -0.0, -0.0),
        (Level.LOW, 1, 1),
        ((1.0, "a"), (1, "a"), (1, "a")),
        ([{1.0: "a"}], [{1: "a"}], [{1: "a"}]),
        ({1.0}, frozenset({1}), frozenset({1})),
        (bytearray(b"a"), b"a", b"a"),
        ({1.0: 1, 2: 2}, {2: 2, 1: 1}, {2: 2, 1: 1}),
        ({2: 2, 1: 1}, {1: 1, 2: 2}, {1: 1, 2: 2}),
        ((10**5000,), (Decimal("1E+5000"),), (10**5000,)),
    ],
)
def test_the_representative_is_one_whatever_the_order(a, b, chosen) -> None:
    for one in (choose_representative(a, b), choose_representative(b, a)):
        assert type(one) is type(chosen)
        assert one is a or one is b
        if chosen != (10**5000,):  # too long to print
            assert repr(one) == repr(chosen)


def test_importing_takes_neither_numpy_nor_msgspec() -> None:
    code = (
        "import sys, hadoopjobs.core.sort_key, hadoopjobs.core.codec, hadoopjobs.core.snapshot\n"
        "sys.exit(bool({'numpy', 'pyarrow', 'msgspec'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
