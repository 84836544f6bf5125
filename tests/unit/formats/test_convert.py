"""Pairs to columns and back."""

from __future__ import annotations

import pyarrow as pa
import pytest

from hadoopjobs.core.errors import CodecError
from hadoopjobs.core.pairs import Pairs
from hadoopjobs.formats.convert import rows_of, to_columns, to_pairs


def test_pairs_stay_pairs():
    pairs = Pairs(["a"], [1])
    assert to_pairs(pairs) is pairs


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"a": [1, 2]}, Pairs([None, None], [1, 2])),
        ({"a": [1], "b": ["x"]}, Pairs([1], ["x"])),
        ({"a": [1], "b": ["x"], "c": [None]}, Pairs([1], [["x", None]])),
    ],
)
def test_a_record_batch_becomes_pairs(columns, expected):
    assert to_pairs(pa.record_batch(columns)) == expected


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        (Pairs(["a", None], [1, 2]), {"key": ["a", None], "value": [1, 2]}),
        (Pairs([None], [1]), {"value": [1]}),
        (Pairs([None, None], [{"a": 1}, {"b": 2}]), {"a": [1, None], "b": [None, 2]}),
        (Pairs([None, None], [{"a": 1}, None]), {"value": [{"a": 1}, None]}),
        (Pairs([], []), {"value": []}),
    ],
)
def test_pairs_become_a_record_batch(pairs, expected):
    assert to_columns(pairs).to_pydict() == expected


def test_rows_are_dicts():
    assert rows_of(pa.record_batch({"a": [1]})) == Pairs([None], [{"a": 1}])


@pytest.mark.parametrize("column", [[1, "a"], [2**70], ["\ud800"], [{1: 2}], [object()]])
def test_what_makes_no_column_is_named(column):
    with pytest.raises(CodecError, match=r"column ('value'|1):"):
        to_columns(Pairs([None] * len(column), column))
