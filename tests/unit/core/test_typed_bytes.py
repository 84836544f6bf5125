from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadoopjobs.core.typed_bytes import TypedBytesReader, decode_typed, encode_typed
from hadoopjobs.core.typed_text import java_text

# One of each type, those that Python has no name for included.
RAW = [
    b"\x00\x00\x00\x00\x02a\xff",
    b"\x01\x85",
    b"\x02\x01",
    b"\x03\xff\xff\xff\xfe",
    b"\x04" + struct.pack(">q", 5),
    b"\x05" + struct.pack(">f", 0.1),
    b"\x06" + struct.pack(">d", 1 / 7),
    b"\x07\x00\x00\x00\x02\xc3\xbc",
    b"\x08\x00\x00\x00\x02\x01\x01\x02\x00",
    b"\x09\x01\x01\x09\xff\xff",
    b"\x0a\x00\x00\x00\x01\x01\x01\x02\x00",
    b"\x64\x00\x00\x00\x01q",
]
TEXTS = ["61ff", "-123", "true", "-2", "5", "0.1", "0.14285714285714285", "ü"]
TEXTS += ["[1, false]", "[1, []]", "{1=false}", "71"]

VALUES = st.recursive(
    st.binary()
    | st.text()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.integers(-9, 9), inner)
    ),
    max_leaves=10,
)


def test_raw_values_come_out_as_they_are() -> None:
    reader = TypedBytesReader(io.BytesIO(b"".join(RAW)))
    assert [reader.raw() for _ in RAW] == RAW
    assert reader.raw() is None


def test_each_type_as_java_prints_it() -> None:
    assert list(map(java_text, RAW)) == TEXTS


@given(st.lists(st.tuples(VALUES, VALUES)))
def test_pairs_come_back(pairs) -> None:
    data = b"".join(encode_typed(item) for pair in pairs for item in pair)
    assert list(TypedBytesReader(io.BytesIO(data)).pairs()) == pairs


@given(VALUES)
def test_a_value_ends_where_it_ends(value) -> None:
    data = encode_typed(value)
    reader = TypedBytesReader(io.BytesIO(data + b"\x02\x01"))
    assert decode_typed(reader.raw() or b"") == value
    assert reader.raw() == b"\x02\x01"


@given(st.binary())
def test_any_bytes_are_values_or_an_error(data: bytes) -> None:
    reader = TypedBytesReader(io.BytesIO(data))
    try:
        found = list(iter(reader.raw, None))
    except ValueError:
        return
    assert b"".join(found) == data


def test_a_key_without_a_value_is_an_error() -> None:
    with pytest.raises(ValueError, match="no value behind it"):
        list(TypedBytesReader(io.BytesIO(b"\x02\x01")).pairs())


@pytest.mark.parametrize(
    ("number", "text"),
    # System.out.println of Java 17
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (100.0, "100.0"),
        (0.001, "0.001"),
        (0.00099, "9.9E-4"),
        (1e7, "1.0E7"),
        (12345678.9, "1.23456789E7"),
        (9999999.0, "9999999.0"),
        (123456789012345680.0, "1.2345678901234568E17"),
        (1e-300, "1.0E-300"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (-2.5, "-2.5"),
    ],
)
def test_doubles_as_java_prints_them(number: float, text: str) -> None:
    assert java_text(b"\x06" + struct.pack(">d", number)) == text


def test_floats_as_java_prints_them() -> None:
    numbers = (0, 1, 0.1, 1e10, 16777216, 3.14159, 1 / 3)
    found = [java_text(b"\x05" + struct.pack(">f", number)) for number in numbers]
    assert found == ["0.0", "1.0", "0.1", "1.0E10", "1.6777216E7", "3.14159", "0.33333334"]
