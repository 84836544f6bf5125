"""Writables and typed bytes: every value comes back, no bytes end in another error than ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadoopjobs.core.errors import CodecError
from hadoopjobs.core.typed_bytes import decode_typed, encode_typed
from hadoopjobs.formats.writables import (
    writable_for,
    writable_named,
)

int64 = st.integers(-(2**63), 2**63 - 1)
scalars = st.one_of(
    st.text(), st.binary(), st.booleans(), int64, st.floats(allow_nan=False), st.none()
)
hashable = st.one_of(st.text(), st.binary(), int64)
maps = st.recursive(scalars, lambda inner: st.dictionaries(hashable, inner, max_size=4))
typed = st.recursive(
    st.one_of(st.text(), st.binary(), st.booleans(), int64, st.floats(allow_nan=False)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(hashable, inner, max_size=4),
    ),
)
NAMES = [
    "Text", "BytesWritable", "IntWritable", "LongWritable", "VIntWritable", "VLongWritable",
    "FloatWritable", "DoubleWritable", "BooleanWritable", "NullWritable", "MapWritable",
    "ShortWritable", "ByteWritable", "TypedBytesWritable",
]  # fmt: skip


@given(maps)
def test_values_come_back(value):
    writable = writable_for(value)
    assert writable.decode(writable.encode(value)) == value
    assert writable.decode_all([writable.encode(value)] * 2) == [value] * 2


@given(typed)
def test_typed_values_come_back(value):
    assert decode_typed(encode_typed(value)) == value


@given(st.sampled_from(NAMES), st.binary(max_size=40))
def test_any_bytes_are_a_value_or_an_error_of_ours(name, data):
    writable = writable_named(name)
    try:
        value = writable.decode(data)
    except (ValueError, CodecError):
        return
    assert repr(writable.decode(writable.encode(value))) == repr(value)


@given(st.binary(max_size=60))
def test_any_bytes_are_typed_bytes_or_an_error_of_ours(data):
    try:
        value = decode_typed(data)
    except ValueError:
        return
    assert repr(decode_typed(encode_typed(value))) == repr(value)


def test_deep_nesting_is_an_error():
    with pytest.raises(ValueError, match="too deep"):
        decode_typed(b"\x09" * 100_000)


def test_what_has_no_typed_bytes_is_named():
    with pytest.raises(CodecError, match=r"builtins\.complex has no typed bytes"):
        encode_typed(1j)
