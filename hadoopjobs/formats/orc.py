"""ORC, split by stripes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hadoopjobs.formats.columnar import (
    ColumnarFile,
    ColumnarFormat,
    ColumnarKind,
    Damage,
    rows_at_once,
)
from hadoopjobs.formats.columnar_writer import ColumnarSink
from hadoopjobs.formats.orc_tail import footer_length, stripe_starts
from hadoopjobs.formats.shared_file import SharedFile

if TYPE_CHECKING:
    import pyarrow as pa

_MAGIC = b"ORC"
_CODECS = {
    "deflate": "zlib",
    "zlib": "zlib",
    "snappy": "snappy",
    "zstd": "zstd",
    "lz4": "lz4",
    "none": "uncompressed",
}


def orc_format() -> ColumnarFormat:
    """ORC has no checksums, compressed or not.

    Damage is an error where a stripe cannot be decoded, or holds text that is not UTF-8; else it
    gives other values in silence. What must never change in silence belongs into Parquet.
    """
    return ColumnarFormat(
        ColumnarKind(
            name="orc",
            title="ORC",
            group_word="stripe",
            codecs=_CODECS,
            open_file=OrcFile,
            find_damage=_find_damage,
            open_sink=_open_sink,
        )
    )


class OrcFile(ColumnarFile):
    """An ORC file by its footer; a stripe is read as a whole, of the columns that are wanted."""

    def __init__(self, shared: SharedFile) -> None:
        from pyarrow import orc

        self._file = orc.ORCFile(shared)
        self.names = self._file.schema.names
        self.group_starts = stripe_starts(self._file.reader.serialized_file_tail())

    def read_group(self, group: int, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        stripe = self._file.read_stripe(group, None if columns is None else list(columns))
        rows = rows_at_once(stripe.nbytes, stripe.num_rows)
        for start in range(0, stripe.num_rows, rows):
            yield stripe.slice(start, rows)

    def column_start(self, group: int, column: str) -> int:
        """The stripe's: where the streams of a column lie is not in the file's footer."""
        return self.group_starts[group]


def _find_damage(file: SharedFile) -> Damage:
    """Where a file that cannot be opened departs from: ORC, stripes, statistics, footer,
    postscript with ORC at its end, the postscript's length in one byte.

    Source: ORC specification v1, "File Tail".
    """
    if file.bytes_at(0, 3) != _MAGIC:
        return Damage("the magic number that it should begin with", 0)
    end = file.length - 1
    if file.bytes_at(end - 3, end) != _MAGIC or end < 6:
        return Damage("the magic number that it should end with", max(0, end - 3))
    start = end - file.bytes_at(end, end + 1)[0]
    if not 3 <= start <= end - 3:
        return Damage("the length of its postscript", end)
    length = footer_length(file.bytes_at(start, end))
    if length is None or start - length < 3:
        return Damage("its postscript", start)
    return Damage("its footer", start - length)


def _open_sink(file: SharedFile, schema: pa.Schema, codec: str) -> ColumnarSink:
    from pyarrow import orc

    sink: ColumnarSink = orc.ORCWriter(file, compression=codec)
    sink.write(schema.empty_table())
    return sink
