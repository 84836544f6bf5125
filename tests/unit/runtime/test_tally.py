from __future__ import annotations

import os
import random
from collections import Counter
from typing import Any, ClassVar

import pytest

from hadoopjobs import Job
from hadoopjobs.job.mrjob_loader import MRJob
from hadoopjobs.runtime import collector
from hadoopjobs.runtime import tally as tallies
from hadoopjobs.runtime.column_tally import ColumnTally
from hadoopjobs.runtime.tally import Tally
from hadoopjobs.session import Settings
from hadoopjobs.session.jobs import JobTarget, run_job
from hadoopjobs.testing import run

WORDS = ["", "a", "é", "\0", "a\0", "\ud800", "x" * 1000, "a\n", "NaN"]
KEYS: dict[str, list[Any]] = {
    "str": WORDS,
    "bytes": [word.encode("utf-8", "surrogatepass") for word in WORDS],
    "int": [0, -1, 2**63 - 1, -(2**63), 2**63, 2**70],
}


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("columns_from", [0, 100, 1 << 30])
def test_every_key_is_counted_however_it_is_held(kind, columns_from, monkeypatch):
    monkeypatch.setattr(tallies, "_columns_from", lambda _: columns_from)
    chosen = random.Random(kind)
    tally = Tally()
    expected: Counter[Any] = Counter()
    for _ in range(2):
        for _ in range(50):
            keys = chosen.choices(KEYS[kind], k=chosen.randrange(1, 20))
            tally.add(keys)
            expected.update(keys)
        assert tally.records == expected.total()
        assert tally.drain() == expected
        assert tally.records == 0
        assert tally.drain() == {}
        expected.clear()


def test_columns_are_counted_when_many_wait(monkeypatch):
    monkeypatch.setattr("hadoopjobs.runtime.column_tally._COUNT_AT", 10)
    tally = ColumnTally(str)
    for number in range(100):
        assert tally.add([str(number % 7), "x"])
    assert tally.drain() == {**Counter(str(number % 7) for number in range(100)), "x": 100}


def test_a_column_refuses_what_it_cannot_hold():
    assert not ColumnTally(str).add(["a", "\udcff"])
    assert not ColumnTally(str).add(["a\n"])
    assert not ColumnTally(int).add([1, 2**64])


class Odd(Job):
    """Keys of many kinds among words, each with the one value that all come with."""

    odd: ClassVar[list[Any]] = [
        *("new\nline", "\udcff", "x" * (1 << 20), ""),
        *(None, 1, True, 1.0, b"word 1", ("word", 1), 2**70),
    ]

    def mapper(self, _, line):
        for number in range(100_000):
            yield f"word {number % 1000}", 1
            if number % 7000 == 6999:
                yield self.odd[number // 7000 % len(self.odd)], 1

    def combiner(self, key, values):
        yield key, sum(values)

    def reducer(self, key, values):
        yield key, sum(values)


def test_odd_keys_among_many_words_are_counted_as_they_are_without_columns(monkeypatch):
    expected = run(Odd, "a line").output
    monkeypatch.setattr(tallies, "_MUCH_INPUT", 0)
    assert repr(run(Odd, "a line").output) == repr(expected)
    assert ("word 1", 100) in expected


class Word(str):
    pass


class MROdd(MRJob):  # type: ignore[misc]
    """The same through mrjob's JSON, which makes text of subclasses of str."""

    odd: ClassVar[list[Any]] = [
        *("new\nline", "\udcff", "x" * (1 << 20), "", Word("word 1"), Word("a\n"), Word("\udcff")),
        *(None, 1, True, 1.0, ("word", 1), 2**70),
    ]
    mapper, combiner, reducer = Odd.mapper, Odd.combiner, Odd.reducer


def mrjob_output(folder):
    (folder / "in").write_text("a line\n")
    settings = Settings(runner="inline", overwrite=True)
    run_job(MROdd, [str(folder / "in")], settings, JobTarget(str(folder / "out")))
    return (folder / "out" / "part-00000").read_bytes()


def test_odd_keys_of_mrjob_are_counted_as_they_are_without_columns(tmp_path, monkeypatch):
    environment = dict(os.environ)
    expected = mrjob_output(tmp_path)
    assert dict(os.environ) == environment
    monkeypatch.setattr(tallies, "_MUCH_INPUT", 0)
    assert mrjob_output(tmp_path) == expected
    assert b'"word 1"\t101\n' in expected


class Orders(Job):
    """The values of a key as they came: equal ones at first, and then others."""

    def mapper(self, _, line):
        for number in range(int(line)):
            yield number % 7, 1
            yield ("a", number % 2), 1
        for number in range(20_000):
            yield number % 7, [number] if number % 5 == 0 else number % 3
            yield ("a", number % 2), number % 3

    def reducer(self, key, values):
        yield key, list(values)


@pytest.mark.parametrize("before", ["0", "1", "5", "30000"])
def test_values_stay_in_their_order(before):
    expected: dict[Any, list[Any]] = {}
    for key, value in Orders().mapper(None, before):
        expected.setdefault(key, []).append(value)
    assert run(Orders, before).as_dict() == expected


@pytest.fixture
def spills(monkeypatch) -> list[int]:
    """How many pairs were counted at each spill."""
    found: list[int] = []
    spill = collector.Collector.spill

    def noted(self):
        found.append(self._tally.records)
        spill(self)

    monkeypatch.setattr(collector.Collector, "spill", noted)
    return found


def test_values_stay_in_their_order_where_many_were_counted_before(spills, monkeypatch):
    expected = run(Orders, "30000").as_dict()
    assert spills == [0]
    monkeypatch.setattr(collector, "_MANY_COUNTED", 1)
    assert run(Orders, "30000").as_dict() == expected
    assert len(spills) == 3
    assert spills[1] > 1


class Ones(Job):
    def mapper(self, _, line):
        for number in range(100_000):
            yield number % 3, 1

    def reducer(self, key, values):
        yield key, sum(values)


def test_counted_values_are_written_before_their_lists_are_over_the_budget(spills, monkeypatch):
    expected = {0: 33_334, 1: 33_333, 2: 33_333}
    assert run(Ones, "a line").as_dict() == expected
    assert spills == [100_000]
    monkeypatch.setattr(collector, "_LISTED_BYTES", 1 << 16)
    assert run(Ones, "a line").as_dict() == expected
    assert len(spills) > 2
    assert max(spills[1:]) < 20_000
