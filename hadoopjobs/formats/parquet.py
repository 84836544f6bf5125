"""Parquet, split by row groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any, BinaryIO

from hadoopjobs.core.errors import ConfigError
from hadoopjobs.formats.base import Batch, Format, Layout, Split, Writer, no_bytes_layout
from hadoopjobs.formats.tables import (
    SharedFile,
    TableSink,
    TableWriter,
    as_layout,
    data_errors,
    projection,
    rows_at_once,
)
from hadoopjobs.storage.base import FileStatus, FileSystem

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_CODECS = ("snappy", "gzip", "zstd", "lz4", "none")


class ParquetFormat(Format):
    """`columns`: as they are; `pairs`: (None, dict of the row).

    Options: `columns`, those to read; for writing `compression` (snappy if not said) and
    `schema`. Pages are written with checksums, and those of a page that has one are checked.
    """

    name = "parquet"
    option_names = frozenset({"columns", "compression", "schema"})

    def splits(
        self, fs: FileSystem, status: FileStatus, split_bytes: int, options: Mapping[str, Any]
    ) -> list[Split]:
        """As many whole row groups as fit in `split_bytes`, at least one."""
        if not status.length:
            return []
        with fs.open_read(status.uri) as stream:
            with _opened(SharedFile(stream, status.length), status.uri) as file:
                starts = _group_starts(file)
        bounds = [0] if starts else []
        for start, end in pairwise([*starts, status.length]):
            if end - bounds[-1] > split_bytes and start > starts[0]:
                bounds.append(start)
        return [
            Split(status.uri, start, end - start, status.length, self.name)
            for start, end in pairwise([*bounds, status.length])
        ]

    def read(
        self, fs: FileSystem, split: Split, layout: Layout, options: Mapping[str, Any]
    ) -> Iterator[Batch]:
        no_bytes_layout(self.name, layout)
        with fs.open_read(split.uri) as stream:
            shared = SharedFile(stream, split.file_length)
            with _opened(shared, split.uri) as file:
                yield from as_layout(_read(file, split, options), layout, split.uri)

    def open_writer(self, stream: BinaryIO, options: Mapping[str, Any]) -> Writer:
        codec = options.get("compression", "snappy")
        if codec not in _CODECS:
            raise ConfigError(
                f"parquet has no compression {codec!r}: choose one of {', '.join(_CODECS)}"
            )

        def open_sink(file: SharedFile, schema: pa.Schema) -> TableSink:
            import pyarrow.parquet as pq

            sink: TableSink = pq.ParquetWriter(
                file, schema, compression=codec, write_page_checksum=True
            )
            return sink

        return TableWriter(stream, options, open_sink)


@contextmanager
def _opened(shared: SharedFile, uri: str) -> Iterator[pq.ParquetFile]:
    import pyarrow.parquet as pq

    with data_errors(shared, uri, "Parquet"):
        yield pq.ParquetFile(shared, page_checksum_verification=True)


def _read(
    file: pq.ParquetFile, split: Split, options: Mapping[str, Any]
) -> Iterator[pa.RecordBatch]:
    columns = projection(options, file.schema_arrow.names, split.uri)
    end = split.start + split.length
    for group, start in enumerate(_group_starts(file)):
        if split.start <= start < end:
            metadata = file.metadata.row_group(group)
            rows = rows_at_once(metadata.total_byte_size, metadata.num_rows)
            yield from file.iter_batches(rows, [group], columns)


def _group_starts(file: pq.ParquetFile) -> list[int]:
    """Where each row group's first page begins."""
    groups = (file.metadata.row_group(number) for number in range(file.num_row_groups))
    return [_first_page(group) if group.num_columns else 4 for group in groups]


def _first_page(group: Any) -> int:
    column = group.column(0)
    pages = (column.dictionary_page_offset, column.data_page_offset)
    return min(int(offset) for offset in pages if offset)
