"""Aggregates of columns: partial, merged as often as one likes, finished."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from hadoopjobs.core.errors import UsageError
from hadoopjobs.physical.columns import ColumnAggregate, as_batches, key_names

TABLE = pa.table({"k": ["b", "a", "b", None], "x": [1, 2, 3, 4], "y": [0.5, None, 1.5, 2.5]})


def rows(table):
    return sorted(map(tuple, (row.values() for row in table.to_pylist())), key=repr)


@pytest.mark.parametrize("function", ["sum", "count", "min", "max", "mean"])
def test_partials_of_parts_give_what_the_whole_gives(function):
    aggregate = ColumnAggregate.of_rows(TABLE.schema, (), function)
    whole = aggregate.finish(aggregate.partial(TABLE))
    parts = [aggregate.partial(TABLE.slice(start, 2)) for start in (0, 2)]
    merged = aggregate.merge(pa.concat_tables([aggregate.merge(parts[0]), parts[1]]))
    assert rows(aggregate.finish(merged)) == rows(whole)
    assert whole.column_names == ["k", "x", "y"]


def test_a_partial_says_how_it_was_made():
    aggregate = ColumnAggregate.of_rows(TABLE.schema, ("k",), (("y", "mean"), ("x", "max")))
    partial = aggregate.partial(TABLE)
    assert ColumnAggregate.of_partials(partial.schema) == aggregate
    finished = aggregate.finish(aggregate.merge(partial))
    assert rows(finished) == [("a", None, 2), ("b", 1.0, 3), (None, 2.5, 4)]


def test_count_of_rows_without_other_columns():
    aggregate = ColumnAggregate.of_rows(TABLE.select(["k"]).schema, (), "count")
    finished = aggregate.finish(aggregate.partial(TABLE.select(["k"])))
    assert rows(finished) == [("a", 1), ("b", 2), (None, 1)]
    assert finished.column_names == ["k", "count"]


def test_floats_that_are_equal_as_keys_are_one_group():
    keys = np.array([0.0, -0.0, np.nan, -np.nan, np.copysign(np.nan, -1)])
    table = pa.table({"k": pa.array(keys, from_pandas=False), "n": [1] * 5})
    aggregate = ColumnAggregate.of_rows(table.schema, (), "sum")
    zero, nan = sorted(rows(aggregate.partial(table)), key=lambda row: math.isnan(row[0]))
    assert (zero, nan[1]) == ((0.0, 2), 3)


@pytest.mark.parametrize("function", ["sum", "mean"])
def test_sums_that_do_not_fit_are_refused_and_those_that_do_are_right(function):
    fits = pa.table({"k": [1, 1, 1], "n": [2**62, 2**61, -5]})
    aggregate = ColumnAggregate.of_rows(fits.schema, (), "sum")
    assert rows(aggregate.partial(fits)) == [(1, 2**62 + 2**61 - 5)]
    wraps = pa.table({"k": [1, 1, 2], "n": [2**62, 2**62, 1]})
    aggregate = ColumnAggregate.of_rows(wraps.schema, (), function)
    with pytest.raises(UsageError, match="a sum of integers does not fit in 64 bits"):
        aggregate.partial(wraps)
    parts = [aggregate.partial(wraps.slice(start, 1)) for start in (0, 1)]
    with pytest.raises(UsageError, match="does not fit in 64 bits"):
        aggregate.merge(pa.concat_tables(parts))


def test_what_cannot_be_folded_names_the_columns():
    aggregate = ColumnAggregate.of_rows(TABLE.schema, ("x",), (("k", "sum"),))
    with pytest.raises(UsageError, match="columns k string, x int64, y double cannot"):
        aggregate.partial(TABLE)


def test_keys_are_the_first_column_by_default():
    assert key_names(TABLE.schema, ()) == ("k",)
    assert key_names(TABLE.schema, ("y", "x")) == ("y", "x")
    with pytest.raises(UsageError, match="there is no key column 'z'"):
        key_names(TABLE.schema, ("z",))


def test_what_user_code_may_give():
    batch = TABLE.to_batches()[0]
    for given in (batch, TABLE, [batch], iter([TABLE])):
        assert list(as_batches(given, "label")) == [batch]
    assert list(as_batches(None, "label")) == []
    with pytest.raises(UsageError, match="label gave a int: it must give pyarrow"):
        list(as_batches([1], "label"))


def test_nulls_count_as_values_and_change_no_mean():
    table = pa.table({"k": ["a", "a", "b"], "v": [1, None, None], "w": [1, 2, None]})
    functions = (("v", "count"), ("w", "mean"))
    aggregate = ColumnAggregate.of_rows(table.schema, ("k",), functions)
    partial = aggregate.partial(table)
    merged = aggregate.merge(pa.concat_tables([partial, partial]))
    assert aggregate.finish(merged).to_pydict() == {
        "k": ["a", "b"],
        "v": [4, 2],
        "w": [1.5, None],
    }
