"""What every file system promises, on each of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

from hadoopjobs.core.errors import FileExists, FileMissing, StorageError
from hadoopjobs.storage import resolve_inputs
from tests.conformance.stores import STORES

pytestmark = pytest.mark.parametrize("store", STORES, indirect=True)

LARGE = 40 << 20  # more than any store sends in one piece


def fill(store, name: str, data: bytes, then: Callable[[], object]) -> None:
    """Write, and do something before the file is closed."""
    with store.fs.open_write(store.uri(name)) as stream:
        stream.write(data)
        then()


def raise_half_way() -> None:
    raise ValueError("half way")


def noise(size: int) -> bytes:
    block = os.urandom(1 << 16)
    return (block * (size // len(block) + 1))[:size]


@pytest.mark.parametrize("size", [0, 1, 300_001, LARGE])
def test_what_was_written_is_read(store, size):
    data = noise(size)
    store.put("file", data)
    assert store.get("file") == data
    assert store.fs.status(store.uri("file")).length == size
    assert store.names() == ["file"]


ODD = [
    "a b",
    "100%25",
    "ü\N{SNOWMAN}",
    "q?x=1",
    "a#b",
    "a+b&c",
    "'\"",
    "a;b,c",
    "{x}",
    "[y]",
    "x\\y",
]


@pytest.mark.parametrize("name", ODD)
def test_names_are_taken_as_they_are(store, name):
    store.put(f"{name}/{name}", name.encode())
    assert store.names() == [name, f"{name}/{name}"][-len(store.names()) :]
    assert [each.uri for each in store.fs.list(store.uri(name))] == [store.uri(f"{name}/{name}")]
    assert store.get(f"{name}/{name}") == name.encode()


def test_a_writer_that_raises_leaves_nothing(store):
    for size in (10, 300_000, LARGE):
        with pytest.raises(ValueError, match="half"):
            fill(store, "half", noise(size), raise_half_way)
    assert store.names() == []


def test_a_writer_that_nobody_closes_leaves_nothing(store):
    stream = store.fs.open_write(store.uri("half"))
    stream.write(b"x" * 300_000)
    del stream
    assert store.names() == []


def test_a_file_is_not_there_before_it_is_whole(store):
    store.put("other")
    with store.fs.open_write(store.uri("file")) as stream:
        stream.write(b"x" * 300_000)
        stream.flush()
        assert not store.fs.exists(store.uri("file"))
        assert [each.uri for each in resolve_inputs([store.root])] == [store.uri("other")]
    assert store.fs.exists(store.uri("file"))


def test_what_exists_is_never_overwritten(store):
    uri = store.put("file", b"old")
    with pytest.raises(FileExists, match="it exists") as caught:
        store.fs.open_write(uri)
    assert caught.value.uri == uri
    assert store.get("file") == b"old"


@pytest.mark.parametrize("size", [3, LARGE])
def test_what_appears_while_writing_is_not_overwritten(store, size):
    with pytest.raises(FileExists, match="it exists"):
        fill(store, "file", noise(size), lambda: store.put("file", b"first"))
    assert store.get("file") == b"first"
    assert store.names() == ["file"]


def test_a_folder_is_not_a_file(store):
    store.put("folder/file")
    folder = store.uri("folder")
    with pytest.raises(StorageError, match="folder"):
        store.fs.open_read(folder)
    with pytest.raises(FileExists):
        store.fs.open_write(folder)
    with pytest.raises(StorageError, match="not a directory"):
        store.fs.list(store.uri("folder/file"))


def test_a_file_cannot_hold_files(store):
    store.put("file")
    with pytest.raises(StorageError), store.fs.open_write(store.uri("file/below")) as stream:
        stream.write(b"x")
    with pytest.raises(StorageError):
        store.fs.make_dirs(store.uri("file/folder"))
    assert store.names() == ["file"]


def test_missing_things_are_named(store):
    missing = store.uri("missing")
    for act in (store.fs.status, store.fs.list, store.fs.open_read, store.fs.content_summary):
        with pytest.raises(FileMissing, match="missing: it does not exist") as caught:
            act(missing)
        assert caught.value.uri == missing
        assert "\n" not in str(caught.value)
    with pytest.raises(FileMissing):
        store.fs.rename(missing, store.uri("other"))
    store.fs.delete(missing)
    assert store.fs.glob(missing + "*") == []
    assert not store.fs.exists(missing)


def test_a_reader_can_be_sought(store):
    data = noise(3 << 20)
    store.put("file", data)
    with store.fs.open_read(store.uri("file")) as stream:
        assert stream.seekable()
        for at, count in ((2 << 20, 10), (5, 300_000), (0, 3), (300_010, 1 << 20)):
            assert stream.seek(at) == at
            assert stream.read(count) == data[at : at + count]
            assert stream.tell() == at + count
        assert stream.seek(-5, os.SEEK_END) == len(data) - 5
        assert stream.read() == data[-5:]
        assert stream.read(1) == b""
        stream.seek(len(data) + 10)
        assert stream.read() == b""
    assert store.fs.read_range(store.uri("file"), 100, 10) == data[100:110]
    assert store.fs.read_range(store.uri("file"), len(data) - 2, 10) == data[-2:]


def test_lines_are_read(store):
    store.put("file", b"a\nb\n\nc")
    with store.fs.open_read(store.uri("file")) as stream:
        assert list(stream) == [b"a\n", b"b\n", b"\n", b"c"]


def test_list_gives_the_children_sorted(store):
    for name in ("b", "a/deep/x", ".hidden", "c"):
        store.put(name)
    found = store.fs.list(store.root)
    assert [each.uri for each in found] == [store.uri(name) for name in (".hidden", "a", "b", "c")]
    assert [each.is_dir for each in found] == [False, True, False, False]
    assert [each.length for each in found] == [4, 0, 4, 4]


def test_an_empty_folder_is_there(store):
    if store.root.startswith("s3:"):
        pytest.skip("a folder of S3 is what lies in it")
    store.fs.make_dirs(store.uri("empty/deep"))
    store.fs.make_dirs(store.uri("empty/deep"))
    assert store.fs.status(store.uri("empty/deep")).is_dir
    assert store.fs.status(store.uri("empty")).is_dir
    assert store.fs.list(store.uri("empty/deep")) == []


def test_globs(store):
    for name in ("2024/01/a.txt", "2024/02/a.txt", "2025/01/b.txt", "2025/01/.c.txt"):
        store.put(name)

    def found(pattern: str) -> list[str]:
        matches = store.fs.glob(store.uri(pattern))
        return [each.uri.removeprefix(store.root + "/") for each in matches]

    assert found("2024/*/a.txt") == ["2024/01/a.txt", "2024/02/a.txt"]
    assert found("202[4-5]/01") == ["2024/01", "2025/01"]
    assert found("{2025,2024/0?}/*/b.txt") == ["2025/01/b.txt"]
    assert found("**/b.txt") == ["2025/01/b.txt"]
    assert found("2024/01/a.txt/*") == []


def test_inputs_are_resolved(store):
    for name in ("in/b", "in/a", "in/_SUCCESS", "in/.x", "in/deep/c"):
        store.put(name)

    def found(*patterns: str) -> list[str]:
        statuses = resolve_inputs([store.uri(each) for each in patterns])
        return [each.uri.removeprefix(store.root + "/") for each in statuses]

    assert found("in") == ["in/a", "in/b", "in/deep/c"]
    assert found("in/*", "in/b") == ["in/a", "in/b", "in/deep/c", "in/b"]
    with pytest.raises(FileMissing, match="nothing matches it"):
        found("in/z*")


def test_rename_moves_files_and_folders(store):
    store.put("a/file", b"1")
    store.put("a/deep/file", b"2")
    store.fs.rename(store.uri("a"), store.uri("b"))
    assert not store.fs.exists(store.uri("a"))
    assert (store.get("b/file"), store.get("b/deep/file")) == (b"1", b"2")
    store.fs.rename(store.uri("b/file"), store.uri("b/other"))
    assert store.get("b/other") == b"1"


def test_rename_never_replaces_nor_moves_into(store):
    store.put("a", b"new")
    store.put("b", b"old")
    store.put("folder/x")
    for target in ("b", "folder"):
        with pytest.raises(FileExists, match="it exists"):
            store.fs.rename(store.uri("a"), store.uri(target))
    assert (store.get("a"), store.get("b")) == (b"new", b"old")


def test_delete_takes_a_whole_tree(store):
    for name in ("a/x", "a/deep/y", "ab"):
        store.put(name)
    store.fs.delete(store.uri("a"))
    assert store.names() == ["ab"]


def test_touch_makes_an_empty_file(store):
    store.fs.touch(store.uri("file"))
    assert store.get("file") == b""


def test_content_summary_counts_what_is_below(store):
    for name in ("a/x", "a/deep/y"):
        store.put(name, b"12345")
    found = store.fs.content_summary(store.uri("a"))
    assert (found.length, found.file_count) == (10, 2)


def test_block_locations_cover_the_file(store):
    uri = store.put("file", noise(LARGE))
    blocks = store.fs.block_locations(uri, 0, LARGE)
    assert sum(block.length for block in blocks) == LARGE
    assert [block.offset for block in blocks] == sorted(block.offset for block in blocks)
    assert store.fs.block_locations(uri, LARGE, 10) == []


def test_checksums_of_equal_files_are_equal(store):
    found = [
        store.fs.checksum(store.put(name, noise(1000) if name == "c" else b"same"))
        for name in "abc"
    ]
    if found[0] is not None:
        assert found[0] == found[1] != found[2]


def test_a_status_says_when_a_file_changed(store):
    assert abs(store.fs.status(store.put("file")).modified - time.time()) < 60
