"""URIs of remote stores as Hadoop's Path reads them: the path is taken as it is.

No character is escaped: `%20` in a path is three characters, `?` and `#` are part of a name.
"""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple

from hadoopjobs.core.errors import UsageError

_URI = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?://(?P<authority>[^/]*))?(?P<path>/.*|)", re.S
)


class Location(NamedTuple):
    """A URI in its parts; `authority` may be empty, `path` is absolute and has no end slash."""

    scheme: str
    authority: str
    path: str

    @property
    def uri(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def split_uri(uri: str) -> Location:
    """The parts of an absolute URI, `.` and `..` and double slashes resolved.

    >>> split_uri("hdfs://nn:8020//a/./b%20c/")
    Location(scheme='hdfs', authority='nn:8020', path='/a/b%20c')
    >>> split_uri("hdfs:/a").uri
    'hdfs:///a'
    """
    match = _URI.fullmatch(uri)
    if match is None:
        raise UsageError(f"{uri!r} is no address: write scheme://host/path")
    path = posixpath.normpath("/" + match["path"].lstrip("/"))
    return Location(match["scheme"].lower(), match["authority"] or "", path)


def child_uri(folder: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}"


def parent_path(path: str) -> str:
    """The folder of an absolute path; that of the root is the root."""
    return posixpath.dirname(path)


def name_of(uri: str) -> str:
    """The last name in a URI or path.

    >>> name_of("hdfs://nn/a/b/"), name_of("hdfs://nn/")
    ('b', '')
    """
    match = _URI.fullmatch(uri)
    path = uri if match is None or match["authority"] is None else match["path"]
    return path.rstrip("/").rpartition("/")[2]
