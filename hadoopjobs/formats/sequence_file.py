"""Hadoop's sequence files: pairs of Writables, compressed or not, split at sync markers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from hadoopjobs.formats.base import Batch, Format, Layout, Split, Writer, no_bytes_layout
from hadoopjobs.formats.convert import key_and_value_columns
from hadoopjobs.formats.sequence_file_reader import read_pairs
from hadoopjobs.formats.sequence_file_writer import SequenceFileWriter
from hadoopjobs.formats.splits import range_splits
from hadoopjobs.storage.base import FileStatus, FileSystem


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
        return range_splits(status, split_bytes, self.name)

    def read(
        self, fs: FileSystem, split: Split, layout: Layout, options: Mapping[str, Any]
    ) -> Iterator[Batch]:
        no_bytes_layout(self.name, layout)
        with fs.open_read(split.uri) as stream:
            for batch in read_pairs(stream, split):
                yield key_and_value_columns(batch) if layout == "columns" else batch

    def open_writer(self, stream: BinaryIO, options: Mapping[str, Any]) -> Writer:
        return SequenceFileWriter(stream, options)
