"""From what a user named as input to the list of files that are read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator

from hadoopjobs.core.errors import FileMissing, UsageError
from hadoopjobs.storage.base import FileStatus, FileSystem
from hadoopjobs.storage.globs import expand_braces, is_glob
from hadoopjobs.storage.registry import filesystem_for, scheme_of

_HIDDEN = ("_", ".")


def resolve_inputs(uris: Iterable[str]) -> list[FileStatus]:
    """The files that `uris` (files, folders, globs) stand for.

    In the order of `uris`; the files of one folder or glob sorted by path. A file that was named
    twice comes twice, as on Hadoop. A path that exists is taken literally even if it looks like
    a glob. Folders are read with all folders below them. Names that begin with `_` or `.` are
    skipped in folders, and in globs unless the pattern itself spells that character.

    Raises `FileMissing` for a path that does not exist and a glob that matches nothing.
    """
    return [status for uri in uris for status in _resolve(uri)]


def _resolve(uri: str) -> Iterator[FileStatus]:
    if not uri:
        raise UsageError("an input is empty: is a variable not set?")
    uri = _not_a_pipe(uri)
    fs = filesystem_for(uri)
    try:
        status = fs.status(uri)
    except FileMissing as error:
        if not is_glob(uri):
            raise FileMissing(f"input {uri} does not exist", uri=uri) from error
        yield from _glob(fs, uri)
    else:
        yield from _files(fs, status)


def _not_a_pipe(uri: str) -> str:
    """`uri`, or the file that a path of this process alone, such as /dev/stdin, stands for.

    Raises `UsageError` for pipes, sockets and devices: tasks open their input themselves, each
    from its own place.
    """
    if scheme_of(uri) != "file":
        return uri
    path = uri.removeprefix("file://")
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return uri
    if stat.S_ISREG(mode):
        return os.path.realpath(path) if path.startswith(("/dev/", "/proc/self/")) else uri
    if stat.S_ISDIR(mode):
        return uri
    raise UsageError(
        f"cannot read {uri}: it is no file; give - and pipe the input to standard input, or write "
        "it to a file first"
    )


def _glob(fs: FileSystem, pattern: str) -> list[FileStatus]:
    matches = [
        status
        for plain in expand_braces(pattern)
        for status in fs.glob(plain)
        if not _matched_hidden(plain, status.uri)
    ]
    if not matches:
        raise FileMissing(f"input {pattern} does not exist: nothing matches it", uri=pattern)
    files = {file.uri: file for match in matches for file in _files(fs, match)}
    return [files[uri] for uri in sorted(files)]


def _matched_hidden(pattern: str, uri: str) -> bool:
    """Whether a wildcard, and not the user, chose a hidden name in `uri`."""
    components = pattern.rstrip("/").split("/")
    first = next((i for i, part in enumerate(components) if is_glob(part)), len(components))
    wild = components[first:]
    spelled = {part[0] for part in wild if part.startswith(_HIDDEN)}
    # with ** a match has any number of names; without, it ends in as many as the pattern
    names = uri.split("/")
    chosen = names[len(names) - len(wild) :] if "**" not in wild else names[first:]
    return any(name.startswith(_HIDDEN) and name[0] not in spelled for name in chosen)


def _files(fs: FileSystem, status: FileStatus) -> Iterator[FileStatus]:
    if not status.is_dir:
        yield status
        return
    for child in fs.list(status.uri):
        if not _name(child.uri).startswith(_HIDDEN):
            if child.is_dir:
                fs.check_descent(child.uri)
            yield from _files(fs, child)


def _name(uri: str) -> str:
    return uri.rstrip("/").rpartition("/")[2]
