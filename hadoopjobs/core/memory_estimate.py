"""About how much memory Python objects take, from a sample of them."""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Collection, Sequence
from itertools import islice

from hadoopjobs.core.pairs import Value

_PLAIN_TYPES = frozenset((type(None), bool, int, float, str, bytes))
_CONTAINERS = frozenset(
    (tuple, list, set, frozenset, dict, OrderedDict, Counter, defaultdict, deque)
)
_SAMPLE = 64
_SPREAD = [i * 0.6180339887498949 % 1.0 for i in range(_SAMPLE)]  # in step with no pattern


def estimate_bytes(values: Sequence[Value]) -> int:
    """Give about how much memory `values` takes, the list and all that is in it.

    Looks at no more than 64 of them, spread evenly, and at a few members of each; what is shared
    counts as often as it is met. Meant for budgets, not for bills.

    >>> 5_000_000 < estimate_bytes(["word%d" % i for i in range(100_000)]) < 7_000_000
    True
    """
    return sys.getsizeof(values) + _members_bytes(values, _SAMPLE)


def _members_bytes(values: Sequence[Value], most: int) -> int:
    count = len(values)
    sampled = values if count <= most else [values[int(count * at)] for at in _SPREAD[:most]]
    return _scaled(sampled, count, most)


def _scaled(sampled: Collection[Value], count: int, most: int) -> int:
    if not sampled:
        return 0
    return sum([_value_bytes(value, most // 8) for value in sampled]) * count // len(sampled)


def _value_bytes(value: Value, most: int) -> int:
    cls = type(value)
    size = sys.getsizeof(value)
    if cls in _PLAIN_TYPES:
        return size
    most = max(most, 1)
    if cls is tuple or cls is list:
        return size + _members_bytes(value, most)
    if isinstance(value, dict):
        size += _scaled(list(islice(value.values(), most)), len(value), most)
        return size + _scaled(list(islice(value, most)), len(value), most)
    if cls in _CONTAINERS:
        return size + _scaled(list(islice(value, most)), len(value), most)
    if hasattr(value, "__dict__"):
        return size + _value_bytes(vars(value), most)
    return max(size, getattr(value, "nbytes", 0))
