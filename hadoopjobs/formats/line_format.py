"""Formats whose records are lines: what is theirs alone is how a block of lines becomes a batch,
and a batch lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, TypeAlias

from hadoopjobs.formats.base import Batch, Format, Layout, Split, Writer
from hadoopjobs.formats.line_writers import LineEncoder, LineWriter
from hadoopjobs.formats.lines import Block, byte_pairs, mixed_pairs, read_blocks
from hadoopjobs.formats.splits import line_splits
from hadoopjobs.storage.base import FileStatus, FileSystem

BlockDecoder: TypeAlias = Callable[[Block], "Batch | None"]
"""From whole lines to the batch of their records; None if there are none."""

DecoderOpener: TypeAlias = Callable[[FileSystem, Split, Layout, Mapping[str, Any]], BlockDecoder]
"""Makes the decoder of one split."""


class LineFormat(Format):
    """A format of lines; in layouts `bytes` and `texts` a record is (None, its whole line).

    `open_decoder` makes, for each split that is read, the function that reads its blocks in
    layout `pairs` or `columns`, and `open_encoder`, for each file, the one that writes.
    """

    def __init__(
        self,
        name: str,
        option_names: frozenset[str],
        open_decoder: DecoderOpener,
        open_encoder: Callable[[Mapping[str, Any]], LineEncoder],
    ) -> None:
        self.name = name
        self.option_names = option_names
        self._open_decoder = open_decoder
        self._open_encoder = open_encoder

    def splits(
        self, fs: FileSystem, status: FileStatus, split_bytes: int, options: Mapping[str, Any]
    ) -> list[Split]:
        return line_splits(status, split_bytes, self.name)

    def read(
        self, fs: FileSystem, split: Split, layout: Layout, options: Mapping[str, Any]
    ) -> Iterator[Batch]:
        if layout == "bytes":
            return (byte_pairs(split.uri, block) for block in read_blocks(fs, split))
        if layout == "texts":
            return (mixed_pairs(split.uri, block) for block in read_blocks(fs, split))
        decode = self._open_decoder(fs, split, layout, options)
        batches = (decode(block) for block in read_blocks(fs, split))
        return (batch for batch in batches if batch is not None)

    def open_writer(self, stream: BinaryIO, options: Mapping[str, Any]) -> Writer:
        return LineWriter(stream, options, self._open_encoder(options))
