"""Copies of what user code yields, so that it may go on changing its own lists and dicts."""

from __future__ import annotations

import copy
import operator
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from uuid import UUID

from hadoopjobs.core.pairs import Value

#: Classes whose very instances (not those of subclasses) nobody can change.
IMMUTABLE: frozenset[type] = frozenset(
    (
        *(type(None), str, bytes, int, float, bool, complex),
        *(Decimal, Fraction, date, datetime, time, timedelta, UUID),
    )
)

_COPIED_BY_METHOD = frozenset((Counter, OrderedDict, defaultdict, deque))


def snapshot(value: Value) -> Value:
    """Give what `value` is now: itself if nothing in it can change, else a deep copy.

    Lists, dicts, sets and what `collections` has are copied fast, with their order and classes; a
    list that is held twice becomes two. Any other class goes through `copy.deepcopy`.

    >>> words = ["a", ["b"]]
    >>> kept = snapshot(words)
    >>> words[1].append("c")
    >>> kept
    ['a', ['b']]
    """
    try:
        return _copy(value)
    except RecursionError:  # nested deep, or contains itself: deepcopy remembers what it has seen
        return copy.deepcopy(value)


def _copy(value: Value) -> Value:
    cls = type(value)
    if cls in IMMUTABLE:
        return value
    if cls is list:
        return value[:] if IMMUTABLE.issuperset(map(type, value)) else list(map(_copy, value))
    if cls is dict:
        return _copy_dict(value)
    if cls is tuple or cls is frozenset:
        return value if IMMUTABLE.issuperset(map(type, value)) else _copy_frozen(value)
    if cls is set:
        return value.copy() if IMMUTABLE.issuperset(map(type, value)) else set(map(_copy, value))
    if cls is bytearray:
        return value[:]
    if cls in _COPIED_BY_METHOD and _holds_immutables(value):
        return value.copy()
    return copy.deepcopy(value)


def _copy_dict(value: dict[Value, Value]) -> dict[Value, Value]:
    if IMMUTABLE.issuperset(map(type, value)):
        if IMMUTABLE.issuperset(map(type, value.values())):
            return value.copy()
        return dict(zip(value, map(_copy, value.values())))
    return dict(zip(map(_copy, value), map(_copy, value.values())))


def _copy_frozen(value: Value) -> Value:
    """`value` itself if its tuples hold immutables only, else one like it with copies."""
    members = list(value)
    copies = list(map(_copy, members))
    return value if all(map(operator.is_, members, copies)) else type(value)(copies)


def _holds_immutables(value: Value) -> bool:
    members = value if type(value) is deque else chain(value, value.values())
    return IMMUTABLE.issuperset(map(type, members))
