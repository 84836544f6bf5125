"""Rows of fields: Hive's delimited text, and CSV."""

from __future__ import annotations

import csv

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadoopjobs.core.errors import CodecError, ConfigError, DataError
from hadoopjobs.core.pairs import Pairs
from tests.unit.formats.reading import batches, values, write


def rows_as_pairs(rows):
    return Pairs([None] * len(rows), rows)


def columns(path, format_, **options):
    found = list(batches(path, format_, "columns", **options))
    return pa.Table.from_batches(found).to_pydict() if found else {}


def test_delimited_text_of_hive(tmp_path):
    path = tmp_path / "in"
    path.write_bytes(b"1\x01a b\x01\\N\n\n\\N\x01\x01\xff\r\n")
    expected = [["1", "a b", None], [""], [None, "", "\udcff"]]
    assert values(path, "delimited") == expected
    assert columns(path, "delimited") == {
        "c0": ["1", "", None], "c1": ["a b", None, ""], "c2": [None, None, "\ufffd"],
    }  # fmt: skip
    assert values(path, "delimited", columns="x,y") == [["1", "a b"], ["", None], [None, ""]]
    assert columns(path, "delimited", columns=["x", "y"]) == {
        "x": ["1", "", None], "y": ["a b", None, ""],
    }  # fmt: skip


def test_columns_are_the_same_on_the_fast_and_the_slow_path(tmp_path):
    path = tmp_path / "in"
    path.write_bytes(b"1,NULL,x\r\n,2,\xff\n")
    options = {"field_delim": ",", "null_format": "NULL"}
    expected = {"c0": ["1", ""], "c1": [None, "2"], "c2": ["x", "\ufffd"]}
    assert columns(path, "delimited", **options) == expected
    path.write_bytes(path.read_bytes() + b"\\,\n")
    slow = columns(path, "delimited", **options, escape="\\")
    assert {name: column[:2] for name, column in slow.items()} == expected
    assert slow["c0"][2:] == [","]


def test_a_longer_line_than_the_first_is_an_error_without_names(tmp_path):
    path = tmp_path / "in"
    path.write_bytes(b"a,b\nc,d,e\n")
    with pytest.raises(DataError, match="offset 4: a line has 3 fields"):
        columns(path, "delimited", field_delim=",")
    assert values(path, "delimited", field_delim=",") == [["a", "b"], ["c", "d", "e"]]


def test_escapes_are_those_of_hive(tmp_path):
    path = tmp_path / "in"
    path.write_bytes(b"a\\,b,\\N,\\\\N,x\\ny\\rz,\\q\\,\nplain,\n\\")
    assert values(path, "delimited", field_delim=",", escape="\\") == [
        ["a,b", None, "\\N", "x\ny\rz", "q,"],
        ["plain", ""],
        ["\\"],
    ]


fields = st.one_of(st.none(), st.text(st.characters(codec="utf-8")), st.just("\\N"))
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(fields, min_size=width, max_size=width), max_size=6)
)


@given(tables, st.integers(1, 60), st.sampled_from(["\x01", ",", "||", "x"]))
def test_escaped_rows_come_back_for_every_split_size(tmp_path_factory, rows, size, delimiter):
    path = tmp_path_factory.mktemp("delimited") / "out"
    options = {"field_delim": delimiter, "escape": "\\"}
    write(path, "delimited", rows_as_pairs(rows), **options)
    assert values(path, "delimited", "pairs", size, **options) == rows


@pytest.mark.parametrize("delimiter", ["n", "r", "N"])
def test_delimiters_that_mean_something_when_escaped_are_refused(tmp_path, delimiter):
    options = {"field_delim": delimiter, "escape": "\\"}
    with pytest.raises(ConfigError, match="cannot be escaped"):
        write(tmp_path / "out", "delimited", rows_as_pairs([["a", "b"]]), **options)


def test_what_cannot_be_written_without_escapes_is_refused(tmp_path):
    for field in ("a\x01b", "a\nb", "\\N", "a\r"):
        with pytest.raises(CodecError, match="say how to escape it"):
            write(tmp_path / "out", "delimited", rows_as_pairs([[field, "x"]]))
    for null in ("nil", "NULL", "n"):
        options = {"null_format": null, "escape": "\\"}
        if null == "n":
            with pytest.raises(CodecError, match="choose another null_format"):
                write(tmp_path / "out", "delimited", rows_as_pairs([[null, None]]), **options)
        else:
            path = write(tmp_path / "out", "delimited", rows_as_pairs([[null, None]]), **options)
            assert values(path, "delimited", **options) == [[null, None]]


def test_values_are_written_as_hive_does(tmp_path):
    rows = [True, None, 1.5, [1, "a"], {"k": None}]
    path = write(tmp_path / "out", "delimited", Pairs(["key"], [rows]), field_delim="|")
    assert path.read_text() == 'key|true|\\N|1.5|[1,"a"]|{"k":null}\n'
    batch = pa.record_batch({"a": [1, None], "b": ["x", "y"]})
    path = write(tmp_path / "out", "delimited", batch, field_delim="|")
    assert path.read_text() == "1|x\n\\N|y\n"


def test_a_field_that_ends_as_a_delimiter_begins_is_not_cut(tmp_path):
    rows = [["a|", "b"], ["|", "|"]]
    with pytest.raises(CodecError, match="say how to escape it"):
        write(tmp_path / "out", "delimited", rows_as_pairs(rows), field_delim="||")
    options = {"field_delim": "||", "escape": "\\"}
    path = write(tmp_path / "out", "delimited", rows_as_pairs(rows), **options)
    assert values(path, "delimited", **options) == rows


@pytest.mark.parametrize(
    "options",
    [
        {"field_delim": ""},
        {"escape": "ab"},
        {"escape": 1},
        {"escape": ",", "field_delim": ","},
        {"escape": "\\", "field_delim": "n"},
        {"escape": "r"},
    ],
)
def test_options_that_cannot_be_are_refused(tmp_path, options):
    with pytest.raises(ConfigError):
        write(tmp_path / "out", "delimited", **options)


def test_csv(tmp_path):
    path = tmp_path / "in"
    path.write_bytes(b'\xef\xbb\xbfid,"the ""name"""\r\n1,"a, b"\r\n\r\n2,"two\r\nlines"\n3,\xff')
    rows = [["id", 'the "name"'], ["1", "a, b"], ["2", "two\r\nlines"], ["3", "\udcff"]]
    assert values(path, "csv") == rows
    assert values(path, "csv", header=True) == rows[1:]
    assert columns(path, "csv", header=True) == {
        "id": ["1", "2", "3"], 'the "name"': ["a, b", "two\r\nlines", "\ufffd"],
    }  # fmt: skip
    assert columns(path, "csv", header=True, columns="a,b")["a"] == ["1", "2", "3"]
    assert list(columns(path, "csv")) == ["c0", "c1"]


def test_csv_dialects(tmp_path):
    path = tmp_path / "in"
    path.write_text("a;'b;c';-\n")
    options = {"field_delim": ";", "quote": "'", "null_format": "-"}
    assert values(path, "csv", **options) == [["a", "b;c", None]]
    with pytest.raises(ConfigError, match="must be one character"):
        values(path, "csv", field_delim="||")


@pytest.mark.parametrize(
    ("text", "offset"),
    [('a,b\n"c,d\n', 4), ('a,b\n"c"d,e\n', 4), ('a,b\nx,"y\n\n\n', None), ("a\rb,c\n", 0)],
)
def test_broken_csv_is_an_error(tmp_path, text, offset):
    path = tmp_path / "in"
    path.write_text(text)
    with pytest.raises(DataError, match="no CSV") as error:
        values(path, "csv")
    assert offset is None or error.value.offset == offset


def test_csv_rows_of_unequal_length(tmp_path):
    path = tmp_path / "in"
    path.write_text("a,b\nc\n")
    assert values(path, "csv") == [["a", "b"], ["c"]]
    with pytest.raises(DataError, match="has 1 fields, not 2"):
        columns(path, "csv")


def test_csv_is_split_where_no_field_holds_a_line_end(tmp_path):
    path = tmp_path / "in"
    rows = [[str(number), f"value, {number}"] for number in range(50)]
    write(path, "csv", rows_as_pairs(rows), header=True, columns="a,b")
    for size in range(1, path.stat().st_size, 13):
        assert values(path, "csv", "pairs", size, header=True, multiline=False) == rows
        found = batches(path, "csv", "columns", size, header=True, multiline=False)
        assert [row for batch in found for row in batch.to_pydict()["a"]] == [r[0] for r in rows]
    path.write_text('a,"b\nc"\nd,e\n')
    with pytest.raises(DataError):
        values(path, "csv", multiline=False)


def test_a_field_of_a_megabyte_is_read(tmp_path):
    path = write(tmp_path / "out", "csv", rows_as_pairs([["x" * 1_000_000, "y\n" * 100_000]]))
    assert [len(field) for field in values(path, "csv")[0]] == [1_000_000, 200_000]


csv_fields = st.text(st.characters(codec="utf-8"))


@given(st.lists(st.lists(csv_fields, min_size=2, max_size=2), max_size=6))
def test_csv_comes_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "out"
    write(path, "csv", rows_as_pairs(rows))
    assert values(path, "csv") == rows
    with path.open(newline="", encoding="utf-8") as stream:
        assert list(csv.reader(stream)) == rows


def test_csv_of_record_batches_has_their_names(tmp_path):
    batch = pa.record_batch({"a": [1, None], "b": ["x", 'q"']})
    path = write(tmp_path / "out", "csv", batch, batch, header=True)
    assert path.read_text() == 'a,b\n1,x\n,"q"""\n1,x\n,"q"""\n'
    with pytest.raises(ConfigError, match="needs names"):
        write(tmp_path / "out", "csv", rows_as_pairs([["a"]]), header=True)


@pytest.mark.parametrize("format_name", ["csv", "delimited"])
def test_dicts_are_written_by_their_names(format_name, tmp_path):
    def written(rows):
        path = write(tmp_path / "rows", format_name, *(Pairs([None], [row]) for row in rows))
        return path.read_text().replace("\x01", ",").splitlines()

    assert written([{"b": 1, "a": 2}, {"a": 2, "b": 1}]) == ["1,2", "1,2"]
    assert written([{"a": 1, "b": 2}, {"b": 3}])[1].endswith(",3")
    with pytest.raises(CodecError, match="'f'"):
        written([{"a": 1, "b": 2}, {"a": 1, "f": 3}])
