from __future__ import annotations

import copy
from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import numpy as np
import pytest

from hadoopjobs.core.snapshot import IMMUTABLE, snapshot


@dataclass
class Basket:
    items: list[str] = field(default_factory=list)


@pytest.mark.parametrize(
    "value",
    [
        *(None, "a", b"a", 1, 1.5, True, 1j, Decimal(1), Fraction(1, 2)),
        *(date.min, datetime.min, time.min, timedelta.min, UUID(int=1)),
        (),
        (1, "a"),
        (1, ("a", (None,))),
        frozenset({1, "a"}),
        (1, frozenset({("a", 1)})),
    ],
)
def test_what_cannot_change_is_given_back_as_it_is(value) -> None:
    assert snapshot(value) is value


def make_changeable() -> list:
    return [
        [],
        [1, 2],
        [1, [2, {"a": [3]}]],
        {},
        {"a": 1},
        {"a": [1]},
        {("a", (1,)): {2}},
        {1, 2},
        {(1, (2,))},
        bytearray(b"a"),
        (1, [2]),
        (1, ("a", [2])),
        deque([1, 2], maxlen=2),
        deque([[1]]),
        Counter("aab"),
        OrderedDict(b=1, a=2),
        OrderedDict(b=[1]),
        defaultdict(list, a=[1]),
        defaultdict(int, a=1),
        Basket(["a"]),
        [Basket(["a"])],
        np.arange(3).tolist(),
    ]


@pytest.mark.parametrize("value", make_changeable())
def test_what_can_change_is_copied_with_its_classes_and_order(value) -> None:
    kept = snapshot(value)
    assert kept is not value
    assert type(kept) is type(value)
    assert kept == value
    assert repr(kept) == repr(value)


def change(value) -> None:
    """Change every list, dict, set and bytearray in `value`."""
    if isinstance(value, dict):
        for inner in list(value.values()):
            change(inner)
        value["changed"] = 1
    elif isinstance(value, (list, deque, tuple)):
        for inner in list(value):
            change(inner)
        if not isinstance(value, tuple):
            value.append("changed")
    elif isinstance(value, set):
        value.add("changed")
    elif isinstance(value, bytearray):
        value.append(1)
    elif isinstance(value, Basket):
        value.items.append("changed")


@pytest.mark.parametrize("value", make_changeable())
def test_later_changes_do_not_reach_the_copy(value) -> None:
    before = copy.deepcopy(value)
    kept = snapshot(value)
    change(value)
    assert kept == before


def test_an_array_is_copied() -> None:
    array = np.arange(3)
    kept = snapshot((array,))
    array[0] = 9
    assert kept[0].tolist() == [0, 1, 2]


def test_collections_keep_what_they_know_besides_their_items() -> None:
    assert snapshot(deque([1], maxlen=3)).maxlen == 3
    assert snapshot(defaultdict(list, a=[1])).default_factory is list


def test_a_list_that_contains_itself_is_copied() -> None:
    endless: list[object] = [1]
    endless.append(endless)
    kept = snapshot(endless)
    assert kept is not endless
    assert kept[1] is kept


def test_subclasses_are_not_taken_for_immutable() -> None:
    class Name(str):
        marks: list[str]

    name = Name("a")
    name.marks = []
    assert snapshot(name) is not name
    assert not IMMUTABLE & {tuple, frozenset, bytearray}
