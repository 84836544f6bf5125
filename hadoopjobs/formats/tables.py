"""What the columnar formats share: projection, batches of a sane size, errors, writing tables."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from hadoopjobs.core.errors import CodecError, ConfigError, DataError, HadoopJobsError
from hadoopjobs.core.pairs import Origin, Pairs
from hadoopjobs.formats.base import Batch, Layout, Writer
from hadoopjobs.formats.convert import rows_of, to_columns
from hadoopjobs.formats.json_lines import schema_option

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 65536
_BATCH_BYTES = 4 << 20
_GROUP_BYTES = 32 << 20
_GROUP_ROWS = 1 << 20


class SharedFile(io.RawIOBase):
    """A stream as Arrow's readers and writers want it: closing it does not close the stream, and
    the stream's own errors are kept, since Arrow wraps or loses them."""

    def __init__(self, stream: BinaryIO, length: int | None = None) -> None:
        self._stream = stream
        self._length = length
        self.error: BaseException | None = None

    def readable(self) -> bool:
        return self._length is not None

    def writable(self) -> bool:
        return self._length is None

    def seekable(self) -> bool:
        return self._length is not None

    def read(self, size: int = -1) -> bytes:
        with self._kept():
            return self._stream.read(size)

    def write(self, data: Any) -> int:
        with self._kept():
            return self._stream.write(data)

    def flush(self) -> None:
        pass

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END and self._length is not None:
            offset, whence = self._length + offset, io.SEEK_SET
        return self._stream.seek(offset, whence)

    @contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self.error = error
            raise


@contextmanager
def data_errors(file: SharedFile, uri: str, what: str) -> Iterator[None]:
    """Arrow's errors as `DataError`; those of the stream itself as they were."""
    import pyarrow as pa

    try:
        yield
    except HadoopJobsError:
        raise
    except (pa.ArrowException, OSError, ValueError, IndexError, KeyError, UnicodeError) as error:
        if file.error is not None:
            raise file.error from error
        first_line = str(error).partition("\n")[0]
        raise DataError(f"damaged {what} file, or cut short: {first_line}", uri=uri) from error


def projection(options: Mapping[str, Any], names: Sequence[str], uri: str) -> list[str] | None:
    """The columns that option `columns` asks for. Raises `ConfigError` if one is not there."""
    wanted = options.get("columns")
    if wanted is None:
        return None
    wanted = wanted.split(",") if isinstance(wanted, str) else list(wanted)
    for name in wanted:
        if name not in names:
            raise ConfigError(f"{uri} has no column {name!r}: choose from {', '.join(names)}")
    return wanted


def rows_at_once(byte_size: int, rows: int) -> int:
    """How many rows make a batch where `rows` of them take `byte_size`."""
    return max(1, min(_BATCH_ROWS, _BATCH_BYTES * max(rows, 1) // max(byte_size, 1)))


def as_layout(batches: Iterable[pa.RecordBatch], layout: Layout, uri: str) -> Iterator[Batch]:
    """The batches themselves, or their rows as dicts."""
    for batch in batches:
        if not batch.num_rows:
            continue
        if layout == "columns":
            yield batch
        else:
            pairs = rows_of(batch)
            yield Pairs(pairs.keys, pairs.values, Origin(uri))


class TableSink(Protocol):
    """What Arrow's writers of files have in common."""

    def write(self, table: Any) -> None: ...

    def close(self) -> None: ...


class TableWriter(Writer):
    """Gathers batches to tables of about 32 MiB; the first one fixes the columns.

    Pairs become columns as `convert.to_columns` says. Option `schema`, a mapping of names to
    Arrow's names of types, fixes the columns beforehand.
    """

    def __init__(
        self,
        stream: BinaryIO,
        options: Mapping[str, Any],
        open_sink: Callable[[SharedFile, pa.Schema], TableSink],
    ) -> None:
        self._file = SharedFile(stream)
        self._open = open_sink
        self._sink: TableSink | None = None
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
