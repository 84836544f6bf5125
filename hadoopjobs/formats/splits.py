"""How files are cut where their format lets a split begin anywhere, or nowhere."""

from __future__ import annotations

from hadoopjobs.formats.base import Split
from hadoopjobs.formats.compression import codec_by_extension
from hadoopjobs.storage.base import FileStatus

_SLOP = 1.1  # FileInputFormat.SPLIT_SLOP: the last split may be this much longer


def file_ranges(length: int, split_bytes: int) -> list[tuple[int, int]]:
    """(start, length) of the splits that Hadoop's FileInputFormat makes of a file."""
    size, start, ranges = max(1, split_bytes), 0, []
    while (length - start) / size > _SLOP:
        ranges.append((start, size))
        start += size
    if start < length:
        ranges.append((start, length - start))
    return ranges


def range_splits(status: FileStatus, split_bytes: int, format_name: str) -> list[Split]:
    """Ranges of a file that can be split anywhere."""
    length = status.length
    ranges = file_ranges(length, split_bytes)
    return [Split(status.uri, start, size, length, format_name) for start, size in ranges]


def line_splits(status: FileStatus, split_bytes: int, format_name: str) -> list[Split]:
    """Ranges of a plain or bzip2 file; one split for a file with any other compression."""
    if codec_by_extension(status.uri) in (None, "bzip2"):
        return range_splits(status, split_bytes, format_name)
    return whole_file_split(status, format_name)


def whole_file_split(status: FileStatus, format_name: str) -> list[Split]:
    """The one split of a file that cannot be split; none if it is empty."""
    length = status.length
    return [Split(status.uri, 0, length, length, format_name)] if length else []
