"""Writing Parquet and ORC: batches gathered to tables, the columns fixed by the first one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from hadoopjobs.core.errors import CodecError
from hadoopjobs.core.pairs import Pairs
from hadoopjobs.formats.base import Batch, Writer
from hadoopjobs.formats.convert import schema_option, to_columns
from hadoopjobs.formats.shared_file import SharedFile

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 65536
_GROUP_BYTES = 32 << 20
_GROUP_ROWS = 1 << 20


class ColumnarSink(Protocol):
    """What Arrow's writers of files have in common."""

    def write(self, table: Any) -> None: ...

    def close(self) -> None: ...


class ColumnarWriter(Writer):
    """Gathers batches to tables of about 32 MiB; the first one fixes the columns.

    Pairs become columns as `convert.to_columns` says. Option `schema`, a mapping of names to
    Arrow's names of types, fixes the columns beforehand.
    """

    def __init__(
        self,
        stream: BinaryIO,
        options: Mapping[str, Any],
        open_sink: Callable[[SharedFile, pa.Schema], ColumnarSink],
    ) -> None:
        self._file = SharedFile(stream)
        self._open = open_sink
        self._sink: ColumnarSink | None = None
        self._schema = schema_option(options)
        self._keys: list[Any] = []
        self._values: list[Any] = []
        self._batches: list[pa.RecordBatch] = []
        self._size = 0

    def write(self, batch: Batch) -> None:
        if isinstance(batch, Pairs):
            for start in range(0, len(batch), _BATCH_ROWS):
                rows = slice(start, start + _BATCH_ROWS)
                self._keys += batch.keys[rows]
                self._values += batch.values[rows]
                if len(self._values) >= _BATCH_ROWS:
                    self._take_pairs()
        else:
            self._take_pairs()
            self._take(batch)

    def close(self) -> None:
        self._take_pairs()
        self._flush()
        if self._sink is None:
            self._begin()
        assert self._sink is not None
        with self._stream_errors():
            self._sink.close()

    def _take_pairs(self) -> None:
        if self._values:
            pairs = Pairs(self._keys, self._values)
            self._keys, self._values = [], []
            self._take(to_columns(pairs, self._schema))

    def _take(self, batch: pa.RecordBatch) -> None:
        if self._schema is None:
            self._schema = batch.schema
        self._batches.append(_cast(batch, self._schema))
        self._size += batch.nbytes
        rows = sum(held.num_rows for held in self._batches)
        if self._size >= _GROUP_BYTES or rows >= _GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if not self._batches:
            return
        if self._sink is None:
            self._begin()
        assert self._sink is not None
        table = pa.Table.from_batches(self._batches, self._schema)
        self._batches, self._size = [], 0
        with self._stream_errors():
            self._sink.write(table)

    def _begin(self) -> None:
        import pyarrow as pa

        with self._stream_errors():
            self._sink = self._open(self._file, self._schema or pa.schema([]))

    @contextmanager
    def _stream_errors(self) -> Iterator[None]:
        import pyarrow as pa

        try:
            yield
        except (pa.ArrowException, OSError, TypeError) as error:
            if self._file.error is not None:
                raise self._file.error from error
            raise CodecError(f"the columns cannot be written: {error}") from error


def _cast(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    if batch.schema.equals(schema):
        return batch
    if sorted(batch.schema.names) != sorted(schema.names):
        raise CodecError(
            f"columns {', '.join(batch.schema.names)} came after columns "
            f"{', '.join(schema.names)}, which the file began with: name all with option schema"
        )
    try:
        return batch.select(schema.names).cast(schema)
    except pa.ArrowException as error:
        raise CodecError(
            f"columns do not have the types that the file began with: {error}; "
            "say the types with option schema"
        ) from error
