"""Which modules a pickle needs when it is loaded."""

from __future__ import annotations

import pickletools
from collections.abc import Container, Iterator

_MAGIC = b"\x80"


def modules_named(pickled: bytes, loaded: Container[str]) -> set[str]:
    """The names in the pickle, and in pickles that it holds as bytes, which are those of `loaded`
    modules. Nothing is unpickled."""
    return {name for name in _texts(pickled) if name in loaded}


def _texts(pickled: bytes) -> Iterator[str]:
    for opcode, argument, _ in pickletools.genops(pickled):
        if isinstance(argument, str):
            yield argument.partition(" ")[0] if opcode.name == "GLOBAL" else argument
        elif isinstance(argument, bytes) and argument.startswith(_MAGIC):
            try:
                yield from _texts(argument)
            except ValueError:  # bytes of another kind
                continue
