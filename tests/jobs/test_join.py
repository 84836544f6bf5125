import json

import pytest

from jobs.join import Join, names_file
from tests.jobs.carried import EDGES, PACKAGES, lines_of


def reference(left, right, left_key=0, right_key=0, outer=False):
    by_key: dict = {}
    for columns in right:
        by_key.setdefault(columns[right_key], []).append(without(columns, right_key))
    return [
        (columns[left_key], [without(columns, left_key), partner])
        for columns in left
        for partner in by_key.get(columns[left_key], [None] if outer else [])
    ]


def without(columns, index):
    return columns[:index] + columns[index + 1 :]


def in_order(pairs):
    return sorted(pairs, key=json.dumps)


def table(data):
    return [line.split("\t") for line in lines_of(data)]


@pytest.mark.parametrize("kind", ["inner", "left"])
def test_joins_dependencies_with_packages(pairs_of, kind):
    left, right = table(EDGES.read_bytes()), table(PACKAGES.read_bytes())

    pairs = pairs_of(Join(right="data/packages.tsv", left_key=2, kind=kind), EDGES, PACKAGES)

    assert in_order(pairs) == in_order(reference(left, right, left_key=1, outer=kind == "left"))
    assert len(pairs) > 4000


LEFT = "b\tleft 1\nonly left\tx\na\nb\tleft 2\n\té\na\n".encode() + b"b\tlast \xff"
RIGHT = b"1\tb\n2\tb\tmore\n3\tonly right\n4\t\n5\ta"
CASES = {
    "both": (LEFT, RIGHT),
    "nothing at left": (b"", RIGHT),
    "nothing at right": (LEFT, b""),
    "nothing": (b"", b""),
}


@pytest.mark.parametrize("kind", ["inner", "left"])
@pytest.mark.parametrize(("left", "right"), CASES.values(), ids=CASES)
def test_joins_each_with_each(pairs_of, left, right, kind):
    expected = reference(table(left), table(right), right_key=1, outer=kind == "left")

    pairs = pairs_of(Join(right="input-1", right_key=2, kind=kind), left, right, split_bytes=16)

    assert in_order(pairs) == in_order(expected)


def test_a_row_without_the_key_column_is_passed_over(pairs_of):
    pairs = pairs_of(Join(right="input-1", left_key=2, separator=","), b"1,k\n2\n", b"k,3\n\n")

    assert pairs == [("k", [["1"], ["3"]])]


@pytest.mark.parametrize(
    ("pattern", "uri"),
    [
        ("books.tsv", "/data/books.tsv"),
        ("./data/books.tsv", "/home/data/books.tsv"),
        ("../data/books.tsv", "/home/data/books.tsv"),
        ("/home/data", "/home/data/books.tsv"),
        ("data/", "/home/data/old/books.tsv"),
        ("file:///home/data", "/home/data/books.tsv"),
        ("data/b*.gz", "/home/jobs/../data/books.gz"),
        ("hdfs://host/data", "hdfs://host/data/part-00000"),
        ("data", "hdfs://host/data/part-00000"),
    ],
)
def test_a_pattern_names_files_and_folders(pattern, uri):
    assert names_file(pattern, uri)


@pytest.mark.parametrize("pattern", ["books", "old/books.tsv", "/data/books.tsv", "*.gz"])
def test_a_pattern_leaves_other_files_alone(pattern):
    assert not names_file(pattern, "/home/data/books.tsv")
