"""What operators over records call, and how they tell where they are."""

from __future__ import annotations

from functools import wraps

import pytest

from hadoopjobs.core.functions import RecordFunction
from hadoopjobs.core.pairs import Origin, Pairs
from hadoopjobs.physical.records import (
    Cursor,
    Groups,
    gather,
    map_records,
    reduce_groups,
    tolerant,
    ungroup,
)


def batches():
    yield Pairs([None, None], ["a", "b"], Origin("file", 10))
    yield Pairs([1], ["c"], Origin("file", 20))


def pairs(streams):
    return [pair for stream in streams for pair in stream]


def test_init_and_final_surround_the_records():
    function = RecordFunction(
        each=lambda key, value: [(key, value)],
        init=lambda: [("init", 0)],
        final=lambda: [("final", 0)],
    )
    assert pairs(map_records(function, batches(), Cursor())) == [
        ("init", 0),
        (None, "a"),
        (None, "b"),
        (1, "c"),
        ("final", 0),
    ]


def test_a_stream_takes_the_place_of_all_three():
    function = RecordFunction(stream=lambda records: ((v, k) for k, v in records))
    assert pairs(map_records(function, batches(), Cursor())) == [
        ("a", None),
        ("b", None),
        ("c", 1),
    ]


def test_reducers_get_iterators():
    groups = [Groups(["a", "b"], [[1, 2], iter([3])])]
    function = RecordFunction(each=lambda key, values: [(key, next(values))])
    assert pairs(reduce_groups(function, groups, Cursor())) == [("a", 1), ("b", 3)]


def test_ungroup_is_the_inverse_of_grouping():
    groups = [Groups(["a", "b"], [[1, 2], iter([3])])]
    assert pairs(ungroup(groups)) == [("a", 1), ("a", 2), ("b", 3)]


def test_the_cursor_is_at_the_record_that_user_code_was_given_last():
    cursor = Cursor()
    seen = []

    def each(key, value):
        seen.append((cursor.record(), cursor.uri, cursor.offset()))

    function = RecordFunction(each=each, final=lambda: seen.append((cursor.record(), None, None)))
    assert pairs(map_records(function, batches(), cursor)) == []
    assert seen == [
        ("a", "file", 10),
        ("b", "file", 10),
        ((1, "c"), "file", 20),
        (None, None, None),
    ]


def test_gather_cuts_batches_of_a_size():
    function = RecordFunction()
    streams = [iter([(n, n) for n in range(5)]), [], iter([(5, 5)])]
    found = list(gather(streams, function, batch_records=2))
    assert [batch.keys for batch in found] == [[0, 1], [2, 3], [4, 5]]


def test_gather_keeps_what_values_were_when_they_came():
    row: list[int] = []

    def stream():
        for n in range(3):
            row.append(n)
            yield n, row

    [batch] = gather([stream()], RecordFunction())
    assert batch.values == [[0], [0, 1], [0, 1, 2]]


def test_none_is_no_pairs_for_functions_and_their_wrappers():
    def decorated(function):
        @wraps(function)
        def wrapper(key, value):
            return None if value == "skip" else function(key, value)

        return wrapper

    @decorated
    def each(key, value):
        yield key, value

    call = tolerant(each)
    assert (list(call(1, "skip")), list(call(1, "a"))) == ([], [(1, "a")])


def test_a_stop_iteration_is_an_error_and_not_the_end():
    def each(key, value):
        return [(key, next(iter(value)))]

    with pytest.raises(RuntimeError, match="StopIteration"):
        pairs(map_records(RecordFunction(each=each), [Pairs([1, 2], ["", "a"])], Cursor()))
