"""The bytes of keys sort as a slow comparer says, which is written from the stated order alone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import inf, isinf, isnan
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from hadoopjobs.core.sort_key import choose_representative, encode, encode_all
from tests.property.strategies import homogeneous_columns, keys, numbers

CLASSES: list[Any] = [
    type(None),
    bool,
    (int, float, Decimal, Fraction),
    (bytes, bytearray),
    str,
    tuple,
    list,
    dict,
    (set, frozenset),
    datetime,  # ranks after date, but is one: see `class_rank`
    date,
    time,
    timedelta,
    UUID,
]


def class_rank(key) -> float:
    found = next(rank for rank, cls in enumerate(CLASSES) if isinstance(key, cls))
    return {9: 10, 10: 9}.get(found, found)


def compare(a, b) -> int:
    """-1, 0 or 1: how `a` stands to `b`."""
    if class_rank(a) != class_rank(b):
        return sign(class_rank(a), class_rank(b))
    if isinstance(a, (bool, bytes, bytearray, timedelta, UUID)):
        return sign(a, b)
    if isinstance(a, (int, float, Decimal, Fraction)):
        return compare_numbers(a, b)
    if isinstance(a, str):
        return sign([ord(c) for c in a], [ord(c) for c in b])
    if isinstance(a, (tuple, list)):
        return compare_sequences(a, b)
    if isinstance(a, dict):
        return compare_sequences(in_order(a.items()), in_order(b.items()))
    if isinstance(a, (set, frozenset)):
        return compare_sequences(in_order(a), in_order(b))
    if isinstance(a, (datetime, time)):
        return sign(instant(a), instant(b))
    return 0 if a is None else sign(a, b)


def sign(a, b) -> int:
    return (a > b) - (a < b)


def compare_numbers(a, b) -> int:
    places = [number_place(a), number_place(b)]
    if places[0] != places[1] or places[0] != 1:
        return sign(*places)
    if isinstance(a, Decimal) and isinstance(b, Decimal):
        return sign(a, b)
    if all(not isinstance(n, Decimal) or abs(n.adjusted()) < 9000 for n in (a, b)):
        return sign(Fraction(a), Fraction(b))
    return sign(scale(a), scale(b))


def number_place(number) -> int:
    if isinstance(number, (int, Fraction)):
        return 1
    is_decimal = isinstance(number, Decimal)  # isnan and isinf make a float of it
    if number.is_nan() if is_decimal else isnan(number):
        return 3
    if number.is_infinite() if is_decimal else isinf(number):
        return 0 if number < 0 else 2
    return 1


def scale(number) -> float:
    """Enough to compare with a Decimal too large or small to be expanded."""
    if isinstance(number, Decimal):
        return number.adjusted() * (1 if number > 0 else -1) if abs(number) > 1 else 0.0
    try:
        return min(max(float(number), -9000.0), 9000.0)
    except OverflowError:
        return 9000.0 if number > 0 else -9000.0


def compare_sequences(a, b) -> int:
    for left, right in zip(a, b, strict=False):
        if order := compare(left, right):
            return order
    return sign(len(a), len(b))


def in_order(elements) -> list:
    ordered: list = []
    for element in elements:
        place = 0
        while place < len(ordered) and compare(ordered[place], element) < 0:
            place += 1
        ordered.insert(place, element)
    return ordered


def instant(moment) -> tuple[bool, int]:
    offset = moment.utcoffset()
    naive = moment.replace(tzinfo=None)
    if isinstance(naive, time):
        naive = datetime.combine(date(2000, 1, 1), naive)
    since = naive - datetime(2000, 1, 1)
    return offset is not None, (since - (offset or timedelta())) // timedelta(microseconds=1)


@given(keys, keys)
@settings(max_examples=600, deadline=None)
def test_bytes_order_as_keys_do(a, b) -> None:
    assert sign(encode(a), encode(b)) == compare(a, b)


@given(numbers, numbers)
@settings(max_examples=1500, deadline=None)
def test_numbers_order_by_value(a, b) -> None:
    assert sign(encode(a), encode(b)) == compare(a, b)


@given(numbers, st.integers(-3, 3), st.sampled_from([1, 10**20, 10**350]))
@settings(max_examples=250, deadline=None)
def test_close_numbers_order_by_value(number, step, divisor) -> None:
    if isinstance(number, Decimal) and abs(number.adjusted()) > 9000:
        return
    if number_place(number) != 1:
        return
    exact = Fraction(number)
    near = exact + Fraction(step, divisor)
    assert sign(encode(near), encode(number)) == sign(near, exact)
    assert encode(exact) == encode(number)


@given(st.tuples(keys, keys), st.tuples(keys, keys))
@settings(max_examples=250, deadline=None)
def test_tuples_order_by_their_first_difference(a, b) -> None:
    expected = compare(a[0], b[0]) or compare(a[1], b[1])
    assert sign(encode(a), encode(b)) == expected


@given(homogeneous_columns | st.lists(keys, max_size=6))
@settings(max_examples=250, deadline=None)
def test_encode_all_is_encode_of_each(column) -> None:
    assert encode_all(column) == [encode(key) for key in column]


@given(st.lists(keys, max_size=8))
@settings(max_examples=200, deadline=None)
def test_sorting_by_bytes_is_sorting_by_the_comparer(column) -> None:
    ordered = sorted(column, key=encode)
    assert all(compare(a, b) <= 0 for a, b in pairwise(ordered))


@given(numbers, numbers, keys)
@settings(max_examples=250, deadline=None)
def test_the_representative_does_not_depend_on_the_order(a, b, other) -> None:
    for left, right in ((a, b), ((a, other), (b, other)), ([{1: a}], [{1: b}])):
        if encode(left) == encode(right):
            one, two = choose_representative(left, right), choose_representative(right, left)
            assert repr_of(one) == repr_of(two)


def repr_of(key) -> object:
    if isinstance(key, (list, tuple)):
        return type(key), [repr_of(element) for element in key]
    if isinstance(key, dict):
        return [(repr_of(name), repr_of(value)) for name, value in key.items()]
    return type(key), key if isinstance(key, (int, Fraction)) else repr(key)


def test_infinity_is_beyond_every_number() -> None:
    column = [-inf, -(10**9000), Decimal("-1E+400"), 0, 10**9000, Decimal("1E+99999"), inf]
    shuffled = column[3:] + column[:3]
    assert sorted(shuffled, key=encode) == column
