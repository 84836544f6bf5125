"""Damaged Parquet and ORC: the error names the file, the offset and what lies there."""

from __future__ import annotations

import io
import random
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import DataError, StorageError
from hadoopjobs.formats import format_named, plan_splits, read_split
from hadoopjobs.formats.orc_tail import footer_length, stripe_starts
from hadoopjobs.storage.local import LocalFileSystem
from tests.unit.formats.reading import batches, records, values

CHANCE = random.Random(7)
ROWS = [
    {"id": number, "name": f"name {number % 7}", "score": CHANCE.random()}
    for number in range(20_000)
]
GROUPS = 4

formats = pytest.mark.parametrize("format_", ["parquet", "orc"])


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    """A file of several groups in each format."""
    folder, table = tmp_path_factory.mktemp("columnar"), pa.Table.from_pylist(ROWS)
    pq.write_table(
        table, folder / "parquet", row_group_size=len(ROWS) // GROUPS, write_page_checksum=True
    )
    orc.write_table(table, folder / "orc", stripe_size=4096, batch_size=1000, compression="zlib")
    return {name: folder / name for name in ("parquet", "orc")}


def fault(path: Path, data: bytes, format_: str, **options: Any) -> tuple[int, str]:
    """The offset and the message of the error over `data`."""
    path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        records(path, format_, **options)
    assert caught.value.uri == str(path)
    assert caught.value.offset is not None
    return caught.value.offset, caught.value.message


def changed(data: bytes, start: int, end: int) -> bytes:
    return data[:start] + bytes(byte ^ 0xFF for byte in data[start:end]) + data[end:]


def orc_parts(path: Path) -> tuple[list[int], int]:
    """Where the stripes and the footer begin."""
    file = orc.ORCFile(path)
    end = path.stat().st_size - 1 - file.file_postscript_length
    return stripe_starts(file.reader.serialized_file_tail()), end - file.file_footer_length


@pytest.mark.parametrize(
    ("format_", "magic"), [("parquet", b"PAR1"), ("orc", b"ORC")], ids=["parquet", "orc"]
)
def test_a_file_cut_short_lacks_the_magic_number_at_its_end(tmp_path, files, format_, magic):
    data = files[format_].read_bytes()
    for cut in (len(data) - 1, len(data) // 2, 20, len(magic)):
        offset, message = fault(tmp_path / "x", data[:cut], format_)
        assert offset == max(0, cut - 4)
        assert "cannot read the magic number that it should end with: " in message


@formats
@pytest.mark.parametrize("data", [b"x", b"this is text and nothing else\n" * 9], ids=["x", "text"])
def test_another_kind_of_file_lacks_the_magic_number_at_its_start(tmp_path, format_, data):
    offset, message = fault(tmp_path / "x", data, format_)
    assert offset == 0
    assert "cannot read the magic number that it should begin with: " in message


@formats
def test_a_file_of_no_bytes_has_no_records(tmp_path, format_):
    path = tmp_path / "x"
    path.touch()
    assert records(path, format_) == []


def test_a_damaged_parquet_footer_is_named(tmp_path, files):
    data = files["parquet"].read_bytes()
    footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    offset, message = fault(tmp_path / "x", changed(data, footer, footer + 20), "parquet")
    assert (offset, "cannot read its footer: " in message) == (footer, True)
    offset, message = fault(tmp_path / "x", changed(data, len(data) - 5, len(data) - 4), "parquet")
    assert (offset, "cannot read the length of its footer: " in message) == (len(data) - 8, True)


def test_a_damaged_orc_tail_is_named(tmp_path, files):
    data, (_, footer) = files["orc"].read_bytes(), orc_parts(files["orc"])
    offset, message = fault(tmp_path / "x", changed(data, footer, footer + 20), "orc")
    assert (offset, "cannot read its footer: " in message) == (footer, True)
    postscript = len(data) - 1 - data[-1]
    offset, message = fault(tmp_path / "x", changed(data, postscript, postscript + 3), "orc")
    assert (offset, "cannot read its postscript: " in message) == (postscript, True)
    offset, message = fault(tmp_path / "x", data[:-1] + b"\1", "orc")
    assert (offset, "cannot read the length of its postscript: " in message) == (
        len(data) - 1,
        True,
    )


@pytest.mark.parametrize("layout", ["pairs", "columns"])
def test_a_damaged_page_is_told_by_its_column_chunk(tmp_path, files, layout):
    data, metadata = files["parquet"].read_bytes(), pq.ParquetFile(files["parquet"]).metadata
    for group in (0, 2):
        for number, name in enumerate(("id", "name", "score")):
            chunk = metadata.row_group(group).column(number)
            start = min(chunk.dictionary_page_offset, chunk.data_page_offset)
            middle = start + chunk.total_compressed_size // 2
            damaged = changed(data, middle, middle + 1)
            offset, message = fault(tmp_path / "x", damaged, "parquet")
            assert offset == start
            assert f"cannot read column {name!r} of row group {group}: " in message


def test_a_damaged_column_that_is_not_wanted_does_no_harm(tmp_path, files):
    path, metadata = tmp_path / "x", pq.ParquetFile(files["parquet"]).metadata
    start = metadata.row_group(1).column(0).data_page_offset
    path.write_bytes(changed(files["parquet"].read_bytes(), start, start + 50))
    assert values(path, "parquet", columns="name") == [{"name": row["name"]} for row in ROWS]


def test_a_column_within_a_struct_is_told_by_the_struct(tmp_path):
    path, rows = tmp_path / "x", [{"s": {"a": n, "b": f"text {n}"}, "s2": n} for n in range(5000)]
    pq.write_table(pa.Table.from_pylist(rows), path, write_page_checksum=True)
    group = pq.ParquetFile(path).metadata.row_group(0)
    start = group.column(0).dictionary_page_offset
    middle = group.column(1).data_page_offset + 50
    offset, message = fault(path, changed(path.read_bytes(), middle, middle + 1), "parquet")
    assert (offset, "cannot read column 's' of row group 0: " in message) == (start, True)


def test_damage_in_a_stripe_is_told_by_its_start(tmp_path, files):
    data, (stripes, footer) = files["orc"].read_bytes(), orc_parts(files["orc"])
    assert len(stripes) >= 3
    for stripe, (start, end) in enumerate(pairwise([*stripes, footer])):
        middle = (start + end) // 2
        offset, message = fault(tmp_path / "x", changed(data, middle, middle + 100), "orc")
        assert (offset, f"cannot read column 'score' of stripe {stripe}: " in message) == (
            start,
            True,
        )


def test_a_damaged_footer_of_a_stripe_is_told_by_the_stripe(tmp_path, files):
    data, (stripes, _) = files["orc"].read_bytes(), orc_parts(files["orc"])
    damaged = changed(data, stripes[2] - 30, stripes[2])
    offset, message = fault(tmp_path / "x", damaged, "orc")
    assert (offset, "cannot read stripe 1: " in message) == (stripes[1], True)


@formats
def test_text_that_is_no_utf8_is_refused_in_both_layouts(tmp_path, format_):
    path, table = tmp_path / "x", pa.table({"n": [1], "text": ["a remarkable word"]})
    if format_ == "parquet":
        pq.write_table(table, path, compression="none", write_statistics=False)
    else:
        orc.write_table(table, path, compression="uncompressed")
    data = path.read_bytes()
    path.write_bytes(data.replace(b"remarkable", b"remar\xe9able"))  # in ORC's statistics, too
    for layout in ("pairs", "columns"):
        with pytest.raises(DataError, match=r"x, offset \d+: .* column 'text' of .* 0: "):
            records(path, format_, layout)


@formats
def test_a_date_beyond_those_of_python_is_no_damage(tmp_path, format_):
    path, table = tmp_path / "x", pa.table({"day": pa.array([10**7], pa.date32())})
    if format_ == "parquet":
        pq.write_table(table, path)
    else:
        orc.write_table(table, path)
    assert [len(batch) for batch in batches(path, format_, "columns")] == [1]
    with pytest.raises(DataError, match=r"offset \d+: a row here has a value that Python has no"):
        records(path, format_)


@formats
def test_splits_begin_where_groups_do(files, format_):
    path = files[format_]
    splits = plan_splits(DatasetRef((str(path),), format_), 1)
    starts = orc_parts(path)[0] if format_ == "orc" else parquet_starts(path)
    assert [split.start for split in splits] == [0, *starts[1:]]
    assert sum(split.length for split in splits) == path.stat().st_size


def parquet_starts(path: Path) -> list[int]:
    metadata = pq.ParquetFile(path).metadata
    groups = map(metadata.row_group, range(metadata.num_row_groups))
    return [group.column(0).dictionary_page_offset for group in groups]


@formats
def test_an_error_of_the_stream_in_the_middle_is_no_damage(files, format_):
    class Failing(io.BytesIO):
        """Reads the footer, and then no more."""

        def read(self, size: int | None = -1) -> bytes:
            if self.tell() < len(self.getvalue()) // 3:
                raise StorageError("the node is gone")
            return super().read(size)

    class Failures(LocalFileSystem):
        def open_read(self, uri: str) -> BinaryIO:
            return Failing(Path(uri).read_bytes())

    path = files[format_]
    (split,) = plan_splits(DatasetRef((str(path),), format_), 1 << 40)
    with pytest.raises(StorageError, match="the node is gone"):
        list(format_named(format_).read(Failures(), split, "columns", {}))


def test_reading_a_stripe_does_not_depend_on_the_split_size(files):
    for split_bytes in (1, 20_000, 1 << 40):
        dataset = DatasetRef((str(files["orc"]),), "orc")
        found = [b for split in plan_splits(dataset, split_bytes) for b in read_split(split)]
        assert [value for batch in found for value in batch.values] == ROWS


@pytest.mark.parametrize("message", [b"\x08", b"\x0b", b"\x12\x05abc", b"\x08" + b"\xff" * 9])
def test_a_postscript_that_is_none_has_no_footer_length(message):
    assert footer_length(message) is None
