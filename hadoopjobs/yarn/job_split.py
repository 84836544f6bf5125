"""The files that tell the ApplicationMaster which part of which file each map task reads.

Source: Hadoop's JobSplitWriter and JobSplit.SplitMetaInfo; compared with the files of the Java
client of 3.4.2, byte by byte.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hadoopjobs.core.writable import text, vlong

_FILE_SPLIT = "org.apache.hadoop.mapred.FileSplit"
_VERSION = 1
_MAXIMUM_HOSTS = 10


@dataclass(frozen=True)
class InputSplit:
    """A range of the file `uri` and the hosts that hold it."""

    uri: str
    start: int
    length: int
    hosts: tuple[str, ...] = ()


def split_files(splits: Sequence[InputSplit]) -> tuple[bytes, bytes]:
    """`job.split` and `job.splitmetainfo`; map task i reads split i."""
    data = bytearray(b"SPL" + struct.pack(">i", _VERSION))
    offsets = []
    for split in splits:
        offsets.append(len(data))
        data += _file_split(split)
    return bytes(data), _meta_info(zip(splits, offsets, strict=True), len(splits))


def _file_split(split: InputSplit) -> bytes:
    numbers = struct.pack(">qq", split.start, split.length)
    return text(_FILE_SPLIT) + text(split.uri) + numbers


def _meta_info(splits: Iterable[tuple[InputSplit, int]], count: int) -> bytes:
    data = bytearray(b"META-SPL" + vlong(_VERSION) + vlong(count))
    for split, offset in splits:
        hosts = split.hosts[:_MAXIMUM_HOSTS]
        data += vlong(len(hosts)) + b"".join(map(text, hosts))
        data += vlong(offset) + vlong(split.length)
    return bytes(data)
