from collections import Counter

import pytest

from jobs.word_count_batches import WordCountBatches
from tests.jobs.carried import HARD_TEXTS, TESTAMENT


def reference(data):
    return Counter(word.decode("utf-8", "replace") for word in data.split())


def test_counts_the_words_of_the_testament(pairs_of):
    assert dict(pairs_of(WordCountBatches(), TESTAMENT)) == reference(TESTAMENT.read_bytes())


@pytest.mark.parametrize("data", HARD_TEXTS.values(), ids=HARD_TEXTS)
def test_counts_the_words_of_hard_texts(pairs_of, data):
    pairs = pairs_of(WordCountBatches(), data)

    assert sorted(pairs) == sorted(reference(data).items())
