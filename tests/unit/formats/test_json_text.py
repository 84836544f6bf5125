"""JSON text of values: exact, the same in every column, and read back."""

from __future__ import annotations

import enum
import json
import math
import subprocess
import sys
from collections import Counter, OrderedDict, namedtuple
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadoopjobs.core.errors import CodecError
from hadoopjobs.formats.json_text import (
    decode_json,
    decode_json_lines,
    encode_json,
    encode_json_column,
    json_bytes,
)

Point = namedtuple("Point", "x y")
Colour = enum.IntEnum("Colour", "RED GREEN")


class Mine:
    pass


HUGE = 7 * 10**5000 + 1
SELF: list[object] = []
SELF.append(SELF)

TEXTS = [
    (None, "null"),
    (True, "true"),
    (1, "1"),
    (-(2**70), "-1180591620717411303424"),
    (HUGE, "7" + "0" * 4999 + "1"),
    ([HUGE], "[7" + "0" * 4999 + "1]"),
    (1.0, "1.0"),
    (0.1, "0.1"),
    (1e16, "1e+16"),
    (math.nan, "NaN"),
    (-math.inf, "-Infinity"),
    ([math.nan, math.inf], "[NaN,Infinity]"),
    ('é\t\n\x00\x7f\u2028"\\/', '"é\\t\\n\\u0000\x7f\u2028\\"\\\\/"'),
    (b"caf\xc3\xa9\xff", '"café\udcff"'),
    (bytearray(b"a"), '"a"'),
    ((1, (2,)), "[1,[2]]"),
    (Point(1, 2), "[1,2]"),
    ({3, 1, 10}, "[1,3,10]"),
    (frozenset({"b", "a"}), '["a","b"]'),
    ({2.5, math.nan, 1}, "[1,2.5,NaN]"),
    ({(1, 2), "a", None}, '["a",[1,2],null]'),
    (set(), "[]"),
    (Decimal("1.10"), '"1.10"'),
    (date(2024, 1, 31), '"2024-01-31"'),
    (datetime(2024, 1, 31, 12, tzinfo=UTC), '"2024-01-31T12:00:00+00:00"'),
    (time(1, 2, 3), '"01:02:03"'),
    (timedelta(minutes=1.5), "90.0"),
    (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
    (Colour.GREEN, "2"),
    (numpy.int64(7), "7"),
    (numpy.float32(0.5), "0.5"),
    (Counter("aab"), '{"a":2,"b":1}'),
    (OrderedDict(b=1, a=2), '{"b":1,"a":2}'),
    ({1: "a", 2.5: "b", False: "c", None: "d"}, '{"1":"a","2.5":"b","false":"c","null":"d"}'),
    ({(1, "a"): 1, b"k": {date(2024, 1, 1): HUGE % 10}}, '{"[1,\\"a\\"]":1,"k":{"2024-01-01":1}}'),
    ({frozenset({1}): 2, Decimal("1.5"): 3}, '{"[1]":2,"1.5":3}'),
    ({HUGE: 1}, '{"7' + "0" * 4999 + '1":1}'),
]


@pytest.mark.parametrize(("value", "text"), TEXTS, ids=lambda _: "")
def test_text_of_a_value(value, text):
    assert encode_json(value) == text
    assert encode_json_column([value]) == [text]


def test_text_never_depends_on_the_neighbours():
    alone = [text for _, text in TEXTS]
    together = [value for value, _ in TEXTS]
    assert encode_json_column(together) == alone
    assert encode_json_column([value for value in together for _ in "ab"])[::2] == alone


column_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(codec=None)),
    st.lists(st.one_of(st.integers(), st.floats(), st.text()), max_size=3),
    st.dictionaries(st.text(), st.integers(), max_size=3),
)


@given(st.lists(column_values))
def test_text_is_that_of_the_standard_library(values):
    expected = [json.dumps(v, ensure_ascii=False, separators=(",", ":")) for v in values]
    assert encode_json_column(values) == expected
    assert [encode_json_column([value])[0] for value in values] == expected
    decoded = [json.loads(text) for text in expected]
    assert repr(decode_json_lines(expected)) == repr(decoded)
    assert repr([decode_json_lines([text])[0] for text in expected]) == repr(decoded)
    assert repr([decode_json(json_bytes(text).decode()) for text in expected]) == repr(decoded)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (Mine(), r"Mine as JSON"),
        ([Mine()], r"Mine as JSON"),
        ({Mine(): 1}, r"Mine as JSON"),
        (1j, r"builtins\.complex as JSON"),
        (SELF, "contains itself"),
        (numpy.zeros(2), "ndarray as JSON"),
    ],
)
def test_a_class_without_a_text_is_named(value, message):
    with pytest.raises(CodecError, match=message):
        encode_json(value)


def test_lone_surrogates_become_escapes():
    assert json_bytes('"a\udcff\ud83d"') == b'"a\\udcff\\ud83d"'
    assert decode_json('"\\udcff"') == "\udcff"


def test_long_integers_are_read():
    text = str(Decimal(HUGE))
    assert decode_json(text) == HUGE
    assert decode_json_lines(["1", f"[{text}]"]) == [1, [HUGE]]


@pytest.mark.parametrize("text", ["", "1 2", "[1", "nul", "'a'", '{"a":}', "1,2", "[" * 100_000])
def test_what_is_not_json_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"."):
        decode_json(text)
    with pytest.raises(ValueError, match=r"."):
        decode_json_lines(["1", text])


def test_sets_have_one_text_whatever_the_hash_seed():
    program = "from hadoopjobs.formats.json_text import encode_json as e; "
    program += "print(e({'b', 'a', 'c', ('x', 1), frozenset('zyx')}))"
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(3)
    }
    assert texts == {'["a","b","c",["x","y","z"],["x",1]]\n'}
