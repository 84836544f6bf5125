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
from hadoopjobs.storage.registry import filesystem_for, is_safe_to_fork, scheme_of

__all__ = [
    "BlockLocation",
    "Checksum",
    "ContentSummary",
    "FileStatus",
    "FileSystem",
    "SpaceUsage",
    "filesystem_for",
    "hadoop_conf",
    "is_safe_to_fork",
    "resolve_inputs",
    "scheme_of",
    "use_hadoop_conf",
]
