"""Where records come from: files, folders, globs, compressed files, standard input."""

from __future__ import annotations

import bz2
import gzip
import os

import pytest

from hadoopjobs import Job
from tests.conformance.harness import output_of, run


class Lines(Job):
    def mapper(self, _, line):
        yield None, line


def lines_of(runner, *paths, **more):
    return [line for _, line in output_of(Lines, runner, paths=paths, **more)]


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "logs" / "deep").mkdir(parents=True)
    for name, text in {
        "logs/b.txt": "b1\nb2\n",
        "logs/a.txt": "a1\na2\n",
        "logs/deep/c.txt": "c1\n",
        "logs/_SUCCESS": "hidden\n",
        "logs/.crc": "hidden\n",
        "logs/empty.txt": "",
        "other.log": "o1",
    }.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_folder_is_read_whole_but_for_hidden_files(runner, tree):
    assert lines_of(runner, tree / "logs") == ["a1", "a2", "b1", "b2", "c1"]


def test_several_inputs_come_in_the_order_in_which_they_are_named(runner, tree):
    paths = [tree / "other.log", tree / "logs" / "b.txt", tree / "logs" / "a.txt"]
    assert lines_of(runner, *paths) == ["o1", "b1", "b2", "a1", "a2"]


def test_globs(runner, tree):
    assert lines_of(runner, tree / "logs" / "[ab].txt") == ["a1", "a2", "b1", "b2"]
    assert lines_of(runner, tree / "*" / "{b,nothing}*.txt") == ["b1", "b2"]


def test_a_file_named_twice_is_read_twice(runner, tree):
    assert lines_of(runner, tree / "other.log", tree / "other.log") == ["o1", "o1"]


def test_relative_paths(runner, tree, monkeypatch):
    monkeypatch.chdir(tree)
    assert lines_of(runner, "logs/a.txt", "./other.log") == ["a1", "a2", "o1"]


def test_relative_paths_with_side_files(runner, tree, monkeypatch):
    """Tasks then work in a folder of their own."""

    class Sided(Lines):
        FILES = [str(tree / "other.log")]

        def mapper_init(self):
            with open("other.log") as file:
                yield None, file.read()

    monkeypatch.chdir(tree)
    output = output_of(Sided, runner, paths=["logs/a.txt"])
    assert [line for _, line in output] == ["o1", "a1", "a2"]
    assert os.getcwd() == str(tree)


def test_uris_of_local_files(runner, tree):
    assert lines_of(runner, f"file://{tree}/other.log") == ["o1"]


def test_names_with_odd_characters(runner, tree):
    path = tree / "a b#c%20[d]é.txt"
    path.write_text("odd\n")
    assert lines_of(runner, path) == ["odd"]


@pytest.mark.parametrize("split_bytes", [None, 1000])
def test_compressed_files(runner, tmp_path, split_bytes):
    text = [f"line {n}" for n in range(1000)]
    data = "".join(f"{line}\n" for line in text).encode()
    (tmp_path / "1.gz").write_bytes(gzip.compress(data))
    (tmp_path / "2.bz2").write_bytes(bz2.compress(data))
    (tmp_path / "3.txt").write_bytes(data)
    assert lines_of(runner, tmp_path, split_bytes=split_bytes) == text * 3


def test_every_line_is_read_once_however_small_the_splits(runner, tmp_path):
    text = ["", "a", "bb" * 40, "", "ccc", "d" * 100, "e", "", "last without an end"]
    path = tmp_path / "text"
    path.write_text("\n".join(text))
    for split_bytes in (7, 101):
        assert lines_of(runner, path, split_bytes=split_bytes) == text


def test_line_ends_and_bytes_that_are_not_utf_8(runner, tmp_path):
    path = tmp_path / "text"
    path.write_bytes(b"\xef\xbb\xbfdos\r\nform\x0cfeed\n\xff\xfe\nnul\x00\n\xe2\x80\xa8sep\n")
    assert lines_of(runner, path) == ["dos", "form\x0cfeed", "\udcff\udcfe", "nul\x00", "\u2028sep"]


def test_standard_input(runner):
    assert output_of(Lines, runner, ["a", "", "b"]) == [(None, "a"), (None, ""), (None, "b")]


def test_standard_input_larger_than_the_budget(runner):
    lines = [f"{n} {'x' * 90}" for n in range(20_000)]
    assert output_of(Lines, runner, lines, memory="1m") == [(None, line) for line in lines]


def test_only_empty_files(runner, tmp_path):
    (tmp_path / "empty").touch()
    (tmp_path / "none.gz").touch()
    done = run(Lines, runner, paths=[tmp_path])
    assert done.output == []


def test_an_empty_folder(runner, tmp_path):
    (tmp_path / "folder").mkdir()
    assert lines_of(runner, tmp_path / "folder") == []


def test_input_format_of_the_job(runner, tmp_path):
    class Pairs(Job):
        input_format = "json"

        def mapper(self, key, value):
            yield key, value

    (tmp_path / "pairs").write_text('"a"\t[1, 2]\nnull\t{"b": 1.5}\n')
    assert output_of(Pairs, runner, paths=[tmp_path]) == [("a", [1, 2]), (None, {"b": 1.5})]


def test_a_truncated_gzip_file_is_named(runner, tmp_path):
    from hadoopjobs.core.errors import DataError

    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(os.urandom(5000).hex().encode())[:-500])
    with pytest.raises(DataError, match=r"cut\.gz"):
        lines_of(runner, path)
