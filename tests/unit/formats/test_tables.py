"""Parquet, ORC and Avro: rows and columns come back, each once; damage is an error of ours."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import CodecError, ConfigError, DataError, NoSpace
from hadoopjobs.core.pairs import Pairs
from hadoopjobs.formats import open_writer, plan_splits
from tests.unit.formats.reading import batches, records, values, write

ROWS = [
    {"id": number, "name": f"näme {number % 7}", "score": None if number % 3 else number / 4}
    for number in range(2000)
]
PAIRS = Pairs([None] * len(ROWS), ROWS)

formats = pytest.mark.parametrize("format_", ["parquet", "orc", "avro"])


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    """Row groups, stripes and batches small enough for a file to have several."""
    monkeypatch.setattr("hadoopjobs.formats.columnar_writer._GROUP_ROWS", 300)
    monkeypatch.setattr("hadoopjobs.formats.columnar_writer._BATCH_ROWS", 100)
    monkeypatch.setattr("hadoopjobs.formats.columnar._BATCH_ROWS", 100)
    monkeypatch.setattr("hadoopjobs.formats.avro._BATCH_BYTES", 1000)


@formats
def test_rows_come_back_for_every_split_size(tmp_path, format_):
    path = write(tmp_path / "x", format_, PAIRS)
    size = path.stat().st_size
    for split_bytes in (1, 7, size // 9, size // 3, size // 2, size, 1 << 40):
        assert values(path, "auto", "pairs", max(split_bytes, size // 400)) == ROWS
        tables = list(batches(path, "auto", "columns", max(split_bytes, size // 400)))
        assert pa.Table.from_batches(tables).to_pylist() == ROWS


@formats
def test_a_file_is_really_split(tmp_path, format_):
    if format_ == "orc":
        path = tmp_path / "x"
        table = pa.Table.from_pylist(ROWS)
        orc.write_table(table, path, stripe_size=1024, batch_size=100)
    elif format_ == "avro":
        schema = {
            "type": "record",
            "name": "Row",
            "fields": [
                {"name": "id", "type": "long"},
                {"name": "name", "type": "string"},
                {"name": "score", "type": ["null", "double"]},
            ],
        }
        path = tmp_path / "x"
        with path.open("wb") as stream:
            fastavro.writer(stream, schema, ROWS, sync_interval=500)
    else:
        path = write(tmp_path / "x", format_, PAIRS)
    splits = plan_splits(DatasetRef((str(path),), format_), path.stat().st_size // 4)
    assert 3 <= len(splits) <= 8
    assert values(path, format_, "pairs", path.stat().st_size // 4) == ROWS
    assert [next(values_of(split)) for split in splits][1:] != []


def values_of(split):
    from hadoopjobs.formats import read_split

    return (value for batch in read_split(split) for value in batch.values)


@pytest.mark.parametrize("split_bytes", range(100, 3000, 61))
def test_avro_blocks_are_read_once(tmp_path, split_bytes):
    path = tmp_path / "x"
    with path.open("wb") as stream:
        fastavro.writer(stream, {"type": "long", "name": "n"}, range(500), sync_interval=40)
    assert values(path, "auto", "pairs", split_bytes) == list(range(500))


@formats
def test_record_batches_come_back(tmp_path, format_):
    batch = pa.record_batch(
        {
            "i": pa.array([1, None], pa.int32()),
            "f": pa.array([0.5, None], pa.float32()),
            "b": pa.array([True, None]),
            "s": pa.array(["é", None]),
            "y": pa.array([b"\xff", None]),
            "d": pa.array([date(2024, 1, 31), None]),
            "t": pa.array([datetime(2024, 1, 31, 12, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
            "n": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)),
            "l": pa.array([[1, None], None], pa.list_(pa.int64())),
            "r": pa.array([{"x": 1, "y": "a"}, None]),
        }
    )
    if format_ == "orc":  # which has no time zones of its own
        batch = batch.drop_columns(["t"])
    path = write(tmp_path / "x", format_, batch, batch)
    (found,) = batches(path, format_, "columns")
    assert found.to_pylist() == batch.to_pylist() * 2
    assert found.schema.equals(batch.schema) or format_ == "orc"


@formats
def test_pairs_with_keys_become_key_and_value(tmp_path, format_):
    path = write(tmp_path / "x", format_, Pairs(["a", "b"], [1, 2]))
    assert values(path, format_) == [{"key": "a", "value": 1}, {"key": "b", "value": 2}]
    assert records(path, format_, "columns") == [("a", 1), ("b", 2)]
    path = write(tmp_path / "y", format_, Pairs([None, None], [1, 2]))
    assert values(path, format_) == [{"value": 1}, {"value": 2}]


@formats
def test_an_output_without_records_is_read_as_empty(tmp_path, format_):
    assert records(write(tmp_path / "x", format_), "auto") == []


@pytest.mark.parametrize("format_", ["parquet", "orc"])
def test_a_projection_reads_those_columns(tmp_path, format_):
    path = write(tmp_path / "x", format_, PAIRS)
    assert values(path, format_, columns="name")[:2] == [{"name": "näme 0"}, {"name": "näme 1"}]
    (found,) = {tuple(batch.schema.names) for batch in batches(path, format_, "columns",
                                                              columns=["id", "score"])}  # fmt: skip
    assert found == ("id", "score")
    with pytest.raises(ConfigError, match="has no column 'nmae': choose from id, name, score"):
        values(path, format_, columns=["nmae"])


@pytest.mark.parametrize(
    ("format_", "codec"),
    [
        *[("parquet", codec) for codec in ("snappy", "gzip", "zstd", "lz4", "none")],
        *[("orc", codec) for codec in ("deflate", "snappy", "zstd", "lz4", "none")],
        *[("avro", codec) for codec in ("deflate", "bzip2", "snappy", "none")],
    ],
)
def test_codecs(tmp_path, format_, codec):
    path = write(tmp_path / "x", format_, PAIRS, compression=codec)
    assert values(path, format_) == ROWS
    with pytest.raises(ConfigError, match="has no compression 'rar': choose one of"):
        write(tmp_path / "y", format_, PAIRS, compression="rar")


@formats
def test_a_file_cut_anywhere_is_an_error(tmp_path, format_):
    data = write(tmp_path / "x", format_, PAIRS).read_bytes()
    path = tmp_path / "y"
    missed = 0
    for cut in {1, 4, len(data) - 1, *range(5, len(data), len(data) // 60)}:
        path.write_bytes(data[:cut])
        try:
            found = values(path, format_)
        except DataError:
            continue
        missed += 1
        assert found == ROWS[: len(found)]
    assert missed == 0


@formats
def test_damage_never_ends_in_another_error(tmp_path, format_):
    data = write(tmp_path / "x", format_, PAIRS).read_bytes()
    path, chance = tmp_path / "y", random.Random(5)
    wrong = 0
    for _ in range(80):
        damaged = bytearray(data)
        damaged[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        with suppress(DataError, CodecError):
            wrong += values(path, format_) != ROWS
    if format_ == "parquet":  # the only one of the three with checksums
        assert wrong == 0


@formats
def test_another_kind_of_file_is_an_error(tmp_path, format_):
    path = tmp_path / "x"
    path.write_bytes(b"this is text and nothing else, " * 10)
    with pytest.raises(DataError, match=str(path)):
        values(path, format_)


@formats
def test_values_that_fit_no_column_are_a_clear_error(tmp_path, format_):
    with pytest.raises(CodecError, match="column 'a': its values have no type in common"):
        write(tmp_path / "x", format_, Pairs([None, None], [{"a": 1}, {"a": "x"}]))
    with pytest.raises(CodecError):
        write(tmp_path / "y", format_, Pairs([None], [{"a": 1}]), Pairs([None], [{"b": 1}]),
              pa.record_batch({"c": [1]}))  # fmt: skip


@pytest.mark.parametrize("format_", ["parquet", "orc"])
def test_later_batches_are_cast_to_the_columns_of_the_first(tmp_path, format_):
    first, second = pa.record_batch({"a": [1.5]}), pa.record_batch({"a": [2]})
    path = write(tmp_path / "x", format_, first, second)
    assert values(path, format_) == [{"a": 1.5}, {"a": 2.0}]
    with pytest.raises(CodecError, match="option schema"):
        write(tmp_path / "y", format_, second, first)
    path = write(tmp_path / "z", format_, second, first, schema={"a": "double"})
    assert values(path, format_) == [{"a": 2.0}, {"a": 1.5}]


def test_missing_fields_are_null(tmp_path):
    rows = [{"a": 1}, {"b": "x"}]
    path = write(tmp_path / "x", "parquet", Pairs([None, None], rows))
    assert values(path, "parquet") == [{"a": 1, "b": None}, {"a": None, "b": "x"}]


def test_avro_never_leaves_out_a_field(tmp_path):
    schema = {"type": "record", "name": "R", "fields": [{"name": "a", "type": "long"}]}
    path = write(tmp_path / "x", "avro", Pairs([None], [{"a": 1}]), schema=schema)
    assert values(path, "avro") == [{"a": 1}]
    with pytest.raises(CodecError, match="has the fields a, b"):
        write(tmp_path / "y", "avro", Pairs([None], [{"a": 1, "b": 2}]), schema=schema)
    with pytest.raises(CodecError, match="does not fit"):
        write(tmp_path / "y", "avro", Pairs([None], [{"a": "x"}]), schema=schema)
    with pytest.raises(ConfigError, match="no Avro schema of a record"):
        write(tmp_path / "y", "avro", Pairs([None], [{"a": "x"}]), schema='"long"')


def test_avro_unions_and_maps_as_columns(tmp_path):
    fields = [
        {"name": "u", "type": ["null", "long", "string"]},
        {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["A", "B"]}},
    ]
    schema = {"type": "record", "name": "R", "fields": fields}
    path = tmp_path / "x"
    with path.open("wb") as stream:
        fastavro.writer(stream, schema, [{"u": 1, "e": "A"}, {"u": None, "e": "B"}])
    (batch,) = batches(path, "auto", "columns")
    assert batch.to_pydict() == {"u": [1, None], "e": ["A", "B"]}


def test_files_of_other_writers_are_read(tmp_path):
    table = pa.Table.from_pylist(ROWS)
    pq.write_table(table, tmp_path / "p", row_group_size=77)
    orc.write_table(table, tmp_path / "o", stripe_size=1024, batch_size=100)
    for name in ("p", "o"):
        assert values(tmp_path / name, "auto", "pairs", 2000) == ROWS


@formats
def test_a_writer_leaves_its_stream_open(tmp_path, format_):
    with (tmp_path / "x").open("wb") as stream:
        open_writer(format_, stream).close()
        assert not stream.closed


@formats
def test_an_error_of_the_stream_comes_through(format_):
    class Full:
        def write(self, data: bytes) -> int:
            raise NoSpace("cannot write: no space")

        def tell(self) -> int:
            return 0

    def write_all() -> None:
        writer = open_writer(format_, Full())  # type: ignore[arg-type]
        writer.write(PAIRS)
        writer.close()

    with pytest.raises(NoSpace):
        write_all()
