"""Compiled modules beside their sources, so that a task starts fast.

They hold the hash of their source and are never checked against it: a node may give files any time.
"""

from __future__ import annotations

import importlib.util
import marshal
import sys
import warnings
from collections.abc import Iterable, Iterator
from importlib.machinery import SOURCE_SUFFIXES

from hadoopjobs.runtime.environment.archive import Entry

_UNCHECKED = (1).to_bytes(4, "little")


def with_bytecode(entries: Iterable[Entry], python: tuple[int, int]) -> Iterator[Entry]:
    """`entries`, and what Python would compile of them; bytecode of another Python is not made."""
    for entry in entries:
        yield entry
        if python == sys.version_info[:2] and entry.name.endswith(tuple(SOURCE_SUFFIXES)):
            yield from _compiled(entry)


def _compiled(entry: Entry) -> Iterator[Entry]:
    """Nothing for a file that is not of this Python's grammar, as some packages bring along."""
    source = entry.read()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = compile(source, entry.name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return
    header = importlib.util.MAGIC_NUMBER + _UNCHECKED + importlib.util.source_hash(source)
    name = importlib.util.cache_from_source(entry.name, optimization="")
    yield Entry(name, header + marshal.dumps(code))
