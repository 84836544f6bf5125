"""ORC, split by stripes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from hadoopjobs.core.errors import ConfigError
from hadoopjobs.formats.base import Batch, Format, Layout, Split, Writer, no_bytes_layout
from hadoopjobs.formats.lines import file_ranges
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
    from pyarrow import orc

_CODECS = {
    "deflate": "zlib",
    "zlib": "zlib",
    "snappy": "snappy",
    "zstd": "zstd",
    "lz4": "lz4",
    "none": "uncompressed",
}


class OrcFormat(Format):
    """`columns`: as they are; `pairs`: (None, dict of the row).

    Arrow does not tell where a stripe lies, so stripe i of n is taken to begin at i/n of the
    file: each is read once, if not always where its bytes are. Options: `columns`, those to read;
    for writing `compression` (deflate if not said) and `schema`. ORC has no checksums.
    """

    name = "orc"
    option_names = frozenset({"columns", "compression", "schema"})

    def splits(
        self, fs: FileSystem, status: FileStatus, split_bytes: int, options: Mapping[str, Any]
    ) -> list[Split]:
        """Ranges in which at least one stripe begins."""
        if not status.length:
            return []
        with fs.open_read(status.uri) as stream:
            with _opened(SharedFile(stream, status.length), status.uri) as file:
                count = file.nstripes
        splits = (
            Split(status.uri, start, size, status.length, self.name)
            for start, size in file_ranges(status.length, split_bytes)
        )
        return [split for split in splits if _stripes(split, count)]

    def read(
        self, fs: FileSystem, split: Split, layout: Layout, options: Mapping[str, Any]
    ) -> Iterator[Batch]:
        no_bytes_layout(self.name, layout)
        with fs.open_read(split.uri) as stream:
            shared = SharedFile(stream, split.file_length)
            with _opened(shared, split.uri) as file:
                yield from as_layout(_read(file, split, options), layout, split.uri)

    def open_writer(self, stream: BinaryIO, options: Mapping[str, Any]) -> Writer:
        codec = options.get("compression", "deflate")
        if codec not in _CODECS:
            raise ConfigError(
                f"orc has no compression {codec!r}: choose one of {', '.join(_CODECS)}"
            )

        def open_sink(file: SharedFile, schema: pa.Schema) -> TableSink:
            from pyarrow import orc

            sink: TableSink = orc.ORCWriter(file, compression=_CODECS[codec])
            sink.write(schema.empty_table())
            return sink

        return TableWriter(stream, options, open_sink)


@contextmanager
def _opened(shared: SharedFile, uri: str) -> Iterator[orc.ORCFile]:
    from pyarrow import orc

    with data_errors(shared, uri, "ORC"):
        yield orc.ORCFile(shared)


def _stripes(split: Split, count: int) -> list[int]:
    """The stripes of `split`, of a file that has `count`."""
    end = split.start + split.length
    return [
        stripe
        for stripe in range(count)
        if split.start <= stripe * split.file_length // count < end
    ]


def _read(file: orc.ORCFile, split: Split, options: Mapping[str, Any]) -> Iterator[pa.RecordBatch]:
    columns = projection(options, file.schema.names, split.uri)
    for number in _stripes(split, file.nstripes):
        stripe = file.read_stripe(number, columns)
        rows = rows_at_once(stripe.nbytes, stripe.num_rows)
        for start in range(0, stripe.num_rows, rows):
            yield stripe.slice(start, rows)
