"""Lines sorted by key within a map task, for combiners that mrjob runs just once.

Such are commands, combiners without a reducer behind them, and jobs with their own loop.
"""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from operator import itemgetter
from typing import IO

_RUN_BYTES = 64 << 20
_LINE_COST_BYTES = 150  # two bytes objects and a tuple, beside the bytes themselves

KeyedLine = tuple[bytes, bytes]
_by_key, _by_line = itemgetter(0), itemgetter(1)


@contextmanager
def sorted_lines(
    lines: Iterable[KeyedLine], sorts_values: bool = False, run_bytes: int = _RUN_BYTES
) -> Iterator[Iterator[KeyedLine]]:
    """`lines`, pairs of key bytes and line, by key or by the whole line.

    Lines that compare equal stay in their order.

    Holds `run_bytes` in memory; what is more lies in temporary files until the end of the block.
    """
    order = _by_line if sorts_values else _by_key
    with ExitStack() as files:
        runs: list[Iterable[KeyedLine]] = []
        held: list[KeyedLine] = []
        held_bytes = 0
        for keyed in lines:
            held.append(keyed)
            held_bytes += len(keyed[1]) + len(keyed[0]) + _LINE_COST_BYTES
            if held_bytes >= run_bytes:
                held.sort(key=order)
                runs.append(_read(_written(files, held)))
                held, held_bytes = [], 0
        held.sort(key=order)
        yield heapq.merge(*runs, held, key=order) if runs else iter(held)


def _written(files: ExitStack, lines: list[KeyedLine]) -> IO[bytes]:
    """A temporary file with each key's length in the line before the line itself."""
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed with `files`)
    files.callback(file.close)
    file.writelines(b"%d\n%b\n" % (len(key), line) for key, line in lines)
    file.seek(0)
    return file


def _read(file: IO[bytes]) -> Iterator[KeyedLine]:
    for length in file:
        line = next(file).removesuffix(b"\n")
        yield line[: int(length)], line
