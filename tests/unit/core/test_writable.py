"""Hadoop's numbers, texts and tokens come back; what ends too early is found out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadoopjobs.core.delegation_token import HDFS_KIND, Token, read_token
from hadoopjobs.core.writable import read_sized, read_vlong, sized, text, vlong, vlong_size

int64 = st.integers(-(2**63), 2**63 - 1)


@given(int64)
def test_numbers_come_back(number):
    data = vlong(number)
    assert read_vlong(data, 0) == (number, len(data))
    assert vlong_size(data[0]) == len(data)


@given(int64)
def test_half_a_number_is_none(number):
    with pytest.raises(ValueError, match="end within a number"):
        read_vlong(vlong(number)[:-1], 0)


def test_more_than_64_bits_have_no_form():
    with pytest.raises(OverflowError):
        vlong(2**64)


@given(st.text(), st.binary(max_size=300))
def test_texts_and_bytes_come_back(string, data):
    both = text(string) + sized(data)
    first, at = read_sized(both, 0)
    assert (first.decode(), read_sized(both, at)) == (string, (data, len(both)))


@pytest.mark.parametrize("data", [b"", b"\x05abcd", sized(b"x" * 200)[:-1], b"\xff"])
def test_what_ends_too_early_is_told(data):
    with pytest.raises(ValueError, match="end"):
        read_sized(data, 0)


def test_a_token_comes_back_and_does_not_print():
    token = Token(b"\0id", b"canary", HDFS_KIND, "127.0.0.1:8020")
    data = b"." + token.to_bytes()
    assert read_token(data, 1) == (token, len(data))
    assert "canary" not in repr(token)
