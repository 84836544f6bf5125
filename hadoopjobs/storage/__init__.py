"""File systems by URI scheme. Moves bytes, names files, and knows nothing of records."""

from hadoopjobs.storage.base import FileStatus, FileSystem
from hadoopjobs.storage.inputs import resolve_inputs
from hadoopjobs.storage.registry import filesystem_for, scheme_of

__all__ = ["FileStatus", "FileSystem", "filesystem_for", "resolve_inputs", "scheme_of"]
