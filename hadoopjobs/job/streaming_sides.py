"""Mapper, combiner and reducer of Hadoop Streaming where no Hadoop runs them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hadoopjobs.core.command import must_succeed, pipe_bytes
from hadoopjobs.core.functions import RecordFunction
from hadoopjobs.core.streaming import command_words, hash_partition
from hadoopjobs.job.streaming_wire import Kind, Pair, Wire, fed, text_lines, told

Groups = Iterable[tuple[Any, Iterable[Any]]]
_FEED_RECORDS, _EXECUTABLE = 1024, 0o111


@dataclass(frozen=True)
class Final:
    """Pairs as lines of the output, where no later side takes them."""

    kinds: tuple[Kind, Kind]
    separator: bytes

    def lines(self, pairs: Iterable[Pair]) -> Iterator[tuple[None, bytes]]:
        line = text_lines(self.kinds, self.separator)
        return ((None, line(key, value)) for key, value in pairs)


@dataclass(frozen=True)
class Side:
    """One side: its command, or None where records pass; `final` on the last side of the job."""

    command: str | None
    wire: Wire
    kinds: tuple[Kind, Kind]
    final: Final | None = None
    accepts_failure: bool = False

    def written(self, pairs: Iterable[tuple[Any, Any]]) -> Iterator[tuple[Any, Any]]:
        given: Iterator[tuple[Any, Any]] = iter(pairs)
        if self.command is not None:
            given = told(self.wire, self._pieces(given))
        return given if self.final is None else self.final.lines(given)

    def _pieces(self, pairs: Iterable[tuple[Any, Any]]) -> Iterator[bytes]:
        accepts = _anything if self.accepts_failure else must_succeed
        pieces = _gathered(fed(self.wire, self.kinds, pairs))
        with _found(command_words(self.command or "")) as words:
            yield from pipe_bytes(words, pieces, accepts)


def _anything(status: int) -> bool:
    return True


def _gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    some: list[bytes] = []
    for piece in pieces:
        some.append(piece)
        if len(some) == _FEED_RECORDS:
            yield b"".join(some)
            some = []
    if some:
        yield b"".join(some)


@contextmanager
def _found(words: Sequence[str]) -> Iterator[list[str]]:
    """`words` with the program where Streaming looks for it: first in the task's folder, and there
    whether it is executable or not. The user's own file is left as it is."""
    program, *others = words
    here = os.path.join(os.getcwd(), program)
    if os.path.isabs(program) or not os.path.isfile(here):
        yield [program, *others]
    elif os.access(here, os.X_OK):
        yield [here, *others]
    else:
        with tempfile.TemporaryDirectory(prefix="hadoopjobs-") as folder:
            copy = shutil.copy(here, folder)
            os.chmod(copy, os.stat(copy).st_mode | _EXECUTABLE)
            yield [copy, *others]


@dataclass(frozen=True)
class Mapper:
    """`separator`: lines are keys and values, as KeyValueTextInputFormat parts them."""

    side: Side
    separator: bytes | None = None

    def __call__(self, records: Iterator[tuple[Any, Any]]) -> Iterator[tuple[Any, Any]]:
        if self.separator is not None:
            separator = self.separator
            lines = (line.partition(separator) for _, line in records)
            records = ((key, value) for key, _, value in lines)
        return self.side.written(records)


@dataclass(frozen=True)
class Reducer:
    """Also a combiner. What a command prints when it was given nothing is dropped, as by Hadoop."""

    side: Side

    def __call__(self, groups: Groups) -> Iterator[tuple[Any, Any]]:
        pairs = ((key, value) for key, values in groups for value in values)
        first = next(pairs, None)
        if first is None:
            for _ in self.side.written(()):
                pass
            return
        yield from self.side.written(_chained(first, pairs))


def _chained(first: Any, others: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from others


def function(stream: Callable[..., Iterator[tuple[Any, Any]]]) -> RecordFunction:
    return RecordFunction(stream=stream)


def key_bytes(keys: Sequence[bytes]) -> list[bytes]:
    """Text, BytesWritable and TypedBytesWritable sort by their bytes."""
    return list(keys)


def partition(key: bytes, partitions: int) -> int:
    return hash_partition(key, partitions)
