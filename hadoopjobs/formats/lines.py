"""Whole lines out of bytes: the part that all line formats share.

A line ends at its newline. A carriage return before the newline belongs to the line end where
text is handed out, and to the line where bytes are; a lone carriage return ends no line (Hadoop
would end one there, but then no program that reads lines by newline sees the same records).
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from hadoopjobs.core.errors import DataError
from hadoopjobs.core.pairs import Origin, Pairs
from hadoopjobs.formats.base import Split
from hadoopjobs.formats.compression import codec_by_extension, decompressed
from hadoopjobs.storage.base import FileSystem

PIECE_BYTES = 256 * 1024
_TAIL_BYTES = 64 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

LINE_OPTIONS = frozenset({"compression"})


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, all with their newline but perhaps the file's last.

    `offset` is where they begin in the file as uncompressed; None where nobody can know.
    """

    data: bytes
    offset: int | None


class LineOrigin(Origin):
    """Origin of records that are lines of one block; finds a line when it is asked for.

    `lines` gives the number of each record's line where some lines are no records.
    """

    def __init__(self, uri: str, block: Block, lines: Sequence[int] | None = None) -> None:
        super().__init__(uri, block.offset)
        self._data = block.data
        self._lines = lines

    def offset_of(self, index: int) -> int | None:
        if self.offset is None:
            return None
        at = 0
        for _ in range(index if self._lines is None else self._lines[index]):
            at = self._data.index(b"\n", at) + 1
        return self.offset + at

    def broken(self, message: str, index: int) -> DataError:
        """An error at the record at `index`."""
        return DataError(message, uri=self.uri, offset=self.offset_of(index))


def read_blocks(fs: FileSystem, split: Split) -> Generator[Block, None, None]:
    """The lines of `split`, by the rule of Hadoop's LineRecordReader.

    A split that does not begin the file skips to behind its first newline, and each split reads
    on to the first newline at or behind its end; so each line is read by exactly one split.
    """
    codec = codec_by_extension(split.uri)
    with fs.open_read(split.uri) as stream:
        if codec is None:
            end = split.start + split.length
            owned = _range(stream, split, split.start, end, PIECE_BYTES)
            following = _range(stream, split, end, split.file_length, _TAIL_BYTES)
            yield from _cut(owned, following, split.start, skip_first=split.start > 0)
        elif codec == "bzip2" and split.length < split.file_length:
            yield from _read_bzip2_range(stream, split)
        else:
            yield from _cut(decompressed(stream, codec, split.uri), (), 0, skip_first=False)


def _read_bzip2_range(stream: BinaryIO, split: Split) -> Iterator[Block]:
    from hadoopjobs.formats.bzip2_blocks import blocks_of_split

    part = blocks_of_split(stream, split)
    if part is not None:
        offset = 0 if part.is_first else None
        yield from _cut(part.owned, part.following, offset, skip_first=not part.is_first)


def _range(
    stream: BinaryIO, split: Split, start: int, end: int, piece_bytes: int
) -> Iterator[bytes]:
    at = start
    while at < end:
        if at == start:
            stream.seek(start)
        piece = stream.read(min(piece_bytes, end - at))
        if not piece:
            raise DataError(
                f"the file ends here and not after its {split.file_length} bytes: "
                "it was cut short while it was read",
                uri=split.uri,
                offset=at,
            )
        at += len(piece)
        yield piece


def _cut(
    owned: Iterable[bytes], following: Iterable[bytes], offset: int | None, *, skip_first: bool
) -> Iterator[Block]:
    """Cut the bytes of a split at line ends; `following` are the bytes behind the split."""
    pieces = iter(owned)
    if skip_first:
        rest, skipped = _skip_line(pieces)
        if rest is None:
            return
        offset = None if offset is None else offset + skipped
        pieces = chain([rest], pieces)
    held: list[bytes] = []
    for piece in pieces:
        cut = piece.rfind(b"\n") + 1
        if cut:
            data = b"".join((*held, piece[:cut]))
            held = [piece[cut:]]
            yield Block(data, offset)
            offset = None if offset is None else offset + len(data)
        else:
            held.append(piece)
    data = b"".join(chain(held, _to_line_end(following)))
    if data:
        yield Block(data, offset)


def _skip_line(pieces: Iterator[bytes]) -> tuple[bytes | None, int]:
    """What follows the first newline in its piece, or None, and how many bytes came before."""
    skipped = 0
    for piece in pieces:
        cut = piece.find(b"\n") + 1
        if cut:
            return piece[cut:], skipped + cut
        skipped += len(piece)
    return None, skipped


def _to_line_end(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        cut = piece.find(b"\n") + 1
        if cut:
            yield piece[:cut]
            return
        yield piece


def byte_lines(data: bytes) -> list[bytes]:
    """The lines of a block without their newlines."""
    lines = data.split(b"\n")
    if data.endswith(b"\n"):
        lines.pop()
    return lines


def text_lines(data: bytes) -> list[str]:
    """The lines of a block as text, line ends off; bytes that are not UTF-8 become surrogates.

    Never `str.splitlines`, which also splits at form feeds and U+2028.
    """
    text = data.decode("utf-8", "surrogateescape")
    if "\r" in text:
        text = text.replace("\r\n", "\n").removesuffix("\r")
    lines = text.split("\n")
    if data.endswith(b"\n"):
        lines.pop()
    return lines


def mixed_lines(data: bytes) -> list[str]:
    """The lines of a block, each decoded by itself: as UTF-8 or, where it is not, as Latin-1."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return list(map(_mixed_line, byte_lines(data)))
    lines = text.split("\n")
    if data.endswith(b"\n"):
        lines.pop()
    return [line.rstrip("\r") for line in lines] if "\r" in text else lines


def _mixed_line(line: bytes) -> str:
    line = line.rstrip(b"\r")
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def without_mark(block: Block) -> Block | None:
    """`block` without the byte order mark that may begin a file; None if it is nothing else."""
    if block.offset != 0 or not block.data.startswith(_BYTE_ORDER_MARK):
        return block
    return Block(block.data[3:], 3) if len(block.data) > 3 else None


def byte_pairs(uri: str, block: Block) -> Pairs:
    """(None, line as bytes) for each line."""
    lines = byte_lines(block.data)
    return Pairs([None] * len(lines), lines, LineOrigin(uri, block))


def mixed_pairs(uri: str, block: Block) -> Pairs:
    """(None, line as `mixed_lines` has it) for each line."""
    lines = mixed_lines(block.data)
    return Pairs([None] * len(lines), lines, LineOrigin(uri, block))


def text_pairs(uri: str, block: Block) -> Pairs:
    """(None, line as text) for each line."""
    lines = text_lines(block.data)
    return Pairs([None] * len(lines), lines, LineOrigin(uri, block))
