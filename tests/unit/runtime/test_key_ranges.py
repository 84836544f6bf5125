"""Ranges of keys: side by side they hold every group of a partition once, in order."""

from __future__ import annotations

import random

import pytest

from hadoopjobs.core.sort_key import encode
from hadoopjobs.physical.stage import RecordShuffle
from hadoopjobs.runtime import key_ranges
from hadoopjobs.runtime.group_block import GroupBlockWriter
from hadoopjobs.runtime.key_order import KeyOrder
from hadoopjobs.runtime.key_ranges import EVERYTHING, divide
from hadoopjobs.runtime.merge import merge_runs, narrow
from hadoopjobs.runtime.run_file import OutputPlace, RunFileWriter

ORDER = KeyOrder(RecordShuffle(1))


@pytest.fixture
def writer(tmp_path):
    writer = RunFileWriter(OutputPlace(str(tmp_path / "run"), True))
    yield writer
    writer.close()


def runs_of(writer, keys, count, block=3):
    """`count` runs, each of about half of `keys`, every key with the number of its run."""
    chance = random.Random(3)
    segments = []
    for number in range(count):
        chosen = sorted(chance.sample(keys, len(keys) // 2), key=encode)
        segment = writer.segment()
        for at in range(0, len(chosen), block):
            part = chosen[at : at + block]
            GroupBlockWriter(segment).write(part, [[number] for _ in part])
        segments.append(segment.finish())
    return segments


def merged(segments, within=EVERYTHING):
    return [
        (key, list(values))
        for batch in merge_runs(segments, ORDER, within)
        for key, values in zip(batch.keys, batch.values, strict=True)
    ]


KEYS = {
    "text": [f"w{i * 7919 % 1000}" for i in range(1000)],
    "text behind numbers": [*range(600), *map(str, range(400))],
    "numbers": list(range(1000)),
    "one key": ["a", "b"],
}


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("most", [1, 2, 7])
@pytest.mark.parametrize("runs", [1, 3])
def test_ranges_hold_every_group_once_and_in_order(writer, kind, most, runs, monkeypatch):
    monkeypatch.setattr(key_ranges, "_MIN_BYTES", 1)
    segments = runs_of(writer, KEYS[kind], runs)
    ranges = divide(segments, ORDER, most)
    assert 1 <= len(ranges) <= most
    if kind == "text" and most > 1:
        assert len(ranges) == most
    assert [group for keys, part in ranges for group in merged(part, keys)] == merged(segments)


def test_a_range_is_about_its_share(writer, monkeypatch):
    monkeypatch.setattr(key_ranges, "_MIN_BYTES", 1)
    segments = runs_of(writer, KEYS["text"], 3)
    sizes = [len(merged(part, keys)) for keys, part in divide(segments, ORDER, 4)]
    assert min(sizes) > sum(sizes) / 8


def test_a_range_is_kept_when_runs_are_merged_in_passes(writer, monkeypatch):
    monkeypatch.setattr(key_ranges, "_MIN_BYTES", 1)
    segments = runs_of(writer, KEYS["text"], 6)
    (_, first), (keys, second) = divide(segments, ORDER, 2)
    assert len(first) == 6
    assert merged(narrow(second, ORDER, 2, writer, keys), keys) == merged(second, keys)


def test_little_data_is_one_range(writer):
    segments = runs_of(writer, KEYS["text"], 3)
    assert divide(segments, ORDER, 8) == [(EVERYTHING, tuple(segments))]


def test_ranges_begin_with_text(writer, monkeypatch):
    monkeypatch.setattr(key_ranges, "_MIN_BYTES", 1)
    segments = runs_of(writer, KEYS["text behind numbers"], 3)
    firsts = [merged(part, keys)[0][0] for keys, part in divide(segments, ORDER, 4)[1:]]
    assert firsts
    assert all(isinstance(key, str) for key in firsts)
