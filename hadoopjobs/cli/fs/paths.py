"""What a path on the command line means, and how what was found is shown.

As with `hdfs dfs`, a path without a scheme lies on fs.defaultFS, or on this machine where no site
file names one; a relative one on HDFS lies in /user/NAME. What was found is shown as the argument
was written: without a host if it had none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from hadoopjobs.core.errors import FileMissing
from hadoopjobs.storage import FileStatus, FileSystem, filesystem_for, hadoop_conf, scheme_of
from hadoopjobs.storage.globs import is_glob
from hadoopjobs.storage.uris import child_uri, name_of, split_uri


@dataclass(frozen=True)
class Argument:
    """A path as written, the URI that it means, and how URIs like it are shown."""

    text: str
    uri: str
    uri_start: str
    shown_start: str

    def shown(self, uri: str) -> str:
        """`uri`, found through this argument, in the manner of its text."""
        if self.uri_start and uri + "/" == self.uri_start:
            return "."
        if not uri.startswith(self.uri_start):
            return uri
        return self.shown_start + uri[len(self.uri_start) :]


@dataclass(frozen=True)
class Found:
    """A file or folder that exists, with its name for the user."""

    status: FileStatus
    argument: Argument

    @property
    def uri(self) -> str:
        return self.status.uri

    @property
    def shown(self) -> str:
        return self.argument.shown(self.uri)

    @property
    def fs(self) -> FileSystem:
        return filesystem_for(self.uri)

    def children(self) -> list[Found]:
        return [Found(child, self.argument) for child in self.fs.list(self.uri)]

    def below(self) -> Iterator[Found]:
        """All that lies below, each folder before what it holds, sorted."""
        for child in self.children():
            yield child
            if child.status.is_dir:
                yield from child.below()


def parse(text: str, *, is_local: bool = False) -> Argument:
    """`is_local` is for the paths of `put` and `get` that mean this machine."""
    if _has_scheme(text):
        return _with_scheme(text)
    root = None if is_local else _default_root()
    if root is None:
        path = filesystem_path(text)
        start = "" if text.startswith("/") else filesystem_path("").rstrip("/") + "/"
        return Argument(text, path, start, "")
    home = f"{root}/user/{hadoop_conf().user}/"
    if text.startswith("/"):
        return Argument(text, split_uri(root + text).uri, root, "")
    return Argument(text, split_uri(home + text).uri, home, "")


def _has_scheme(text: str) -> bool:
    return scheme_of(text) != "file" or text[:6].lower() == "file:/"


def _with_scheme(text: str) -> Argument:
    if scheme_of(text) == "file":
        return Argument(text, text, "", text[: len(text) - len(text[5:].lstrip("/"))].rstrip("/"))
    place = split_uri(text)
    start = f"{text[: len(place.scheme)]}://{place.authority}"
    authority = place.authority or _default_authority(place.scheme)
    uri = place._replace(authority=authority)
    return Argument(text, uri.uri, f"{uri.scheme}://{uri.authority}", start)


def _default_authority(scheme: str) -> str:
    root = _default_root()
    default = split_uri(root) if root is not None else None
    return default.authority if default is not None and default.scheme == scheme else ""


def _default_root() -> str | None:
    """fs.defaultFS, unless it is this machine."""
    text = (hadoop_conf().get("fs.defaultFS") or "file:///").strip()
    if scheme_of(text) == "file":
        return None
    place = split_uri(text)
    return f"{place.scheme}://{place.authority}"


def filesystem_path(text: str) -> str:
    """An absolute path of this machine."""
    return os.path.normpath(os.path.join(os.getcwd(), text))


def expand(text: str, *, is_local: bool = False) -> list[Found]:
    """What an argument stands for: itself if it exists, else what its pattern matches.

    Raises `FileMissing`.
    """
    argument = parse(text, is_local=is_local)
    fs = filesystem_for(argument.uri)
    try:
        return [Found(fs.status(argument.uri), argument)]
    except FileMissing as error:
        matches = fs.glob(argument.uri) if is_glob(text) else []
        if not matches:
            message = f"{text!r}: no such file or directory"
            raise FileMissing(message, uri=argument.uri) from error
    return [Found(match, argument) for match in matches]


def inside(folder: str, source: str) -> str:
    """Where a source goes that is copied or moved into a folder."""
    return child_uri(folder, name_of(source))
