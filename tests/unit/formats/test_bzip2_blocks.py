"""Several tasks read one bzip2 file: each line exactly once, for every split."""

from __future__ import annotations

import bz2
import random

import pytest

from hadoopjobs.formats import bzip2_blocks
from tests.unit.formats.reading import is_refused, values

CHANCE = random.Random(7)


def text(size: int) -> bytes:
    """Lines of random letters, some of them long, some empty, the last without an end."""
    lines = []
    while size > 0:
        length = CHANCE.choice([0, 1, 10, 80, 300])
        lines.append(CHANCE.randbytes(length).hex().encode())
        size -= 2 * length
    return b"\n".join(lines)


def several_blocks(size: int) -> bytes:
    return bz2.compress(text(size), 1)  # level 1: a block of 100 kB


TWO_STREAMS = bz2.compress(b"first\nsecond", 1) + bz2.compress(b" half\nthird\n", 1)
EMPTY = bz2.compress(b"")
FILES = {
    "one block": bz2.compress(b"one\ntwo\nthree"),
    "two streams": TWO_STREAMS,
    "empty streams between": EMPTY + TWO_STREAMS + EMPTY + EMPTY + TWO_STREAMS + EMPTY,
    "only empty streams": EMPTY + EMPTY,
    "blocks": several_blocks(450_000),
    "streams of blocks": several_blocks(250_000) + several_blocks(250_000),
    "a line over blocks": bz2.compress(b"x" + CHANCE.randbytes(300_000).hex().encode() + b"\ny", 1),
}


def expected_lines(data: bytes) -> list[bytes]:
    lines = bz2.decompress(data).split(b"\n")
    return lines if lines[-1] else lines[:-1]


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_read_once_for_every_split_size(tmp_path, name):
    data = FILES[name]
    path = tmp_path / "file.bz2"
    path.write_bytes(data)
    sizes = range(1, len(data) + 1) if len(data) < 500 else range(999, len(data), len(data) // 12)
    for split_bytes in sizes:
        assert values(path, "text", "bytes", split_bytes) == expected_lines(data), split_bytes


def test_markers_are_found_wherever_a_window_ends(tmp_path, monkeypatch):
    path = tmp_path / "file.bz2"
    path.write_bytes(TWO_STREAMS)
    for window in range(1, 30):
        monkeypatch.setattr(bzip2_blocks, "_WINDOW_BYTES", window)
        assert values(path, "text", "bytes", 20) == [b"first", b"second half", b"third"]


def test_damage_in_any_split_is_an_error(tmp_path):
    data = several_blocks(250_000)
    path = tmp_path / "file.bz2"
    expected = [(None, line.decode()) for line in expected_lines(data)]
    refused = 0
    for _ in range(25):
        damaged = bytearray(data)
        damaged[CHANCE.randrange(len(data))] ^= 1 << CHANCE.randrange(8)
        refused += is_refused(path, bytes(damaged), "text", expected, split_bytes=len(data) // 4)
    assert refused >= 22


def test_a_cut_file_is_an_error(tmp_path):
    data = several_blocks(250_000)
    path = tmp_path / "file.bz2"
    for cut in [1, 3, 4, 9, 10, 17, *range(20, len(data), len(data) // 20), len(data) - 1]:
        assert is_refused(path, data[:cut], "text", [], split_bytes=-(-cut // 3)), cut
