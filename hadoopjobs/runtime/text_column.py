"""Texts as an Arrow column and back, by joining them and cutting the whole.

Arrow looks at each Python string by itself. One join, one comparison of bytes and one filter for
all of them take less time: see scripts/bench word-count.
"""

from __future__ import annotations

from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

TYPE = pa.binary()
_MOST_BYTES = 1 << 20
_NEWLINE = pa.scalar(ord("\n"), pa.uint8())


def join_texts(texts: list[str]) -> pa.Array | None:
    """`texts`, of which there is at least one, as a column of type `TYPE`: UTF-8, a newline
    before each.

    None if one of them holds a newline or a lone surrogate, or they are longer than 1 MiB
    together. Raises `TypeError` if one of them is no text.
    """
    try:
        joined = ("\n" + "\n".join(texts) + "\n").encode()
    except UnicodeEncodeError:
        return None
    if len(joined) > _MOST_BYTES:
        return None
    data = pa.py_buffer(joined)
    characters = pa.Array.from_buffers(pa.uint8(), len(joined), [None, data])
    positions = _positions(len(joined).bit_length())[: len(joined)]
    starts = positions.filter(pc.equal(characters, _NEWLINE))
    if len(starts) != len(texts) + 1:
        return None
    return pa.Array.from_buffers(TYPE, len(texts), [None, starts.buffers()[1], data])


def split_texts(column: pa.Array) -> list[str]:
    """The texts of a column that has a newline before each."""
    joined: bytes = b"".join(column.to_pylist())
    return joined.decode().split("\n")[1:]


@cache
def _positions(bits: int) -> pa.Array:
    """0, 1, 2 and so on, up to a number of `bits` bits."""
    return pc.cumulative_sum(pa.repeat(pa.scalar(1, pa.int32()), 1 << bits), start=-1)
