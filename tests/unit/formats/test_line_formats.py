"""Lines of pairs and values: JSON, text, values, lines."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadoopjobs.core.errors import CodecError, ConfigError, DataError
from hadoopjobs.core.pairs import Pairs
from tests.unit.formats.reading import batches, records, values, write

KEYS = ["a", None, 3, ("x", 1)]
VALUES = [1, [2.5, None], {"k": "é"}, "tab\tand\nline"]


def written(tmp_path, format_, keys, column, **options) -> bytes:
    return write(tmp_path / "out", format_, Pairs(keys, column), **options).read_bytes()


def test_json_pairs(tmp_path):
    assert written(tmp_path, "json", KEYS, VALUES).decode() == (
        '"a"\t1\nnull\t[2.5,null]\n3\t{"k":"é"}\n["x",1]\t"tab\\tand\\nline"\n'
    )
    keys = ["a", None, 3, ["x", 1]]
    assert records(tmp_path / "out", "json") == list(zip(keys, VALUES, strict=True))
    assert values(tmp_path / "out", "json", "bytes")[0] == b'"a"\t1'


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)
    ),
)


@given(st.lists(st.tuples(json_values, json_values)), st.integers(1, 50))
def test_json_pairs_come_back_for_every_split_size(tmp_path_factory, pairs, split_bytes):
    path = tmp_path_factory.mktemp("json") / "out"
    write(path, "json", Pairs([key for key, _ in pairs], [value for _, value in pairs]))
    assert records(path, "json", "pairs", split_bytes) == pairs


@pytest.mark.parametrize("line", ["no tab", '"a"\tnope', "\t1", '"a"\t1 2', '{"a"\t:1}'])
def test_a_line_that_is_no_json_pair_is_an_error_with_its_offset(tmp_path, line):
    path = tmp_path / "in"
    path.write_text(f'"a"\t1\n"b"\tNaN\n{line}\n"c"\t2\n')
    with pytest.raises(DataError, match=rf"{path}, offset 14: the line is not a JSON key") as error:
        records(path, "json")
    assert error.value.offset == 14


def test_json_pairs_as_columns(tmp_path):
    path = tmp_path / "in"
    path.write_text('"a"\t1\n"b"\t2\n')
    (batch,) = batches(path, "json", "columns")
    assert batch.to_pydict() == {"key": ["a", "b"], "value": [1, 2]}
    path.write_text('"a"\t1\n2\t"b"\n')
    with pytest.raises(DataError, match="column 'key': its values have no type in common"):
        list(batches(path, "json", "columns"))


def test_json_lines(tmp_path):
    assert written(tmp_path, "jsonl", KEYS, VALUES).decode() == (
        '1\n[2.5,null]\n{"k":"é"}\n"tab\\tand\\nline"\n'
    )
    assert values(tmp_path / "out", "jsonl") == VALUES


def test_blank_json_lines_are_skipped_and_offsets_stay_right(tmp_path):
    path = tmp_path / "in"
    path.write_bytes(b'\xef\xbb\xbf{"a":1}\n\n  \r\n{"a":2}\r\n\n')
    assert values(path, "jsonl") == [{"a": 1}, {"a": 2}]
    (batch,) = batches(path, "jsonl")
    assert path.read_bytes()[batch.origin.offset_of(1) :].startswith(b'{"a":2}')
    path.write_bytes(b"\n\n")
    assert list(batches(path, "jsonl")) == []


def test_a_bad_json_line_is_an_error_with_its_offset(tmp_path):
    path = tmp_path / "in"
    path.write_text('{"a":1}\n\n{"a":\n')
    with pytest.raises(DataError, match="offset 9: the line is not JSON"):
        values(path, "jsonl")


@given(st.lists(json_values), st.integers(1, 50))
def test_json_lines_come_back_for_every_split_size(tmp_path_factory, column, split_bytes):
    path = tmp_path_factory.mktemp("jsonl") / "out"
    write(path, "jsonl", Pairs([None] * len(column), column))
    assert values(path, "jsonl", "pairs", split_bytes) == column


def test_json_lines_as_columns(tmp_path):
    path = tmp_path / "in"
    path.write_text('{"a":1}\n{"b":"2024-01-01"}\n')
    (batch,) = batches(path, "jsonl", "columns")
    assert batch.to_pydict() == {"a": [1, None], "b": [None, "2024-01-01"]}
    (batch,) = batches(path, "jsonl", "columns", schema={"b": "string", "a": "double"})
    assert batch.to_pydict() == {"b": [None, "2024-01-01"], "a": [1.0, None]}
    with pytest.raises(DataError, match="column 'b': its values are not all int64"):
        list(batches(path, "jsonl", "columns", schema={"b": "int64"}))
    with pytest.raises(ConfigError, match="schema"):
        list(batches(path, "jsonl", "columns", schema={"b": "integer"}))
    path.write_text("1\n2\n")
    (batch,) = batches(path, "jsonl", "columns")
    assert batch.to_pydict() == {"value": [1, 2]}


def test_text_is_that_of_hadoops_text_output_format(tmp_path):
    keys = ["a", None, "c", None, b"\xff", True]
    column = [1, "only value", None, None, "\udcfe", 2.0]
    assert written(tmp_path, "text", keys, column) == (
        b"a\t1\nonly value\nc\n\n\xff\t\xfe\nTrue\t2.0\n"
    )


def test_text_that_was_read_is_written_as_the_same_bytes(tmp_path):
    path = tmp_path / "in"
    data = b"caf\xe9\n\xed\xa0\x80\n\n\xf0\x9f\x98\x80\ttab\n"
    path.write_bytes(data)
    assert write(tmp_path / "out", "text", *batches(path, "text")).read_bytes() == data


def test_text_of_strange_values(tmp_path):
    huge = 10**5000
    assert written(tmp_path, "values", [1, 2, 3], ["\ud800x\udcff", huge, [1]]) == (
        b"\xed\xa0\x80x\xff\n1" + b"0" * 5000 + b"\n[1]\n"
    )


def test_lines_are_written_as_they_are(tmp_path):
    assert written(tmp_path, "lines", [1, 2], [b"\xff\t", b""]) == b"\xff\t\n\n"
    assert written(tmp_path, "lines", [1, 2], ["é\udcff", bytearray(b"b")]) == b"\xc3\xa9\xff\nb\n"
    with pytest.raises(CodecError, match="format lines writes bytes and text, and got a int"):
        written(tmp_path, "lines", [None], [1])


@pytest.mark.parametrize(
    ("columns", "json", "text"),
    [
        ({"v": ["x"]}, 'null\t"x"\n', "x\n"),
        ({"k": ["a"], "v": [1]}, '"a"\t1\n', "a\t1\n"),
        ({"k": ["a"], "v": [1], "w": [None]}, '"a"\t[1,null]\n', "a\t[1, None]\n"),
    ],
)
def test_record_batches_are_written_as_pairs(tmp_path, columns, json, text):
    batch = pa.record_batch(columns)
    assert write(tmp_path / "out", "json", batch).read_text() == json
    assert write(tmp_path / "out", "text", batch).read_text() == text


def test_record_batches_are_json_lines_of_objects(tmp_path):
    batch = pa.record_batch({"k": ["a"], "v": [None]})
    assert write(tmp_path / "out", "jsonl", batch).read_text() == '{"k":"a","v":null}\n'


def test_a_large_batch_is_written_whole(tmp_path):
    count = 20_000
    path = write(tmp_path / "out", "json", Pairs(list(range(count)), ["v"] * count))
    assert records(path, "json") == [(number, "v") for number in range(count)]
    batch = pa.record_batch({"k": list(range(count)), "v": ["v"] * count})
    assert write(tmp_path / "two", "json", batch).read_bytes() == path.read_bytes()
