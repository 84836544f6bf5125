"""Commands as sides of a step: lines out, lines in."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from hadoopjobs.core.command import may_find_nothing, pipe_lines
from hadoopjobs.core.errors import JobLoadError, TaskError
from hadoopjobs.core.functions import RecordFunction
from hadoopjobs.core.pairs import Key, Value

_ERRORS = "surrogateescape"


def command_mapper(command: str) -> RecordFunction:
    """A mapper that pipes its records through `command`, split as a shell splits words."""
    return RecordFunction(stream=partial(_map_through, command))


def command_reducer(command: str) -> RecordFunction:
    """A reducer that pipes its groups, sorted, through `command`."""
    return RecordFunction(stream=partial(_reduce_through, command))


def filtered(command: str, function: RecordFunction, *, grouped: bool) -> RecordFunction:
    """`function` behind a command that sees the records first, as lines."""
    return RecordFunction(stream=_Filtered(command, function, grouped), freeze=function.freeze)


def check_command(command: str, label: str) -> None:
    """Raises `JobLoadError` for a command that cannot be split into words, or has none."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise JobLoadError(f"{label}: command {command!r} has an error: {error}") from error
    if not words:
        raise JobLoadError(f"{label}: command {command!r} is empty")


def to_line(key: Key, value: Value) -> bytes:
    """`key<TAB>value`; without the key, or the value, if it is None.

    Raises `TaskError` for a newline, which would make two records of one.
    """
    line = b"\t".join([_to_bytes(part) for part in (key, value) if part is not None])
    if b"\n" in line:
        raise TaskError(
            f"a command reads one record a line, and this one has a newline: {(key, value)!r:.200}"
        )
    return line


def _to_bytes(part: Any) -> bytes:
    return part if isinstance(part, bytes) else str(part).encode("utf-8", _ERRORS)


def from_line(line: bytes) -> tuple[str, str | None]:
    """Text before and after the first tab; the value is None if there is no tab."""
    key, tab, value = line.decode("utf-8", _ERRORS).partition("\t")
    return key, value if tab else None


def _through(command: str, lines: Iterable[bytes]) -> Iterator[bytes]:
    return pipe_lines(shlex.split(command), lines)


def _filter_through(command: str, lines: Iterable[bytes]) -> Iterator[bytes]:
    return pipe_lines(shlex.split(command), lines, may_find_nothing)


def _map_through(command: str, pairs: Iterator[tuple[Key, Value]]) -> Iterator[tuple[Key, Value]]:
    return map(from_line, _through(command, (to_line(key, value) for key, value in pairs)))


def _reduce_through(
    command: str, groups: Iterator[tuple[Key, Iterable[Value]]]
) -> Iterator[tuple[Key, Value]]:
    lines = (to_line(key, value) for key, values in groups for value in values)
    return map(from_line, _through(command, lines))


@dataclass
class _Filtered:
    command: str
    function: RecordFunction
    grouped: bool

    def __call__(self, records: Iterator[tuple[Key, Any]]) -> Iterator[tuple[Key, Value]]:
        function = self.function
        yield from _emitted(function.init)
        if function.each is not None:
            for key, value in self._records(records):
                yield from function.each(key, value) or ()
        yield from _emitted(function.final)

    def _records(self, records: Iterator[tuple[Key, Any]]) -> Iterator[tuple[Key, Any]]:
        if not self.grouped:
            lines = _filter_through(self.command, (to_line(k, value) for k, value in records))
            return ((None, line.decode("utf-8", _ERRORS)) for line in lines)
        lines = _filter_through(
            self.command, (to_line(k, v) for k, values in records for v in values)
        )
        return _groups(map(from_line, lines))


def _groups(pairs: Iterator[tuple[Key, Value]]) -> Iterator[tuple[Key, Iterator[Value]]]:
    from itertools import groupby
    from operator import itemgetter

    for key, group in groupby(pairs, key=itemgetter(0)):
        yield key, map(itemgetter(1), group)


def _emitted(function: Callable[[], Any] | None) -> Iterable[Any]:
    return chain(function() or ()) if function is not None else ()
