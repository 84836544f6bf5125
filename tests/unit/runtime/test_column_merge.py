"""Rows sorted and merged in the order of keys; tables of different types made one."""

from __future__ import annotations

import math
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadoopjobs.core.errors import MemoryExceeded, UnsortableKeyError, UsageError
from hadoopjobs.core.sort_key import encode
from hadoopjobs.runtime.column_merge import concat, merge_sorted, sort_rows

numbers = st.none() | st.sampled_from([0.0, -0.0, math.nan, math.inf, -math.inf]) | st.floats()
texts = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=3)
tables = st.lists(st.tuples(numbers, texts), max_size=8)


def table_of(rows):
    columns = [[row[i] for row in rows] for i in (0, 1)]
    arrays = [pa.array(columns[0], pa.float64(), from_pandas=False), pa.array(columns[1])]
    return pa.table([arrays[0], arrays[1].cast(pa.string())], names=["x", "s"])


def codes(table):
    return [encode(tuple(row.values())) for row in table.to_pylist()]


@given(tables)
def test_rows_sort_as_keys_do(rows):
    found = codes(sort_rows(table_of(rows), ("x", "s")))
    assert found == sorted(map(encode, rows))


@given(st.lists(tables, max_size=4), st.integers(1, 3))
def test_merged_tables_hold_whole_groups_in_order(runs, block_rows):
    sorted_runs = [sort_rows(table_of(rows), ("x", "s")) for rows in runs]
    streams = [iter(run.to_batches(max_chunksize=block_rows)) for run in sorted_runs]
    found = [codes(table) for table in merge_sorted(streams, ("x", "s"), 1 << 20)]
    assert sum(found, []) == sorted(encode(row) for rows in runs for row in rows)  # noqa: RUF017
    for earlier, later in pairwise(found):
        assert earlier[-1] < later[0]


def test_one_group_that_does_not_fit_is_a_clear_error():
    batch = pa.record_batch({"k": ["same"] * 1000, "n": list(range(1000))})
    with pytest.raises(MemoryExceeded, match="rows of one key do not fit in memory"):
        list(merge_sorted([iter([batch] * 100), iter([batch] * 100)], ("k",), 1 << 12))


def test_keys_without_an_order_are_named():
    with pytest.raises(UnsortableKeyError, match=r"k list<item: int64>"):
        sort_rows(pa.table({"k": [[1], [2]]}), ("k",))


def test_tables_of_different_types_become_one():
    null = pa.table({"k": pa.nulls(1), "n": [1]})
    text = pa.table({"k": ["a"], "n": [1.5]})
    coded = pa.table({"k": pa.array(["b"]).dictionary_encode(), "n": [2]})
    assert concat([null, text, coded]).to_pylist() == [
        {"k": None, "n": 1.0},
        {"k": "a", "n": 1.5},
        {"k": "b", "n": 2.0},
    ]


def test_columns_that_nothing_unites_are_named():
    message = "batches of different columns: k int64 and "
    for other in (pa.table({"k": ["a"]}), pa.table({"j": [1]}), pa.table({"k": [1], "j": [1]})):
        with pytest.raises(UsageError, match=message):
            concat([pa.table({"k": [1]}), other])
