"""What a MapReduce job is before it is submitted, and where its files are put."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from hadoopjobs.core.errors import UsageError
from hadoopjobs.yarn.job_split import InputSplit

_UNSAFE_NAME = re.compile(r"[\"$`\\\x00-\x1f\x7f#]")
_ARCHIVES = (".tar.gz", ".tgz", ".tar.bz2", ".tar", ".zip", ".jar")


@dataclass(frozen=True)
class StoredFile:
    """A file in the cluster's storage; `modified_ms` exactly as the storage says it.

    `uri` is as people write it, not percent-encoded.
    """

    uri: str
    length: int
    modified_ms: int


def encoded_uri(uri: str) -> str:
    """The form that Java's URI class takes, commas encoded too.

    >>> encoded_uri("hdfs://nn:8020/a b,100%")
    'hdfs://nn:8020/a%20b%2C100%25'
    """
    scheme, separator, rest = uri.rpartition("://")
    return scheme + separator + quote(rest, safe="/:@[]")


class StagingStore(Protocol):
    """The storage operations that a submission needs; the caller brings them.

    Errors are those of `core.errors`; a file that is missing raises `FileMissing`.
    """

    def make_dirs(self, uri: str, mode: int) -> None:
        """Make the folder, and set its mode even if it is there."""

    def write(self, uri: str, data: bytes | Path) -> StoredFile:
        """A new file with these bytes, or those of a local file."""

    def status(self, uri: str) -> StoredFile: ...

    def delete(self, uri: str) -> None:
        """The file, or the folder with all that it holds; nothing there is no error."""

    def delegation_tokens(self, renewer: str) -> Mapping[str, str]:
        """With Kerberos: the tokens by the address of their file system, as in URLs."""


@dataclass(frozen=True)
class CacheFile:
    """A file that each task finds as `name` in its working folder; an archive is unpacked there.

    `source` is a file of this machine (`Path`) or an address in the cluster's storage (`str`).
    `is_public` lets all users of a node share one copy, which needs a file that all may read.
    """

    source: Path | str
    name: str
    is_archive: bool = False
    is_public: bool = False

    def __post_init__(self) -> None:
        parts = self.name.split("/")
        if _UNSAFE_NAME.search(self.name) or "" in parts or {".", ".."} & set(parts):
            raise UsageError(
                f"a task cannot have a file named {self.name!r}: give it another name with "
                "PATH#NAME, without quotes, backslashes, $, ` and control characters"
            )
        if self.is_archive and not self.suffix:
            kinds = ", ".join(_ARCHIVES)
            raise UsageError(f"{self.source} is no archive that YARN unpacks: it knows {kinds}")

    @property
    def suffix(self) -> str:
        """The ending by which YARN chooses how to unpack; empty for files."""
        if not self.is_archive:
            return ""
        lowered = str(self.source).lower()
        return next((suffix for suffix in _ARCHIVES if lowered.endswith(suffix)), "")


@dataclass(frozen=True)
class JobSpec:
    """A MapReduce job. Mapper, reducer, formats and so on are plain `settings`.

    `job_jar` is a file of this machine or an address in the cluster's storage; without one
    the classes come from the nodes' own class path, and streaming's from the jar that each
    Hadoop carries. A jar among `cache` is on the class path too. `priority` counts up from 0.
    """

    name: str
    splits: tuple[InputSplit, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    reduces: int = 0
    queue: str | None = None
    priority: int | None = None
    tags: tuple[str, ...] = ()
    job_jar: Path | str | None = None
    cache: tuple[CacheFile, ...] = ()
    is_uber: bool = False
    am_memory_mb: int | None = None


@dataclass(frozen=True)
class SubmittedJob:
    """An application that YARN has accepted; its master removes `staging` when it ends well."""

    application_id: str
    staging: str
    tracking_url: str | None = None
