"""Merging sorted runs: every group once, in order, however its values lie in blocks and runs."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadoopjobs.core.sort_key import encode
from hadoopjobs.physical.stage import RecordShuffle
from hadoopjobs.runtime.group_block import GroupBlockWriter, pack_groups, unpack_groups
from hadoopjobs.runtime.key_order import KeyOrder
from hadoopjobs.runtime.merge import fan_in, merge_runs, narrow
from hadoopjobs.runtime.run_file import OutputPlace, RunFileWriter

ORDER = KeyOrder(RecordShuffle(1))
SORTED = KeyOrder(RecordShuffle(1, sort_values=True))

keys = st.sampled_from([None, True, 1, 1.0, 2, "a", "b", "", b"a", (1, "a"), (1,), 2**70])
groups = st.lists(st.tuples(keys, st.lists(st.integers(0, 99), min_size=1, max_size=4)))


def run_of(writer, pairs, order=ORDER, block_groups=2):
    """A run of few groups a block; `pairs` are (key, values), keys in any order."""
    gathered: dict[bytes, tuple[object, list[int]]] = {}
    for key, values in pairs:
        gathered.setdefault(encode(key), (key, []))[1].extend(values)
    ordered = [gathered[code] for code in sorted(gathered)]
    segment = writer.segment()
    for start in range(0, len(ordered), block_groups):
        block = ordered[start : start + block_groups]
        lists = [sorted(v) if order.sort_values else v for _, v in block]
        GroupBlockWriter(segment).write([k for k, _ in block], lists)
    return segment.finish()


def merged(segments, order=ORDER):
    return [
        (encode(key), list(group))
        for batch in merge_runs(segments, order)
        for key, group in zip(batch.keys, batch.values, strict=True)
    ]


@pytest.fixture
def writer(tmp_path_factory):
    writer = RunFileWriter(OutputPlace(str(tmp_path_factory.mktemp("runs") / "run"), True))
    yield writer
    writer.close()


@given(runs=st.lists(groups, max_size=5), sort_values=st.booleans(), width=st.integers(2, 4))
def test_every_value_of_every_run_is_in_its_group(tmp_path_factory, runs, sort_values, width):
    order = SORTED if sort_values else ORDER
    expected: dict[bytes, list[int]] = defaultdict(list)
    for run in runs:
        for key, values in run:
            expected[encode(key)] += values
    writer = RunFileWriter(OutputPlace(str(tmp_path_factory.mktemp("runs") / "run"), True))
    try:
        segments = [run_of(writer, run, order) for run in runs]
        found = merged(segments, order)
        narrowed = merged(narrow(segments, order, width, writer), order)
    finally:
        writer.close()
    assert [code for code, _ in found] == sorted(expected)
    assert {code: sorted(values) for code, values in found} == {
        code: sorted(values) for code, values in expected.items()
    }
    if sort_values:
        assert all(values == sorted(values) for _, values in found)
    assert narrowed == found


def test_a_group_of_many_blocks_streams(writer):
    segment = writer.segment()
    blocks = GroupBlockWriter(segment)
    blocks.write(["a", "huge", "z"], [[1], list(range(200_000)), [2]])
    run = segment.finish()
    other = run_of(writer, [("huge", [-1]), ("b", [3])])
    found = dict(merged([run, other]))
    assert found == {
        encode("a"): [1],
        encode("b"): [3],
        encode("huge"): [*range(200_000), -1],
        encode("z"): [2],
    }


def test_values_that_were_not_read_are_passed_over(writer):
    runs = [run_of(writer, [("a", [1, 2]), ("b", [3]), ("c", [4])], block_groups=1)] * 2
    assert [key for batch in merge_runs(runs, ORDER) for key in batch.keys] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("given_keys", "values"),
    [
        (["a"], [[1]]),
        (["a", "b"], [[1], [2]]),
        (["a", "b"], [[1, 2], [3]]),
        ([None, (1, [2])], [["x", b"y"], [{}]]),
    ],
)
def test_blocks_of_groups_round_trip(given_keys, values):
    assert unpack_groups(pack_groups(given_keys, values)) == (given_keys, values)


def test_fan_in_is_bounded_by_the_budget():
    assert fan_in(0) == 8
    assert fan_in(1 << 26) == 32
    assert fan_in(1 << 40) == 400
