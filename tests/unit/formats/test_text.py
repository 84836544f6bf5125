"""Lines: every one exactly once for every split size, whatever the bytes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import ConfigError, DataError
from hadoopjobs.formats import detect, format_named, plan_splits, read_split
from hadoopjobs.formats import lines as lines_module
from hadoopjobs.formats.splits import file_ranges
from hadoopjobs.job.mrjob_loader import TextValueProtocol
from hadoopjobs.storage.local import LocalFileSystem
from tests.unit.formats.reading import batches, records, values

FILES = [
    b"",
    b"\n",
    b"\n\n\n",
    b"a",
    b"a\n",
    b"a\nbb\n\nccc",
    b"a\r\nb\r\n\r\nc\r\n",
    b"a\r\r\nb\rc\nd\r",
    b"one\x0btwo\x0cthree\xe2\x80\xa8four\x85\x1cfive\n\x1e\n",
    b"caf\xe9\n\xff\xfe\n\xed\xa0\x80\n",
    b"\xef\xbb\xbfmark\nnext\n",
    b"long " * 50 + b"\nx\n" + b"longer " * 50,
]


def reference(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    return lines if lines.pop() == b"" else data.split(b"\n")


def reference_text(data: bytes) -> list[str]:
    lines = [line.removesuffix(b"\r") for line in reference(data.removeprefix(b"\xef\xbb\xbf"))]
    return [line.decode("utf-8", "surrogateescape") for line in lines]


def reference_of_mrjob(data: bytes) -> list[str]:
    read = TextValueProtocol().read
    return [read(line.rstrip(b"\r"))[1] for line in reference(data)]


@pytest.mark.parametrize("data", FILES)
def test_every_line_is_read_once_for_every_split_size(tmp_path, data):
    path = tmp_path / "file"
    path.write_bytes(data)
    for split_bytes in range(1, len(data) + 2):
        assert values(path, "text", "bytes", split_bytes) == reference(data)
        assert values(path, "text", "texts", split_bytes) == reference_of_mrjob(data)
        assert values(path, "text", "pairs", split_bytes) == reference_text(data)


@given(st.lists(st.sampled_from([b"\n", b"\r", b"a", b"bcd", b"\xc3\xa9", b"\xff"])), st.data())
def test_every_line_is_read_once(tmp_path_factory, parts, data):
    path = tmp_path_factory.mktemp("text") / "file"
    content = b"".join(parts)
    path.write_bytes(content)
    split_bytes = data.draw(st.integers(1, len(content) + 1))
    piece_bytes = data.draw(st.integers(1, len(content) + 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines_module, "PIECE_BYTES", piece_bytes)
        patch.setattr(lines_module, "_TAIL_BYTES", piece_bytes)
        assert values(path, "text", "bytes", split_bytes) == reference(content)
        text = values(path, "text", "pairs", split_bytes)
        columns = values(path, "text", "columns", split_bytes)
    assert text == reference_text(content)
    replaced = [line.removesuffix(b"\r").decode("utf-8", "replace") for line in reference(content)]
    assert columns == replaced


def test_each_record_knows_its_offset(tmp_path):
    data = b"a\r\nbb\n\nccc\ndddd"
    path = tmp_path / "file"
    path.write_bytes(data)
    for split_bytes in range(1, len(data) + 1):
        for batch in batches(path, "text", "pairs", split_bytes):
            for index, value in enumerate(batch.values):
                assert batch.origin.uri == str(path)
                assert data[batch.origin.offset_of(index) :].startswith(value.encode())


def test_batches_are_of_bounded_size(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"some line\n" * 200_000)
    sizes = [len(batch) for batch in batches(path, "text")]
    assert sum(sizes) == 200_000
    assert max(sizes) < 30_000


def test_a_very_long_line_is_read_in_linear_time(tmp_path):
    path = tmp_path / "file"
    with path.open("wb") as stream:
        for _ in range(64):
            stream.write(b"x" * (1 << 20))
        stream.write(b"\nshort\n")
    lines = values(path, "text", "bytes", 16 << 20)
    assert [len(line) for line in lines] == [64 << 20, 5]


def test_a_file_that_is_cut_short_after_planning_is_an_error(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"line\n" * 100)
    splits = plan_splits(DatasetRef((str(path),), "text"), 200)
    path.write_bytes(b"line\n" * 90)
    with pytest.raises(DataError, match=r"offset 450: .*cut short"):
        [list(read_split(split)) for split in splits]


def test_a_file_that_grows_is_read_as_it_was_when_planned(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"line\nli")
    splits = plan_splits(DatasetRef((str(path),), "text"), 100)
    path.write_bytes(b"line\nline\nline\n")
    found = [value for split in splits for batch in read_split(split) for value in batch.values]
    assert found == ["line", "li"]


def test_columns_replace_what_is_not_utf8(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"caf\xe9\r\n\n\xef\xbb\xbfx\n")
    (batch,) = batches(path, "text", "columns")
    assert batch.schema.names == ["line"]
    assert batch.column(0).to_pylist() == ["caf�", "", "\ufeffx"]


def test_keys_are_none(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"a\nb\n")
    assert records(path, "text") == [(None, "a"), (None, "b")]


def test_splits_are_those_of_hadoop():
    assert file_ranges(0, 10) == []
    assert file_ranges(109, 100) == [(0, 109)]
    assert file_ranges(111, 100) == [(0, 100), (100, 11)]
    assert file_ranges(310, 100) == [(0, 100), (100, 100), (200, 110)]


def test_reading_text_imports_no_heavy_library(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"a\n")
    program = f"""
import sys
from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.formats import plan_splits, read_split
for split in plan_splits(DatasetRef(({str(path)!r},)), 100):
    assert next(read_split(split)).values == ["a"]
print(*sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    loaded = set(done.stdout.split())
    assert "hadoopjobs.formats" in loaded
    assert loaded.isdisjoint({"pyarrow", "numpy", "fastavro", "cramjam", "msgspec"})


def test_auto_goes_by_the_first_bytes(tmp_path):
    heads = {b"SEQ\x06": "sequencefile", b"PAR1": "parquet", b"Obj\x01": "avro", b"ORC": "orc"}
    fs = LocalFileSystem()
    for head, name in {**heads, b"SE": "text", b'{"a": 1}': "text", b"": "text"}.items():
        path = tmp_path / "file.jsonl"
        path.write_bytes(head)
        assert detect(fs, fs.status(str(path))) == name


def test_unknown_names_list_the_choices(tmp_path):
    with pytest.raises(ConfigError, match=r"unknown format 'txt': choose one of avro, .* text"):
        format_named("txt")
    path = tmp_path / "file"
    path.write_bytes(b"a\n")
    with pytest.raises(ConfigError, match="text has no option 'header': choose from compression"):
        plan_splits(DatasetRef((str(path),), "text", (("header", True),)), 10)
