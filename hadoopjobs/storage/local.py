"""The file system of this machine: plain paths and file:// URIs.

A plain path is taken as it is, percent signs and all; names that are not UTF-8 arrive with
surrogates, as everywhere in Python. In a file:// URI percent escapes are decoded (RFC 8089).
"""

from __future__ import annotations

import contextlib
import errno
import grp
import io
import os
import pwd
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, BinaryIO, cast
from urllib.parse import unquote

from hadoopjobs.core.errors import (
    FileExists,
    FileMissing,
    NoSpace,
    PermissionDenied,
    StorageError,
    UsageError,
)
from hadoopjobs.storage.aside import temporary_name, written_aside
from hadoopjobs.storage.base import (
    BlockLocation,
    FileStatus,
    FileSystem,
    Listing,
    Locations,
    SpaceUsage,
)
from hadoopjobs.storage.globs import match_paths

_BUFFER_BYTES = 64 * 1024
_BLOCK_BYTES = 32 << 20  # what Hadoop says of local files (fs.local.block.size)
_RENAME_NOREPLACE = 1
_AT_FDCWD = -100
_FILE_URI = re.compile(r"file:(?://([^/]*)(?=/)|(?=/[^/]))", re.IGNORECASE)


class LocalFileSystem(FileSystem):
    """Paths come back absolute, so they hold in a worker that has changed its folder."""

    def status(self, uri: str) -> FileStatus:
        path = local_path(uri)
        with _named_errors("read", path):
            try:
                return _status(path, os.stat(path))
            except NotADirectoryError as error:  # below a file there is nothing
                raise FileNotFoundError(error.errno, error.strerror, path) from error

    def list(self, uri: str) -> Listing:
        folder = local_path(uri)
        with _named_errors("list", folder):
            names = sorted(os.listdir(folder))
        return [self._child(os.path.join(folder, name)) for name in names]

    def check_descent(self, uri: str) -> None:
        path = local_path(uri)
        if os.path.islink(path):
            target, parent = os.path.realpath(path), os.path.realpath(os.path.dirname(path))
            if os.path.commonpath((target, parent)) == target:
                raise StorageError(
                    f"{path} is a link to {target}, which it is in: remove it, or name the files "
                    "themselves",
                    uri=uri,
                )

    def _child(self, path: str) -> FileStatus:
        try:
            return self.status(path)
        except FileMissing:  # a link to nowhere: whoever reads it is told, nobody skips it
            with _named_errors("read", path):
                return _status(path, os.lstat(path))

    def glob(self, pattern: str) -> Listing:
        paths = match_paths(local_path(pattern), _names_in, os.path.lexists)
        return [self._child(path) for path in paths]

    def open_read(self, uri: str) -> BinaryIO:
        path = local_path(uri)
        with _named_errors("read", path):
            return io.BufferedReader(_NamedFile(path, "r"), _BUFFER_BYTES)

    def open_write(self, uri: str) -> BinaryIO:
        path = local_path(uri)
        self.make_dirs(os.path.dirname(path))
        return written_aside(_LocalTarget(path))

    def make_dirs(self, uri: str) -> None:
        path = local_path(uri)
        with _named_errors("make the folder", path):
            os.makedirs(path, exist_ok=True)

    def delete(self, uri: str) -> None:
        path = local_path(uri)
        with _named_errors("delete", path):
            try:
                if stat.S_ISDIR(os.lstat(path).st_mode):
                    shutil.rmtree(path)
                else:
                    os.unlink(path)
            except FileNotFoundError:
                pass

    def rename(self, source: str, target: str) -> None:
        """The folder of `target` must exist. Where the kernel or the disk's file system cannot
        refuse to replace (before Linux 3.15, some network disks), a check comes first."""
        old, new = local_path(source), local_path(target)
        with _named_errors(f"rename {old} to", new):
            _rename(old, new)

    def replace(self, source: str, target: str) -> None:
        old, new = local_path(source), local_path(target)
        with _named_errors(f"rename {old} to", new):
            os.replace(old, new)

    def block_locations(self, uri: str, start: int, length: int) -> Locations:
        end = min(start + length, self.status(uri).length)
        return [BlockLocation(("localhost",), start, end - start)] if start < end else []

    def usage(self, uri: str) -> SpaceUsage:
        path = local_path(uri)
        with _named_errors("read", path):
            disk = shutil.disk_usage(path)
        return SpaceUsage(disk.total, disk.used, disk.free)

    def set_permission(self, uri: str, permission: int) -> None:
        path = local_path(uri)
        with _named_errors("change", path):
            os.chmod(path, permission)

    def set_owner(self, uri: str, owner: str | None, group: str | None) -> None:
        path = local_path(uri)
        with _named_errors("change", path):
            os.chown(path, _user_id(owner), _group_id(group))

    def set_times(self, uri: str, *, modified: float, accessed: float) -> None:
        path = local_path(uri)
        with _named_errors("change", path):
            os.utime(path, (accessed, modified))


class _LocalTarget:
    """A new file, made beside its place."""

    def __init__(self, path: str) -> None:
        self.uri = path
        self._aside = os.path.join(os.path.dirname(path), temporary_name())
        with _named_errors("write", path):
            if os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
            _check_name(path)
            self._file = _NamedFile(self._aside, "x", shown=path)

    def write(self, data: memoryview) -> None:
        while data:
            data = data[self._file.write(data) :]

    def finish(self) -> int:
        self._file.close()
        with _named_errors("write", self.uri):
            return os.stat(self._aside).st_size

    def publish(self) -> None:
        with _named_errors("write", self.uri):
            _rename(self._aside, self.uri)

    def abandon(self) -> None:
        with contextlib.suppress(OSError, StorageError):
            self._file.close()
        with contextlib.suppress(OSError):
            os.unlink(self._aside)


def _check_name(path: str) -> None:
    """Raise for a name that the disk would refuse only when the file is published."""
    longest = os.pathconf(os.path.dirname(path), "PC_NAME_MAX")
    if len(os.fsencode(os.path.basename(path))) > longest:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), path)


def local_path(uri: str) -> str:
    """The absolute path that `uri`, a plain path or a file:// URI, stands for.

    `..` stays, since dropping it would be wrong behind a link.

    >>> local_path("file:///a%20b"), local_path("/a%20b"), local_path("file:/x")
    ('/a b', '/a%20b', '/x')
    """
    match = _FILE_URI.match(uri)
    if match is None:
        if uri[:7].lower() == "file://":
            raise UsageError(f"{uri!r} names no path: write file:///path or just the path")
        return _absolute(uri)
    if match[1] not in (None, "", "localhost"):
        raise UsageError(f"{uri!r} is on host {match[1]!r}: write file:///path for this machine")
    return _absolute(unquote(uri[match.end() :], errors="surrogateescape"))


def _absolute(path: str) -> str:
    while path.startswith("./"):
        path = path[2:].lstrip("/")
    path = os.path.join(os.getcwd(), path) if path not in ("", ".") else os.getcwd()
    return path.rstrip("/") or "/"


def _status(path: str, result: os.stat_result) -> FileStatus:
    is_dir = stat.S_ISDIR(result.st_mode)
    return FileStatus(
        path,
        0 if is_dir else result.st_size,
        is_dir,
        result.st_mtime,
        owner=_user_name(result.st_uid),
        group=_group_name(result.st_gid),
        permission=stat.S_IMODE(result.st_mode) & 0o1777,
        replication=None if is_dir else 1,
        block_size=None if is_dir else _BLOCK_BYTES,
        accessed=result.st_atime,
    )


@cache
def _user_name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


@cache
def _group_name(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _user_id(name: str | None) -> int:
    if name is None or name.isdecimal():
        return -1 if name is None else int(name)
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError as error:
        raise UsageError(f"this machine has no user {name!r}") from error


def _group_id(name: str | None) -> int:
    if name is None or name.isdecimal():
        return -1 if name is None else int(name)
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError as error:
        raise UsageError(f"this machine has no group {name!r}") from error


def _names_in(path: str) -> list[str]:
    try:
        with _named_errors("list", path):
            return os.listdir(path)
    except FileMissing:
        return []
    except StorageError as error:
        if isinstance(error.__cause__, NotADirectoryError):
            return []
        raise


def _rename(old: str, new: str) -> None:
    try:
        _rename_no_replace(old, new)
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.EINVAL):
            raise
        if os.path.lexists(new):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new) from error
        os.rename(old, new)


def _rename_no_replace(old: str, new: str) -> None:
    """renameat2(2) with RENAME_NOREPLACE: one step that never replaces."""
    import ctypes

    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    paths = os.fsencode(old), os.fsencode(new)
    if call(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_NOREPLACE):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), old)


class _NamedFile(io.FileIO):
    """A raw file whose later failures (a full disk, a broken disk) are our errors too.

    `shown` is the name in errors, where it is not the file's own.
    """

    def __init__(self, path: str, mode: str, shown: str | None = None) -> None:
        self._shown = shown or path
        super().__init__(path, mode)

    def readinto(self, buffer: Any) -> int | None:
        with _named_errors("read", self._shown):
            return super().readinto(buffer)

    def readall(self) -> bytes:
        with _named_errors("read", self._shown):
            return super().readall()

    def write(self, data: Any) -> int:
        with _named_errors("write", self._shown):
            return cast(int, super().write(data))

    def close(self) -> None:
        with _named_errors("close", self._shown):
            super().close()


@contextmanager
def _named_errors(what: str, path: str) -> Iterator[None]:
    """Raise our error in place of an OSError; its message says `what` failed for `path`."""
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        raise _mapped(what, path, error) from error


def _mapped(what: str, path: str, error: OSError) -> StorageError:
    message = f"cannot {what} {path}: "
    if isinstance(error, FileNotFoundError):
        return FileMissing(message + "it does not exist", uri=path)
    if isinstance(error, FileExistsError) or error.errno == errno.ENOTEMPTY:
        return FileExists(message + "it exists", uri=path)
    if isinstance(error, IsADirectoryError):
        return StorageError(message + "it is a folder", uri=path)
    if isinstance(error, PermissionError):
        return PermissionDenied(message + "permission denied", uri=path)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpace(message + "no space is left on the disk (or in its quota)", uri=path)
    if error.errno == errno.EXDEV:
        return StorageError(message + "the two are on different disks", uri=path)
    return StorageError(message + (error.strerror or str(error)).lower(), uri=path)
