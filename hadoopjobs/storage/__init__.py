"""File systems by URI scheme. Moves bytes, names files, and knows nothing of records."""

from hadoopjobs.storage.base import (
    BlockLocation,
    Checksum,
    ContentSummary,
    FileStatus,
    FileSystem,
    SpaceUsage,
)
from hadoopjobs.storage.conf import hadoop_conf, use_hadoop_conf
from hadoopjobs.storage.inputs import resolve_inputs
from hadoopjobs.storage.registry import close_connections, filesystem_for, scheme_of

__all__ = [
    "BlockLocation",
    "Checksum",
    "ContentSummary",
    "FileStatus",
    "FileSystem",
    "SpaceUsage",
    "close_connections",
    "filesystem_for",
    "hadoop_conf",
    "resolve_inputs",
    "scheme_of",
    "use_hadoop_conf",
]
