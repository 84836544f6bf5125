import re
from collections import Counter

import pytest

from jobs.word_count import WordCount
from tests.jobs.carried import BIBLE, HARD_TEXTS, lines_of


def reference(data):
    return Counter(word for line in lines_of(data) for word in re.findall(r"[\w']+", line.lower()))


def test_counts_the_words_of_the_bible(pairs_of):
    assert dict(pairs_of(WordCount(), BIBLE)) == reference(BIBLE.read_bytes())


@pytest.mark.parametrize("data", HARD_TEXTS.values(), ids=HARD_TEXTS)
def test_counts_the_words_of_hard_texts(pairs_of, data):
    pairs = pairs_of(WordCount(), data)

    assert sorted(pairs) == sorted(reference(data).items())
