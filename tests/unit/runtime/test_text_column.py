from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadoopjobs.runtime.text_column import TYPE, join_texts, split_texts

ONE_LINE = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]))


class Word(str):
    pass


@given(st.lists(ONE_LINE, min_size=1, max_size=50))
def test_texts_come_back(texts):
    column = join_texts(texts)
    assert column is not None
    assert split_texts(column) == texts


@given(st.lists(ONE_LINE, min_size=1, max_size=20), st.randoms())
def test_columns_can_be_joined_and_taken_apart(texts, chosen):
    columns = pa.concat_arrays([join_texts(texts), join_texts(["é", ""])])
    numbers = [chosen.randrange(len(columns)) for _ in range(10)]
    assert split_texts(columns.take(pa.array(numbers))) == [[*texts, "é", ""][i] for i in numbers]


@pytest.mark.parametrize("texts", [["a\n"], ["\n", ""], ["a", "\udcff"], ["x" * (1 << 20)]])
def test_some_texts_fit_no_column(texts):
    assert join_texts(texts) is None


@pytest.mark.parametrize("other", [None, b"a", 1, ("a",)])
def test_what_is_no_text_is_refused(other):
    with pytest.raises(TypeError):
        join_texts(["a", other])


def test_a_subclass_of_text_is_text():
    assert [type(text) for text in split_texts(join_texts([Word("a")]))] == [str]


def test_no_texts():
    assert split_texts(pa.array([], TYPE)) == []
