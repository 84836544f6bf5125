"""Which file system a URI lies on."""

from __future__ import annotations

import importlib
import re
import sys
from functools import cache

from hadoopjobs.core.errors import ConfigError
from hadoopjobs.storage.base import FileSystem

_SCHEMES = {
    "file": "hadoopjobs.storage.local:LocalFileSystem",
    "hdfs": "hadoopjobs.storage.hdfs:HdfsFileSystem",
    "s3": "hadoopjobs.storage.s3:S3FileSystem",
    "s3a": "hadoopjobs.storage.s3:S3FileSystem",
    "swebhdfs": "hadoopjobs.storage.webhdfs:WebHdfsFileSystem",
    "webhdfs": "hadoopjobs.storage.webhdfs:WebHdfsFileSystem",
}

_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*)://|(file|hdfs):/")


def scheme_of(uri: str) -> str:
    """The scheme that `uri` begins with; a plain path is a `file`.

    >>> scheme_of("hdfs://nn/a"), scheme_of("file:/a"), scheme_of("odd:name.txt")
    ('hdfs', 'file', 'file')
    """
    match = _URI.match(uri)
    return "file" if match is None else (match[1] or match[2]).lower()


def filesystem_for(uri: str) -> FileSystem:
    """The file system that `uri` lies on. Raises `ConfigError` for a scheme we do not know."""
    return _filesystem(scheme_of(uri), uri)


def _filesystem(scheme: str, uri: str) -> FileSystem:
    if scheme not in _SCHEMES:
        known = ", ".join(f"{name}://" for name in sorted(_SCHEMES))
        raise ConfigError(
            f"no file system for {scheme}:// in {uri!r}: choose one of {known}, or a plain path"
        )
    return _load(scheme)


@cache
def _load(scheme: str) -> FileSystem:
    module, _, name = _SCHEMES[scheme].partition(":")
    filesystem: FileSystem = getattr(importlib.import_module(module), name)()
    return filesystem


def is_safe_to_fork() -> bool:
    """Whether a child of this process could use every store.

    Not after hdfs-native was used: for some seconds it keeps connections to DataNodes for the
    whole process, and a child would wait for ever on one that its parent's threads serve.
    """
    return "hdfs_native" not in sys.modules
