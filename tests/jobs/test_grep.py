import re

import pytest

from jobs.grep import Grep
from tests.jobs.carried import BIBLE, HARD_TEXTS, lines_of


def reference(data, pattern, flags=0):
    return [(None, line) for line in lines_of(data) if re.search(pattern, line, flags)]


def test_finds_verses_in_their_order(pairs_of):
    pairs = pairs_of(Grep(pattern=r"\bark\b"), BIBLE, split_bytes=1 << 19)

    assert pairs == reference(BIBLE.read_bytes(), r"\bark\b")
    assert len(pairs) > 100


@pytest.mark.parametrize("data", HARD_TEXTS.values(), ids=HARD_TEXTS)
def test_finds_lines_of_hard_texts(pairs_of, data):
    pattern = "STRASSE|be|ï|^$|\t|\udcff"

    pairs = pairs_of(Grep(pattern=pattern, ignore_case=True), data)

    assert pairs == reference(data, pattern, re.IGNORECASE)


def test_inverted_it_prints_the_other_lines(pairs_of):
    pairs = pairs_of(Grep(pattern="b", invert=True), b"a\nb\n\nab\n", b"c", split_bytes=2)

    assert pairs == [(None, "a"), (None, ""), (None, "c")]


def test_counts_the_lines_of_each_file(pairs_of, tmp_path):
    pairs = pairs_of(Grep(pattern="b", count=True), b"a\nb\n\nabb\n", b"", b"c")

    assert sorted(pairs) == [(f"{tmp_path}/input-0", 2), (f"{tmp_path}/input-2", 0)]
