"""Parquet, split by row groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from hadoopjobs.formats.columnar import (
    ColumnarFile,
    ColumnarFormat,
    ColumnarKind,
    Damage,
    rows_at_once,
)
from hadoopjobs.formats.columnar_writer import ColumnarSink
from hadoopjobs.formats.shared_file import SharedFile

if TYPE_CHECKING:
    import pyarrow as pa

_MAGIC = b"PAR1"
_MAGICS = (_MAGIC, b"PARE")  # the second where the footer is encrypted
_CODECS = ("snappy", "gzip", "zstd", "lz4", "none")


def parquet_format() -> ColumnarFormat:
    """Pages are written with checksums, and those of a page that has one are checked.

    In a file of a writer that leaves them out, damage that can be decoded is not seen.
    """
    return ColumnarFormat(
        ColumnarKind(
            name="parquet",
            title="Parquet",
            group_word="row group",
            codecs={codec: codec for codec in _CODECS},
            open_file=ParquetFile,
            find_damage=_find_damage,
            open_sink=_open_sink,
        )
    )


class ParquetFile(ColumnarFile):
    """A Parquet file by its footer; a column of a row group is one chunk, or more if nested."""

    def __init__(self, shared: SharedFile) -> None:
        import pyarrow.parquet as pq

        self._file = pq.ParquetFile(shared, page_checksum_verification=True)
        self.names = self._file.schema_arrow.names
        groups = map(self._file.metadata.row_group, range(self._file.num_row_groups))
        self.group_starts = [
            _first_page(group.column(0)) if group.num_columns else len(_MAGIC) for group in groups
        ]

    def read_group(self, group: int, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        metadata = self._file.metadata.row_group(group)
        rows = rows_at_once(metadata.total_byte_size, metadata.num_rows)
        yield from self._file.iter_batches(rows, [group], columns)

    def column_start(self, group: int, column: str) -> int:
        metadata = self._file.metadata.row_group(group)
        chunks = map(metadata.column, range(metadata.num_columns))
        pages = [
            _first_page(chunk)
            for chunk in chunks
            if f"{chunk.path_in_schema}.".startswith(f"{column}.")
        ]
        return min(pages, default=self.group_starts[group])


def _first_page(chunk: Any) -> int:
    pages = (chunk.dictionary_page_offset, chunk.data_page_offset)
    return min(int(offset) for offset in pages if offset)


def _find_damage(file: SharedFile) -> Damage:
    """Where a file that cannot be opened departs from: PAR1, data, footer, its length, PAR1.

    Source: Apache Parquet format, "File Format".
    """
    end = file.length
    if file.bytes_at(0, 4) not in _MAGICS:
        return Damage("the magic number that it should begin with", 0)
    if end < 12 or file.bytes_at(end - 4, end) not in _MAGICS:
        return Damage("the magic number that it should end with", max(0, end - 4))
    footer_length = int.from_bytes(file.bytes_at(end - 8, end - 4), "little")
    if footer_length > end - 12:
        return Damage("the length of its footer", end - 8)
    return Damage("its footer", end - 8 - footer_length)


def _open_sink(file: SharedFile, schema: pa.Schema, codec: str) -> ColumnarSink:
    import pyarrow.parquet as pq

    sink: ColumnarSink = pq.ParquetWriter(file, schema, compression=codec, write_page_checksum=True)
    return sink
