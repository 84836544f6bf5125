import pytest

from hadoopjobs.job.mrjob_sort import sorted_lines
from hadoopjobs.job.mrjob_substeps import merge_equal


def merged(groups):
    return [(key, list(values)) for key, values in merge_equal(iter(groups))]


def groups(*pairs):
    return [(key, iter(values)) for key, values in pairs]


def test_groups_side_by_side_with_equal_keys_are_one():
    assert merged(groups((1, "ab"), (1.0, "c"), (True, "d"), (2, "e"))) == [
        (1, ["a", "b", "c", "d"]),
        (2, ["e"]),
    ]


def test_equal_keys_apart_stay_apart():
    assert merged(groups((1, "a"), ("x", "b"), (1.0, "c"))) == [
        (1, ["a"]),
        ("x", ["b"]),
        (1.0, ["c"]),
    ]


def test_lists_and_dicts_compare_by_their_items():
    first, second = {"a": 1, "b": 2}, {"b": 2.0, "a": 1}
    assert merged(groups((first, "a"), (second, "b"), ([1], "c"), ([1.0], "d"))) == [
        (first, ["a", "b"]),
        ([1], ["c", "d"]),
    ]


def test_nan_is_one_group_as_its_text_is():
    nan = float("nan")
    assert merged(groups((nan, "ab"))) == [(nan, ["a", "b"])]


def test_values_that_were_not_read_are_skipped():
    seen = []
    for key, values in merge_equal(iter(groups((1, "ab"), (1.0, "c"), (2, "d")))):
        seen.append((key, next(values)))
    assert seen == [(1, "a"), (2, "d")]


@pytest.mark.parametrize("sorts_values", [False, True])
def test_lines_sort_in_files_as_in_memory(sorts_values):
    lines = [(b"%d" % (n % 7), b"%d\t%d" % (n % 7, 1000 - n)) for n in range(1000)]
    with sorted_lines(iter(lines), sorts_values) as in_memory:
        expected = list(in_memory)
    with sorted_lines(iter(lines), sorts_values, run_bytes=20_000) as in_files:
        assert list(in_files) == expected
    assert expected == sorted(lines, key=lambda keyed: keyed[1] if sorts_values else keyed[0])
