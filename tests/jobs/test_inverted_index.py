import re
from collections import defaultdict

import pytest

from jobs.inverted_index import InvertedIndex
from tests.jobs.carried import HARD_TEXTS, TESTAMENT, lines_of


def reference(**files):
    documents = defaultdict(set)
    for file, data in files.items():
        for line in lines_of(data):
            name, tab, text = line.partition("\t")
            for word in re.findall(r"[\w']+", (text if tab else line).lower()):
                documents[word].add(name if tab else file.replace("_", "-"))
    return {word: sorted(names) for word, names in documents.items()}


def test_finds_the_verses_of_each_word(pairs_of):
    assert dict(pairs_of(InvertedIndex(), TESTAMENT)) == reference(_=TESTAMENT.read_bytes())


@pytest.mark.parametrize("data", HARD_TEXTS.values(), ids=HARD_TEXTS)
def test_text_without_a_reference_belongs_to_its_file(pairs_of, data):
    pairs = pairs_of(InvertedIndex(), data, b"to\tbe\nbe here\n")

    assert dict(pairs) == reference(input_0=data, input_1=b"to\tbe\nbe here\n")


def test_long_lists_go_on_over_several_pairs(pairs_of):
    data = b"".join(b"%d\tword\n" % number for number in (3, 1, 5, 3, 2, 4))

    pairs = pairs_of(InvertedIndex(list_length=2), data, split_bytes=8)

    assert pairs == [("word", ["1", "2"]), ("word", ["3", "4"]), ("word", ["5"])]
