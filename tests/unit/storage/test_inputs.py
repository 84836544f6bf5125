"""From named inputs to files."""

from __future__ import annotations

import os

import pytest

from hadoopjobs.core.errors import FileMissing, StorageError, UsageError
from hadoopjobs.storage import resolve_inputs


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for name in (
        "b.txt", "a.txt", "_SUCCESS", ".crc", "d/2", "d/1", "d/_logs/x", "d/sub/3", "e/1", "[z]",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*uris: str) -> list[str]:
    return [os.path.relpath(status.uri) for status in resolve_inputs(uris)]


def test_the_order_of_the_inputs_stays(tree):
    assert found("b.txt", "a.txt", "b.txt") == ["b.txt", "a.txt", "b.txt"]


def test_a_folder_is_read_with_all_below_it_but_hidden_names(tree):
    assert found("d") == found("d/") == ["d/1", "d/2", "d/sub/3"]
    assert found(".") == ["[z]", "a.txt", "b.txt", "d/1", "d/2", "d/sub/3", "e/1"]


def test_a_hidden_file_that_is_named_is_read(tree):
    assert found("_SUCCESS", "d/_logs") == ["_SUCCESS", "d/_logs/x"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.txt", ["a.txt", "b.txt"]),
        ("*", ["[z]", "a.txt", "b.txt", "d/1", "d/2", "d/sub/3", "e/1"]),
        ("{b,a}.txt", ["a.txt", "b.txt"]),
        ("{d,e}/1", ["d/1", "e/1"]),
        ("{d/sub,e}/*", ["d/sub/3", "e/1"]),
        ("[ab].txt", ["a.txt", "b.txt"]),
        ("[^a].txt", ["b.txt"]),
        ("[!a-a].txt", ["b.txt"]),
        ("?.txt", ["a.txt", "b.txt"]),
        ("d/*", ["d/1", "d/2", "d/sub/3"]),
        ("d/**", ["d/1", "d/2", "d/sub/3"]),
        ("**/1", ["d/1", "e/1"]),
        ("**/3", ["d/sub/3"]),
        ("_*", ["_SUCCESS"]),
        (".c*", [".crc"]),
        ("d/_l*/*", ["d/_logs/x"]),
        ("d/_logs/*", ["d/_logs/x"]),
        ("[z]", ["[z]"]),
        ("\\[*", ["[z]"]),
        ("[[]z]", ["[z]"]),
    ],
)
def test_globs(tree, pattern, expected):
    assert found(pattern) == expected
    assert found(str(tree / pattern)) == expected


@pytest.mark.parametrize("missing", ["nothing", "nothing*", "d/[9]", "a.txt/x", "d/_*/y*"])
def test_an_input_that_does_not_exist_is_named(tree, missing):
    with pytest.raises(FileMissing, match="does not exist") as caught:
        found("a.txt", missing)
    assert f"input {missing} " in str(caught.value)


def test_an_empty_folder_has_no_files(tree):
    (tree / "empty").mkdir()
    assert found("empty") == []


def test_a_file_uri_works_as_a_glob_too(tree):
    assert found((tree / "a.txt").as_uri()) == ["a.txt"]
    assert found(f"file://{tree}/*.txt") == ["a.txt", "b.txt"]


def test_an_empty_input_is_refused():
    with pytest.raises(UsageError, match="variable"):
        resolve_inputs([""])


def test_a_pipe_is_refused_and_never_empty(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (str(tmp_path / "pipe"), "/dev/zero"):
        with pytest.raises(UsageError, match="it is no file"):
            resolve_inputs([path])


def test_a_file_by_a_name_of_this_process_is_that_file(tmp_path):
    """Tasks are other processes, where /dev/stdin is something else."""
    path = tmp_path / "text"
    path.write_text("one\n")
    with path.open() as file:
        (status,) = resolve_inputs([f"/dev/fd/{file.fileno()}"])
    assert status.uri == str(path)


def test_a_link_to_a_folder_that_it_is_in_is_refused_and_others_are_followed(tree):
    (tree / "e" / "other").symlink_to(tree / "d" / "sub")
    assert found("e") == ["e/1", "e/other/3"]
    (tree / "d" / "sub" / "loop").symlink_to("..")
    with pytest.raises(StorageError, match=r"d/sub/loop is a link to .*/d, which it is in"):
        resolve_inputs(["d"])
    assert found("d/sub/loop/1") == ["d/sub/loop/1"]
