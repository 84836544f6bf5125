"""The inverted index of inverted_index.py as a hand-written Streaming job in typed bytes.

`typed_index.py map` and `typed_index.py reduce`, in Python without any library.
Source: org.apache.hadoop.typedbytes (package documentation): 4 is a long, 7 a string.
"""

from __future__ import annotations

import struct
import sys
from zlib import crc32

_LONG = struct.Struct(">Bq")
_LENGTH = struct.Struct(">I")


def map_lines() -> None:
    write = sys.stdout.buffer.write
    for line in sys.stdin.buffer:
        line = line.rstrip(b"\n")
        document = _LONG.pack(4, crc32(line))
        pieces = []
        for word in line.split():
            pieces += (b"\x07", _LENGTH.pack(len(word)), word, document)
        write(b"".join(pieces))


def reduce_groups() -> None:
    read, write = sys.stdin.buffer.read, sys.stdout.buffer.write
    current, count, digest = b"", 0, 0
    while head := read(5):
        word = read(_LENGTH.unpack_from(head, 1)[0])
        _, document = _LONG.unpack(read(9))
        if word != current:
            if count:
                write(_line(current, count, digest))
            current, count, digest = word, 0, 0
        count += 1
        digest ^= document
    if count:
        write(_line(current, count, digest))


def _line(word: bytes, count: int, digest: int) -> bytes:
    return b'"%b"\t[%d,%d]\n' % (word, count, digest)


if __name__ == "__main__":
    {"map": map_lines, "reduce": reduce_groups}[sys.argv[1]]()
