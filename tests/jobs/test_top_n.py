import re
from collections import Counter

import pytest

from jobs.top_n import TopN
from tests.jobs.carried import HARD_TEXTS, LOG, TESTAMENT, lines_of


def reference(words, n):
    ranked = sorted(Counter(words).items(), key=lambda item: (-item[1], item[0]))
    return ranked[:n]


def words_of(data):
    return [word for line in lines_of(data) for word in re.findall(r"[\w']+", line.lower())]


def test_finds_the_most_frequent_words_of_the_testament(pairs_of):
    assert pairs_of(TopN(n=20), TESTAMENT) == reference(words_of(TESTAMENT.read_bytes()), 20)


def test_finds_the_most_visited_pages_of_a_log(pairs_of):
    pages = [line.split()[6] for line in LOG.read_text().splitlines()]

    assert pairs_of(TopN(field=7), LOG) == reference(pages, 10)


@pytest.mark.parametrize("data", HARD_TEXTS.values(), ids=HARD_TEXTS)
def test_equally_frequent_words_come_in_order(pairs_of, data):
    assert pairs_of(TopN(n=5), data) == reference(words_of(data), 5)


def test_lines_without_the_field_are_passed_over(pairs_of):
    data = b"a;x\nb\nc;x;1\nd;;\n"

    assert pairs_of(TopN(field=2, separator=";"), data) == [("x", 2), ("", 1)]


def test_fewer_words_than_asked_for_are_all_there(pairs_of):
    assert pairs_of(TopN(n=1000), b"b a b") == [("b", 2), ("a", 1)]
