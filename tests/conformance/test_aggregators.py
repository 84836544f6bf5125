"""Declared aggregators: one declaration gives combiner and reducer."""

from __future__ import annotations

from fractions import Fraction

import pytest

from hadoopjobs import Aggregator, Count, Job, Max, Mean, Min, Step, Sum, Top
from hadoopjobs.core.errors import TaskError
from tests.conformance.harness import output_of, partitions, run

LINES = [f"{'abc'[n % 3]} {n * 37 % 101}" for n in range(300)]
GROUPS = {k: [int(line[2:]) for line in LINES if line[0] == k] for k in "abc"}


class Numbers(Job):
    def mapper(self, _, line):
        key, value = line.split()
        yield key, int(value)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Sum(), sum),
        (Count(), len),
        (Min(), min),
        (Max(), max),
        (Mean(), lambda values: sum(values) / len(values)),
        (Top(4), lambda values: sorted(values, reverse=True)[:4]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_aggregator(runner, tmp_path, given, expected):
    class Aggregated(Numbers):
        aggregator = given

    path = tmp_path / "numbers"
    path.write_text("".join(f"{line}\n" for line in LINES))
    output = output_of(Aggregated, runner, paths=[path], split_bytes=500, jobconf=partitions(2))
    assert sorted(output) == [(key, expected(values)) for key, values in GROUPS.items()]


class Spread(Aggregator):
    """Largest less smallest, over a mutable state."""

    def zero(self):
        return []

    def add(self, state, value):
        state[:] = [min([*state[:1], value]), max([*state[1:], value])]
        return state

    def merge(self, one, other):
        return [min(one[0], other[0]), max(one[1], other[1])]

    def finish(self, state):
        return state[1] - state[0]


@pytest.mark.parametrize("memory", ["256m", "1m"])
def test_aggregator_of_ones_own(runner, tmp_path, memory):
    class Aggregated(Numbers):
        aggregator = Spread()

    path = tmp_path / "numbers"
    path.write_text("".join(f"{line}\n" for line in LINES))
    output = output_of(Aggregated, runner, paths=[path], split_bytes=500, memory=memory)
    assert output == [(key, max(values) - min(values)) for key, values in GROUPS.items()]


def test_keys_that_python_calls_equal_but_we_do_not(runner):
    class Odd(Job):
        aggregator = Sum()

        def mapper(self, _, line):
            for key in (True, 1, 1.0, "1", b"1", None, (1,), False, 0, -0.0, Fraction(2, 2)):
                yield key, 1

    output = output_of(Odd, runner, ["x", "y"], jobconf=partitions(1))
    assert [(repr(key) if key is None or key is True or key is False else key, n)
            for key, n in output] == [
        ("None", 2), ("False", 2), ("True", 2), (0, 4), (1, 6), (b"1", 2), ("1", 2), ((1,), 2),
    ]  # fmt: skip


def test_aggregators_in_steps(runner):
    class Steps(Job):
        def steps(self):
            return [
                Step(mapper=self.words, aggregator=Sum()),
                Step(mapper=self.swap, aggregator=Count(), partitions=1),
            ]

        def words(self, _, line):
            for word in line.split():
                yield word, 1

        def swap(self, word, count):
            yield count, word

    output = output_of(Steps, runner, ["a b c a", "b d"], jobconf=partitions(3))
    assert output == [(1, 2), (2, 2)]


def test_sums_of_values_that_are_not_ints(runner):
    class Sums(Job):
        aggregator = Sum()

        def mapper(self, _, line):
            yield "fraction", Fraction(1, int(line))
            yield "large", 2**70
            yield "float", 0.5

    assert output_of(Sums, runner, ["3", "6"]) == [
        ("float", 1.0),
        ("fraction", Fraction(1, 2)),
        ("large", 2**71),
    ]


def test_values_that_do_not_fold_are_a_clear_error(runner):
    class Sums(Job):
        aggregator = Sum()

        def mapper(self, _, line):
            yield line, line

    class Mixed(Job):
        aggregator = Min()

        def mapper(self, _, line):
            yield "k", line
            yield "k", 1

    with pytest.raises(TaskError, match=r"Sum failed: it cannot fold these values: unsupported"):
        run(Sums, runner, ["a"])
    with pytest.raises(TaskError, match=r"Min failed: it cannot fold these values: '<' not"):
        run(Mixed, runner, ["a"])


def test_values_that_an_aggregator_cannot_compare_are_the_jobs_fault(runner):
    class Mixed(Job):
        aggregator = Top(2)

        def mapper(self, _, line):
            yield 1, 1
            yield 1, line

    with pytest.raises(TaskError, match="Top failed: it cannot fold these values"):
        output_of(Mixed, runner, ["a"])
