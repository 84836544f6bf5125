from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from hadoopjobs.runtime import tally as tallies
from hadoopjobs.runtime.column_tally import ColumnTally
from hadoopjobs.runtime.tally import Tally

WORDS = ["", "a", "é", "\0", "a\0", "\ud800", "x" * 1000, "a\n", "NaN"]
KEYS: dict[str, list[Any]] = {
    "str": WORDS,
    "bytes": [word.encode("utf-8", "surrogatepass") for word in WORDS],
    "int": [0, -1, 2**63 - 1, -(2**63), 2**63, 2**70],
}


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("columns_from", [0, 100, 1 << 30])
def test_every_key_is_counted_however_it_is_held(kind, columns_from, monkeypatch):
    monkeypatch.setattr(tallies, "_columns_from", lambda: columns_from)
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
    assert not ColumnTally(int).add([1, 2**64])
