"""The interface of a format: bytes to batches and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TypeAlias, Union

from hadoopjobs.core.errors import ConfigError
from hadoopjobs.core.pairs import Pairs
from hadoopjobs.storage.base import FileStatus, FileSystem

if TYPE_CHECKING:
    import pyarrow as pa

Batch: TypeAlias = Union[Pairs, "pa.RecordBatch"]

Layout: TypeAlias = Literal["pairs", "bytes", "texts", "columns"]
"""How a reader hands out data.

pairs    `Pairs` of the format's own Python keys and values: a line of text is (None, str)
bytes    `Pairs` of (None, the line without its end), for line formats only
texts    the same, decoded as mrjob decodes it: UTF-8 or else Latin-1, carriage returns at its end
         off
columns  Arrow record batches
"""


@dataclass(frozen=True)
class Split:
    """A range of one file that one task reads: `length` bytes from `start`.

    `format` is resolved (never "auto"); a file that cannot be split gives one split.
    `file_length` is what the file's status said when the split was made.
    """

    uri: str
    start: int
    length: int
    file_length: int
    format: str


def no_bytes_layout(name: str, layout: Layout) -> None:
    """Refuse layouts `bytes` and `texts` for format `name`, which has no lines."""
    if layout in ("bytes", "texts"):
        raise ConfigError(f"format {name} has no lines: layout {layout} is for line formats only")


class Writer(ABC):
    """Takes batches and writes them to a stream, which it does not close itself."""

    @abstractmethod
    def write(self, batch: Batch) -> None: ...

    @abstractmethod
    def close(self) -> None:
        """Write what is held back and the format's footer."""


class Format(ABC):
    """One format. Instances hold no state and no options.

    `option_names` are the options that its readers and writers know; others are refused.
    """

    name: str
    option_names: frozenset[str] = frozenset()

    @abstractmethod
    def splits(
        self,
        fs: FileSystem,
        status: FileStatus,
        split_bytes: int,
        options: Mapping[str, Any],
    ) -> list[Split]:
        """Ranges that cover each record of the file exactly once, in the file's order.

        An empty file gives no split.
        """

    @abstractmethod
    def read(
        self, fs: FileSystem, split: Split, layout: Layout, options: Mapping[str, Any]
    ) -> Iterator[Batch]:
        """The records that begin in `split`, in order, in batches of about 256 KiB of input.

        Raises `DataError` with file and offset when the bytes are not what they should be.
        """

    @abstractmethod
    def open_writer(self, stream: BinaryIO, options: Mapping[str, Any]) -> Writer:
        """A writer that accepts `Pairs` and Arrow record batches alike."""
