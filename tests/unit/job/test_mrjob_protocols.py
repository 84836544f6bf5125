import json
import math
from collections import OrderedDict
from enum import IntEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadoopjobs.job.mrjob_loader import StandardJSONProtocol
from hadoopjobs.job.mrjob_protocols import (
    bytes_before_tab,
    is_plain_json,
    is_plain_text,
    json_bytes,
    key_lines,
    keyed_lines,
    line_writer,
    normalise,
    write_json,
)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
json_like = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(), inner)
        | st.dictionaries(st.none() | st.booleans() | st.integers(), inner)
    ),
)


def shown(value):
    """As text, since NaN equals nothing and 1 equals True."""
    return repr(value)


@given(json_like)
def test_normalise_gives_what_json_reads_back(value):
    assert shown(normalise(value)) == shown(json.loads(json.dumps(value)))


@given(json_like, json_like)
def test_written_lines_are_those_of_mrjob(key, value):
    assert write_json(key, value) == StandardJSONProtocol().write(key, value)


@given(st.lists(json_like))
def test_key_bytes_are_those_of_mrjob(keys):
    assert json_bytes(keys) == [StandardJSONProtocol()._dumps(key) for key in keys]


def test_normalise_copies_what_can_change():
    inner = [1]
    value = {"a": inner}
    frozen = normalise(value)
    inner.append(2)
    assert frozen == {"a": [1]}


def test_normalise_knows_subclasses():
    colour = IntEnum("colour", "RED")
    assert normalise([colour(1), OrderedDict(b=1, a=(2,))]) == [1, {"b": 1, "a": [2]}]


@pytest.mark.parametrize("value", [{1}, b"bytes", object(), {(1, 2): 3}, [1j]])
def test_what_json_cannot_write_raises_as_json_does(value):
    for call in (lambda: normalise(value), lambda: write_json(None, value)):
        with pytest.raises(TypeError, match=r"JSON serializable|keys must be"):
            call()


def test_value_that_holds_itself_raises_as_json_does():
    circle: list = []
    circle.append(circle)
    for call in (lambda: normalise(circle), lambda: write_json(None, circle)):
        with pytest.raises(ValueError, match="Circular reference"):
            call()


def test_nan_and_infinity_stay():
    assert math.isnan(normalise([float("nan")])[0])
    assert write_json(float("inf"), float("nan")) == b"Infinity\tNaN"


def test_only_mrjobs_own_standard_json_goes_without_text():
    class Changed(StandardJSONProtocol):  # type: ignore[misc]
        def write(self, key, value):
            return super().write(value, key)

    from mrjob.protocol import JSONValueProtocol, RawValueProtocol

    assert is_plain_json(StandardJSONProtocol().read)
    assert is_plain_json(StandardJSONProtocol().write)
    assert not is_plain_json(Changed().read)
    assert not is_plain_json(JSONValueProtocol().read)
    assert not is_plain_json(lambda line: line)
    assert is_plain_text(RawValueProtocol().read)
    assert not is_plain_text(RawValueProtocol().write)


def test_keyed_lines_cut_at_the_first_tab_and_at_newlines():
    def write(key, value):
        return b"%b\t%b" % (key, value)

    pairs = [(b"a", b"1\t2"), (b"b", b"3\nc\t4")]
    assert list(keyed_lines(write, pairs)) == [
        (b"a", b"a\t1\t2"),
        (b"b", b"b\t3"),
        (b"c", b"c\t4"),
    ]
    assert list(key_lines([b"no tab", b"\tempty"])) == [(b"no tab", b"no tab"), (b"", b"\tempty")]


def test_protocol_that_writes_text_is_refused():
    with pytest.raises(TypeError, match="bytes-like"):
        line_writer(lambda key, value: "text")(None, None)
    assert line_writer(lambda key, value: bytearray(b"x"))(None, None) == b"x"


def test_whole_lines_sort_as_with_sort_values():
    keys = [b"a", b"a\x01", b"a b"]
    assert sorted(keys, key=lambda key: bytes_before_tab([key])[0]) == [b"a\x01", b"a", b"a b"]


@pytest.mark.parametrize(
    "values",
    [
        [],
        ["a\nb", '"', "é\u2028"],
        [1, 2.5, None, True, float("nan")],
        [["a", 1], {"b": "\n"}],
        [2**70],
    ],
)
def test_scalars_encoded_at_once_are_those_encoded_one_by_one(values):
    assert json_bytes(values) == [json.dumps(value).encode() for value in values]
