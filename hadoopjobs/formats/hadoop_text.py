"""Lines of text just as Hadoop's TextInputFormat gives them: bytes, under their offsets.

A lone carriage return ends a line, too, which it does in no other format of ours.
Source: LineRecordReader and LineReader of Hadoop 3.4.
"""

from __future__ import annotations

import re
from itertools import accumulate

from hadoopjobs.core.pairs import Pairs
from hadoopjobs.formats.line_format import LineFormat
from hadoopjobs.formats.line_writers import encode_lines
from hadoopjobs.formats.lines import LINE_OPTIONS, Block, LineOrigin, byte_lines
from hadoopjobs.formats.text import decoder_opener

_ENDS = re.compile(rb"\r\n|\n|\r")


def hadoop_text_format() -> LineFormat:
    """Written are values that are lines already."""
    opener = decoder_opener(_pairs)
    return LineFormat("hadoop_text", LINE_OPTIONS, opener, lambda options: encode_lines)


def _pairs(uri: str, block: Block, text: Block) -> Pairs:
    lines, offsets = _lines(text.data, text.offset or 0)
    if lines and block.offset == 0:
        offsets[0] = 0  # also before a byte order mark
    return Pairs(offsets, lines, LineOrigin(uri, text))


def _lines(data: bytes, start: int) -> tuple[list[bytes], list[int]]:
    if b"\r" not in data:
        lines = byte_lines(data)
        offsets = list(accumulate((len(line) + 1 for line in lines), initial=start))
        return lines, offsets[:-1]
    lines, offsets, at = [], [], 0
    for end in _ENDS.finditer(data):
        lines.append(data[at : end.start()])
        offsets.append(start + at)
        at = end.end()
    if at < len(data):
        lines.append(data[at:])
        offsets.append(start + at)
    return lines, offsets
