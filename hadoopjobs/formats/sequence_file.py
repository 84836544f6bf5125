"""Hadoop's sequence files: pairs of Writables, compressed or not, split at sync markers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from hadoopjobs.core.errors import CodecError, DataError
from hadoopjobs.core.pairs import Pairs
from hadoopjobs.formats.base import Batch, Format, Layout, Split, Writer, no_bytes_layout
from hadoopjobs.formats.convert import columns_of
from hadoopjobs.formats.lines import file_ranges
from hadoopjobs.formats.sequence_file_reader import read_pairs
from hadoopjobs.formats.sequence_file_writer import SequenceFileWriter
from hadoopjobs.storage.base import FileStatus, FileSystem

if TYPE_CHECKING:
    import pyarrow as pa


class SequenceFileFormat(Format):
    """`pairs`: (key, value), a NullWritable None; `columns`: `key` and `value`.

    A split holds what follows the sync markers that begin in it, as on Hadoop; the first one also
    what follows the header. The format has no checksums: damage within an uncompressed value
    cannot be seen. Written with options `compression`, `compression_type` (block, the default,
    or record), `key_class` and `value_class`.
    """

    name = "sequencefile"
    option_names = frozenset({"compression", "compression_type", "key_class", "value_class"})

    def splits(
        self, fs: FileSystem, status: FileStatus, split_bytes: int, options: Mapping[str, Any]
    ) -> list[Split]:
        ranges = file_ranges(status.length, split_bytes)
        return [Split(status.uri, start, size, status.length, self.name) for start, size in ranges]

    def read(
        self, fs: FileSystem, split: Split, layout: Layout, options: Mapping[str, Any]
    ) -> Iterator[Batch]:
        no_bytes_layout(self.name, layout)
        with fs.open_read(split.uri) as stream:
            for batch in read_pairs(stream, split):
                yield _columns(batch) if layout == "columns" else batch

    def open_writer(self, stream: BinaryIO, options: Mapping[str, Any]) -> Writer:
        return SequenceFileWriter(stream, options)


def _columns(pairs: Pairs) -> pa.RecordBatch:
    assert pairs.origin is not None
    try:
        return columns_of({"key": pairs.keys, "value": pairs.values})
    except CodecError as error:
        raise DataError(str(error), uri=pairs.origin.uri, offset=pairs.origin.offset) from error
