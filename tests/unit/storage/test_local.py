"""The local file system: names of every kind, errors as ours, no silent replacing."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from hadoopjobs.core.errors import (
    ConfigError,
    FileExists,
    FileMissing,
    NoSpace,
    PermissionDenied,
    StorageError,
    UsageError,
)
from hadoopjobs.storage import filesystem_for
from hadoopjobs.storage.local import LocalFileSystem

fs = LocalFileSystem()

ODD_NAMES = ["a b", "100%25", "[x]", "a{b,c}", "q?", "star*", "é", "new\nline", "-", "a#b", "x:y"]


def put(path: Path, data: bytes = b"data") -> str:
    with fs.open_write(str(path)) as stream:
        stream.write(data)
    return str(path)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_plain_paths_are_taken_literally(tmp_path, name):
    path = put(tmp_path / name)
    assert fs.status(path).length == 4
    assert [status.uri for status in fs.list(str(tmp_path))] == [path]
    with fs.open_read(path) as stream:
        assert stream.read() == b"data"
    fs.rename(path, path + ".2")
    fs.delete(path + ".2")
    assert os.listdir(tmp_path) == []


def test_a_name_that_is_not_utf8_works(tmp_path):
    path = os.path.join(str(tmp_path), os.fsdecode(b"caf\xe9"))
    put(Path(path))
    assert os.listdir(os.fsencode(tmp_path)) == [b"caf\xe9"]
    assert [status.uri for status in fs.glob(f"{tmp_path}/caf*")] == [path]


def test_a_file_uri_is_percent_decoded(tmp_path):
    put(tmp_path / "a b%")
    uri = (tmp_path / "a b%").as_uri()
    assert fs.status(uri).uri == str(tmp_path / "a b%")
    assert fs.status(uri.replace("file://", "file://localhost")).length == 4
    assert fs.status(uri.replace("file://", "file:")).length == 4


@pytest.mark.parametrize("uri", ["file://other/path", "file://relative"])
def test_a_file_uri_of_another_host_is_refused(uri):
    with pytest.raises(UsageError):
        fs.status(uri)


def test_relative_paths_come_back_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "a")
    assert fs.status("./a").uri == fs.status("a").uri == str(tmp_path / "a")
    assert fs.status(".").uri == str(tmp_path)


def test_an_unknown_scheme_lists_the_known():
    with pytest.raises(ConfigError, match=r"no file system for gopher://.*file://"):
        filesystem_for("gopher://x/y")


def test_missing_things_raise_file_missing(tmp_path):
    missing = str(tmp_path / "missing")
    for act in (fs.status, fs.list, fs.open_read):
        with pytest.raises(FileMissing, match="missing") as caught:
            act(missing)
        assert caught.value.uri == missing
        assert isinstance(caught.value.__cause__, FileNotFoundError)
    assert fs.glob(missing + "*") == []
    fs.delete(missing)


def test_open_write_refuses_what_exists_and_makes_folders(tmp_path):
    path = put(tmp_path / "new" / "folder" / "file")
    with pytest.raises(FileExists, match="it exists"):
        fs.open_write(path)


def test_a_folder_cannot_be_read_as_a_file(tmp_path):
    with pytest.raises(StorageError, match="it is a folder"):
        fs.open_read(str(tmp_path))


def test_a_file_cannot_be_listed_nor_hold_files(tmp_path):
    path = put(tmp_path / "file")
    with pytest.raises(StorageError, match="not a directory"):
        fs.list(path)
    with pytest.raises(StorageError, match=r"not a directory|it exists"):
        fs.open_write(path + "/below")


def test_rename_moves_files_and_folders(tmp_path):
    put(tmp_path / "a" / "file")
    fs.rename(str(tmp_path / "a"), str(tmp_path / "b"))
    fs.rename(str(tmp_path / "b" / "file"), str(tmp_path / "b" / "other"))
    assert (tmp_path / "b" / "other").read_bytes() == b"data"


@pytest.mark.parametrize("have_renameat2", [True, False])
def test_rename_never_replaces(tmp_path, monkeypatch, have_renameat2):
    if not have_renameat2:
        monkeypatch.setattr("hadoopjobs.storage.local._rename_no_replace", not_supported)
    source, target = put(tmp_path / "a", b"new"), put(tmp_path / "b", b"old")
    with pytest.raises(FileExists):
        fs.rename(source, target)
    os.mkdir(tmp_path / "empty")
    os.mkdir(tmp_path / "folder")
    with pytest.raises(FileExists):
        fs.rename(str(tmp_path / "folder"), str(tmp_path / "empty"))
    assert Path(target).read_bytes() == b"old"
    fs.rename(source, str(tmp_path / "c"))
    assert Path(tmp_path / "c").read_bytes() == b"new"


def not_supported(old: str, new: str) -> None:
    raise OSError(errno.ENOSYS, "no such call")


def test_rename_of_what_is_missing(tmp_path):
    with pytest.raises(FileMissing):
        fs.rename(str(tmp_path / "missing"), str(tmp_path / "b"))


def test_delete_takes_a_link_and_not_its_target(tmp_path):
    put(tmp_path / "real" / "file")
    os.symlink(tmp_path / "real", tmp_path / "link")
    fs.delete(str(tmp_path / "link"))
    assert (tmp_path / "real" / "file").exists()
    fs.delete(str(tmp_path / "real"))
    assert os.listdir(tmp_path) == []


def test_a_link_to_nowhere_is_listed(tmp_path):
    os.symlink("nowhere", tmp_path / "link")
    assert [status.uri for status in fs.list(str(tmp_path))] == [str(tmp_path / "link")]


def test_a_link_in_a_circle_is_an_error_and_not_endless(tmp_path):
    os.symlink("circle", tmp_path / "circle")
    with pytest.raises(StorageError, match="symbolic links"):
        fs.list(str(tmp_path))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (errno.ENOSPC, NoSpace),
        (errno.EDQUOT, NoSpace),
        (errno.EACCES, PermissionDenied),
        (errno.EIO, StorageError),
        (errno.EXDEV, StorageError),
    ],
)
def test_errors_of_the_system_are_mapped(tmp_path, monkeypatch, code, expected):
    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "makedirs", fail)
    with pytest.raises(expected, match=str(tmp_path)) as caught:
        fs.make_dirs(str(tmp_path / "x"))
    assert type(caught.value) is expected


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_disk_that_is_full_while_writing_is_no_space(tmp_path):
    from hadoopjobs.storage.local import _NamedFile

    with pytest.raises(NoSpace, match="/dev/full"), _NamedFile("/dev/full", "w") as stream:
        stream.write(b"x")
