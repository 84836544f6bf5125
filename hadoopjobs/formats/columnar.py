"""Columnar formats, Parquet and ORC: files whose rows lie in groups, and in a group by columns.

What is theirs alone, how a file is opened and where its parts lie, their own modules say.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, BinaryIO

from hadoopjobs.core.errors import ConfigError, DataError, HadoopJobsError
from hadoopjobs.core.pairs import Origin, Pairs
from hadoopjobs.formats.base import Batch, Format, Layout, Split, Writer, no_bytes_layout
from hadoopjobs.formats.columnar_writer import ColumnarSink, ColumnarWriter
from hadoopjobs.formats.convert import rows_of
from hadoopjobs.formats.shared_file import SharedFile
from hadoopjobs.storage.base import FileStatus, FileSystem

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 65536
_BATCH_BYTES = 4 << 20


class ColumnarFile(ABC):
    """An open file: `names` of its columns, and `group_starts`, the offset of each group of rows.

    Its methods raise what Arrow raises.
    """

    names: Sequence[str]
    group_starts: Sequence[int]

    @abstractmethod
    def read_group(self, group: int, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        """The rows of a group, of some columns or all, in batches of `rows_at_once`."""

    @abstractmethod
    def column_start(self, group: int, column: str) -> int:
        """The offset behind which the bytes of a group's column lie, as exactly as is known."""


@dataclass(frozen=True)
class Damage:
    """What cannot be read, and the offset at which it begins or should begin."""

    what: str
    offset: int


@dataclass(frozen=True)
class ColumnarKind:
    """What tells one columnar format from another.

    `find_damage` says why `open_file` failed. `codecs` gives Arrow's name for each of ours; the
    first is written where option `compression` says none.
    """

    name: str
    title: str
    group_word: str
    codecs: Mapping[str, str]
    open_file: Callable[[SharedFile], ColumnarFile]
    find_damage: Callable[[SharedFile], Damage]
    open_sink: Callable[[SharedFile, pa.Schema, str], ColumnarSink]


class ColumnarFormat(Format):
    """`columns`: as they are; `pairs`: (None, dict of the row).

    Options: `columns`, those to read; for writing `compression` and `schema`. A record's offset
    is that of its group. Where a group is damaged the error names the column, unless none of
    several can be read, and the offset as `ColumnarFile.column_start` has it.
    """

    option_names = frozenset({"columns", "compression", "schema"})

    def __init__(self, kind: ColumnarKind) -> None:
        self.name = kind.name
        self._kind = kind

    def splits(
        self, fs: FileSystem, status: FileStatus, split_bytes: int, options: Mapping[str, Any]
    ) -> list[Split]:
        """As many whole groups as fit in `split_bytes`, at least one.

        A file of no bytes has no rows: Hive leaves such a file for a table without rows.
        """
        if not status.length:
            return []
        with fs.open_read(status.uri) as stream:
            file = self._open(SharedFile(stream, status.length), status.uri)
            starts = sorted(file.group_starts)
        bounds = [0] if starts else []
        for start, end in pairwise([*starts, status.length]):
            if end - bounds[-1] > split_bytes and start > max(starts[0], bounds[-1]):
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
            file = self._open(shared, split.uri)
            columns = _projection(options, file.names, split.uri)
            for group, start in enumerate(file.group_starts):
                if split.start <= start < split.start + split.length:
                    origin = Origin(split.uri, start)
                    for batch in self._read_group(file, shared, split.uri, group, columns):
                        yield batch if layout == "columns" else _rows(batch, origin)

    def open_writer(self, stream: BinaryIO, options: Mapping[str, Any]) -> Writer:
        codecs = self._kind.codecs
        codec = options.get("compression", next(iter(codecs)))
        if codec not in codecs:
            raise ConfigError(
                f"{self.name} has no compression {codec!r}: choose one of {', '.join(codecs)}"
            )

        def open_sink(file: SharedFile, schema: pa.Schema) -> ColumnarSink:
            return self._kind.open_sink(file, schema, codecs[codec])

        return ColumnarWriter(stream, options, open_sink)

    def _open(self, shared: SharedFile, uri: str) -> ColumnarFile:
        with self._data_errors(shared, uri, lambda: self._kind.find_damage(shared)):
            file = self._kind.open_file(shared)
            for group, start in enumerate(file.group_starts):
                if not 0 <= start < shared.length:
                    raise ValueError(
                        f"{self._kind.group_word} {group} is said to begin at offset {start}"
                    )
            return file

    def _read_group(
        self,
        file: ColumnarFile,
        shared: SharedFile,
        uri: str,
        group: int,
        columns: Sequence[str] | None,
    ) -> Iterator[pa.RecordBatch]:
        def damage() -> Damage:
            return self._damage_in_group(file, shared, group, columns or file.names)

        with self._data_errors(shared, uri, damage):
            yield from _checked(file.read_group(group, columns))

    def _damage_in_group(
        self, file: ColumnarFile, shared: SharedFile, group: int, columns: Sequence[str]
    ) -> Damage:
        """The first of `columns` that cannot be read alone, since Arrow does not tell which; the
        whole group where that holds for all of several columns or for none.

        Reads the group once more.
        """
        whole = Damage(f"{self._kind.group_word} {group}", file.group_starts[group])
        damaged = [name for name in columns if not _is_readable(file, group, name)]
        if not damaged or 1 < len(damaged) == len(columns) or shared.error is not None:
            return whole
        start = file.column_start(group, damaged[0])
        is_inside = 0 <= start < shared.length
        return Damage(
            f"column {damaged[0]!r} of {whole.what}", start if is_inside else whole.offset
        )

    @contextmanager
    def _data_errors(
        self, shared: SharedFile, uri: str, find_damage: Callable[[], Damage]
    ) -> Iterator[None]:
        """Arrow's errors as `DataError`; those of the stream itself as they were."""
        try:
            yield
        except HadoopJobsError:
            raise
        except _arrow_errors() as error:
            if shared.error is not None:
                raise shared.error from error
            damage = find_damage()
            reason = str(error).partition("\n")[0]
            raise DataError(
                f"damaged {self._kind.title} file, or cut short: cannot read {damage.what}: "
                f"{reason}",
                uri=uri,
                offset=damage.offset,
            ) from error


def rows_at_once(byte_size: int, rows: int) -> int:
    """How many rows make a batch where `rows` of them take `byte_size`."""
    return max(1, min(_BATCH_ROWS, _BATCH_BYTES * max(rows, 1) // max(byte_size, 1)))


def _arrow_errors() -> tuple[type[Exception], ...]:
    """What Arrow raises over bytes that it cannot make sense of."""
    import pyarrow as pa

    return (pa.ArrowException, OSError, ValueError, IndexError, KeyError, OverflowError)


def _checked(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Those that have rows. Arrow reads text that is not UTF-8 without a word, so look here."""
    for batch in batches:
        if batch.num_rows:
            batch.validate(full=True)
            yield batch


def _is_readable(file: ColumnarFile, group: int, column: str) -> bool:
    try:
        for _ in _checked(file.read_group(group, [column])):
            pass
    except _arrow_errors():
        return False
    return True


def _rows(batch: pa.RecordBatch, origin: Origin) -> Pairs:
    try:
        pairs = rows_of(batch)
    except (ValueError, OverflowError) as error:
        raise DataError(
            f"a row here has a value that Python has no object for: {error}",
            uri=origin.uri,
            offset=origin.offset,
        ) from error
    return Pairs(pairs.keys, pairs.values, origin)


def _projection(options: Mapping[str, Any], names: Sequence[str], uri: str) -> list[str] | None:
    """The columns that option `columns` asks for. Raises `ConfigError` if one is not there."""
    wanted = options.get("columns")
    if wanted is None:
        return None
    wanted = wanted.split(",") if isinstance(wanted, str) else list(wanted)
    for name in wanted:
        if name not in names:
            raise ConfigError(f"{uri} has no column {name!r}: choose from {', '.join(names)}")
    return wanted
