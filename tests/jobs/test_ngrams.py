import re
from collections import Counter

import pytest

from jobs.ngrams import NGrams
from tests.jobs.carried import HARD_TEXTS, NASTY, TESTAMENT, lines_of


def reference(data, n, min_count):
    counts: Counter[str] = Counter()
    for line in lines_of(data):
        words = re.findall(r"[\w']+", line.lower())
        counts.update(" ".join(words[i : i + n]) for i in range(len(words) - n + 1))
    return {run: count for run, count in counts.items() if count >= min_count}


def test_counts_frequent_trigrams_of_the_testament(pairs_of):
    pairs = pairs_of(NGrams(n=3, min_count=20), TESTAMENT)

    assert dict(pairs) == reference(TESTAMENT.read_bytes(), 3, 20)


@pytest.mark.parametrize("data", HARD_TEXTS.values(), ids=HARD_TEXTS)
def test_counts_those_of_hard_texts(pairs_of, data):
    assert sorted(pairs_of(NGrams(n=2), data)) == sorted(reference(data, 2, 1).items())


@pytest.mark.parametrize("n", [1, 50, 51])
def test_a_run_may_be_as_long_as_a_line(pairs_of, n):
    assert sorted(pairs_of(NGrams(n=n), NASTY)) == sorted(reference(NASTY, n, 1).items())
