"""Keys and values of every kind give the same bytes on every runner."""

from __future__ import annotations

import datetime
import math
from collections import Counter, OrderedDict, namedtuple
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from functools import cache
from uuid import UUID

import pytest

from hadoopjobs import Job
from hadoopjobs.core.sort_key import encode
from tests.conformance.harness import partitions, standard_output

BERLIN = datetime.timezone(datetime.timedelta(hours=1))
ODD = [
    *(None, True, 1, 1.0, Decimal(1), Decimal("1.00"), Fraction(1), False, 0, 0.0, -0.0),
    *(2**70, -(2**70), 2**70 + 1, 2**63, -(2**63), 10**400, Fraction(1, 3), Decimal("0.1"), 0.1),
    *(math.nan, math.inf, -math.inf, 5e-324, Decimal("NaN"), Decimal("Infinity"), 2.0**70),
    *("", "\t", "\n", "\x00", "\r\n", "a\tb", "\\t", '"', "é", "e\u0301", "\U0001f600", "\u2028"),
    *("\udcff", "\ud800", "x" * 100_000, "None", "1", "true", " "),
    *(b"", b"\xff\xfe", b"\x00", b"\t\n", b"1", b"x" * 100_000),
    *((), (1,), (1.0,), (True,), (None,), ("a", ("b", (2**70, b"\xff"))), (1, "a"), ("\t", "\n")),
    *([], [1], ["a", ["b", {}]], [None], {}, {"b": 1, "a": [2]}, {"a": [2], "b": 1}, {1: "x"}),
    *({1, 2, 3}, {3, 2, 1}, frozenset({1, 2, 3}), set(), {"a", None}),
    *(datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1), datetime.date(1, 1, 1)),
    datetime.datetime(2020, 1, 1, 1, tzinfo=BERLIN),
    datetime.datetime(2020, 1, 1, 0, tzinfo=datetime.UTC),
    *(datetime.time(1, 2, 3), datetime.timedelta(days=-1, microseconds=1), UUID(int=1)),
]


def jsonable(value):
    return repr(value) if isinstance(value, Fraction) else value


class Grouped(Job):
    """Each odd thing as a key and as a value, some of them often."""

    def mapper(self, _, line):
        number = int(line)
        yield ODD[number % len(ODD)], ODD[number * 7 % len(ODD)]

    def reducer(self, key, values):
        counts = Counter(encode(value).hex()[:60] for value in values)
        yield jsonable(key), sorted(counts.items())


class Combined(Grouped):
    def mapper(self, _, line):
        number = int(line)
        yield ODD[number % len(ODD)], [ODD[number * 7 % len(ODD)]]

    def combiner(self, key, lists):
        yield key, [value for values in lists for value in values]

    def reducer(self, key, lists):
        yield from super().reducer(key, [value for values in lists for value in values])


class Kept(Job):
    """The very values, in the order of their encoding."""

    SORT_VALUES = True

    def mapper(self, _, line):
        yield int(line) % 3, ODD[int(line) % len(ODD)]

    def reducer(self, key, values):
        for value in values:
            yield key, jsonable(value)


@pytest.fixture(scope="module")
def numbers(tmp_path_factory):
    path = tmp_path_factory.mktemp("odd") / "numbers"
    path.write_text("".join(f"{n}\n" for n in range(4 * len(ODD))))
    return path


@cache
def expected(job, path):
    """What the inline runner prints with one partition and memory enough, sorted."""
    return sorted(standard_output(job, "inline", [path]).splitlines())


@pytest.mark.parametrize("job", [Grouped, Combined, Kept])
@pytest.mark.parametrize(("reduces", "memory"), [(1, "256m"), (3, "1m")])
def test_odd_keys_and_values(runner, numbers, job, reduces, memory):
    output = standard_output(
        job, runner, [numbers], jobconf=partitions(reduces), memory=memory, split_bytes=300
    )
    assert sorted(output.splitlines()) == expected(job, numbers)


def test_groups_are_those_of_the_encoded_keys(numbers):
    groups = {encode(key) for key in ODD}
    assert len(expected(Grouped, numbers)) == len(groups)


Point = namedtuple("Point", "x y")


class Colour(IntEnum):
    RED = 1


class Name(str):
    pass


@pytest.mark.parametrize("memory", ["256m", "1m"])
def test_subclasses_are_kept_or_named_but_never_mixed_up(runner, numbers, memory):
    """What a subclass becomes must not depend on the runner or on spilling."""

    class Sub(Job):
        def mapper(self, _, line):
            number = int(line)
            yield "ordered", OrderedDict(b=1, a=2)
            yield (number % 2, "x"), Counter("ab")

        def reducer(self, key, values):
            yield key, sorted({type(value).__name__ for value in values})

    output = standard_output(Sub, runner, [numbers], memory=memory, split_bytes=300)
    assert sorted(output.splitlines()) == sorted(
        [b'"ordered"\t["OrderedDict"]', b'[0,"x"]\t["Counter"]', b'[1,"x"]\t["Counter"]']
    )


@pytest.mark.parametrize(
    "odd", [Point(1, 2), Colour.RED, Name("n")], ids=lambda v: type(v).__name__
)
def test_subclasses_of_key_types_give_one_answer_on_every_runner(runner, odd):
    def told(name):
        class Sub(Job):
            def mapper(self, _, line):
                yield odd, odd

            def reducer(self, key, values):
                yield type(key).__name__, [type(value).__name__ for value in values]

        from tests.conformance.harness import output_of

        try:
            return output_of(Sub, name, ["x"])
        except Exception as error:
            return type(error), str(error).partition(" (attempt")[0]  # hadoop says where it ran

    assert told(runner) == told("inline")
