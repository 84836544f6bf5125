"""Keys and values of every kind that a record may hold, odd ones more often than chance would."""

from __future__ import annotations

import string
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from datetime import UTC, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

Strategy = st.SearchStrategy

ODD_NUMBERS = [
    0,
    -0.0,
    1,
    1.0,
    Decimal("1.00"),
    Fraction(1, 3),
    0.1,
    Decimal("0.1"),
    Fraction(1, 10),
    2**53,
    2**53 + 1,
    float(2**53),
    Decimal(2**53) + Decimal("0.5"),
    -(2**53) - 1,
    2**63,
    2**64,
    2**70,
    2**70 + 1,
    Decimal(2**70 + 1),
    10**400,
    -(10**400),
    10**400 + 1,
    Decimal("1E+400"),
    Decimal("-1E+400"),
    10**4000,
    10**4000 + 1,
    Decimal("1E+4000"),
    Decimal("1E+999999"),
    Fraction(10**400 + 1, 3),
    Fraction(-1, 10**400),
    Fraction(1, 3 * 10**400),
    Decimal("1E-400"),
    Decimal("-1E-400"),
    Decimal("3E-400"),
    5e-324,
    -5e-324,
    1.7976931348623157e308,
    int(1.7976931348623157e308) + 1,
    float("inf"),
    Decimal("-Infinity"),
    float("nan"),
    Decimal("NaN"),
    Decimal("sNaN"),
]

ZONES = [None, UTC, timezone(timedelta(hours=-5)), ZoneInfo("Europe/Berlin")]


def opaque(strategy: Strategy) -> Strategy:
    """`strategy` with a short name: hypothesis prints nested ones, and warns when that is long."""

    @st.composite
    def drawn(draw) -> object:
        return draw(strategy)

    return drawn()


any_text = st.text(st.characters(exclude_categories=()), max_size=6) | st.text(
    "a\0\x01", max_size=4
)
any_bytes = st.binary(max_size=6) | st.text("a\0\x01\xff", max_size=4).map(
    lambda text: text.encode("latin-1")
)
numbers = opaque(
    st.sampled_from(ODD_NUMBERS)
    | st.integers()
    | st.integers(-3, 3)
    | st.floats()
    | st.integers(-9, 9).map(float)
    | st.decimals()
    | st.decimals(-5, 5, places=1)
    | st.fractions(max_denominator=12)
    | st.fractions()
)
zones = st.sampled_from(ZONES)
moments = (
    st.dates()
    | st.datetimes(timezones=zones, allow_imaginary=True)
    | st.times(timezones=zones)
    | st.timedeltas()
)
_atoms = st.none() | st.booleans() | numbers | any_bytes | any_text | moments | st.uuids()
atoms = opaque(_atoms)


def nested(elements: Strategy, hashable: Strategy) -> Strategy:
    """Lists, tuples, sets and dicts of `elements`; what must be hashable is of `hashable`."""
    return st.recursive(
        elements,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.lists(inner, max_size=4).map(tuple)
            | st.dictionaries(hashable, inner, max_size=3)
        ),
        max_leaves=8,
    )


def _is_hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:  # a signalling NaN
        return False
    return True


hashables = opaque((atoms | st.tuples(atoms, atoms)).filter(_is_hashable))
keys = nested(
    atoms | st.sets(hashables, max_size=3) | st.frozensets(hashables, max_size=3), hashables
)
homogeneous_columns = st.one_of(
    *(
        st.lists(one, max_size=12)
        for one in (
            st.integers(),
            st.integers(0, 2**54),
            st.integers(-9, 9),
            st.floats(),
            st.floats(0, 10),
            any_text,
            any_bytes,
            st.text(string.ascii_letters),
            st.booleans(),
            st.tuples(any_text, st.integers()),
            st.tuples(st.floats(), st.text(string.ascii_letters), st.tuples(st.booleans())),
            st.tuples(numbers),
            st.just(()),
            st.lists(st.integers(), max_size=3).map(tuple),
        )
    )
)

_collections: list[Callable[[dict], object]] = [
    OrderedDict,
    lambda mapping: defaultdict(list, mapping),
    lambda mapping: Counter(dict.fromkeys(mapping, 2)),
    lambda mapping: deque(mapping, maxlen=9),
]
values = nested(
    keys
    | st.complex_numbers()
    | st.binary(max_size=4).map(bytearray)
    | st.tuples(
        st.sampled_from(_collections), st.dictionaries(hashables, st.integers(), max_size=3)
    ).map(lambda pair: pair[0](pair[1])),
    hashables,
)
value_columns = homogeneous_columns | st.lists(values, max_size=8)
