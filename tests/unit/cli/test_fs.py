"""`hadoopjobs fs` on this machine; HDFS is compared with Hadoop's in tests/cluster."""

from __future__ import annotations

import io
import os
import re
import sys

import pytest

from hadoopjobs.cli.main import main


@pytest.fixture
def fs(capsys, tmp_path, monkeypatch):
    """Runs a command in an empty folder: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["fs", *words])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return code, captured.out, captured.err

    return run


def write(name: str, data: bytes = b"data") -> None:
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with open(name, "wb") as file:
        file.write(data)


def read(name: str) -> bytes:
    with open(name, "rb") as file:
        return file.read()


def test_a_listing_has_hadoops_columns(fs):
    write("d/b", b"12345")
    os.makedirs("d/a")
    os.chmod("d/a", 0o1777)
    os.chmod("d/b", 0o640)
    code, out, _ = fs("-ls", "d")
    time = r"\d{4}-\d\d-\d\d \d\d:\d\d"
    lines = [
        "Found 2 items",
        rf"drwxrwxrwt   - \S+ +\S+ +0 {time} d/a",
        rf"-rw-r-----   1 \S+ +\S+ +5 {time} d/b",
    ]
    assert code == 0
    assert re.fullmatch("\n".join(lines) + "\n", out)


def test_a_dash_before_the_command_and_options_before_it(fs):
    write("d/b")
    for words in (["ls"], ["-ls"], ["-D", "a=b", "-ls"], ["-fs", "file:///", "ls"]):
        assert fs(*words, "-C", "d")[:2] == (0, "d/b\n")


def test_an_argument_that_fails_does_not_stop_the_others(fs):
    write("a", b"1")
    code, out, err = fs("cat", "missing", "a", "none*")
    assert (code, out) == (1, "1")
    assert err == "cat: 'missing': no such file or directory\n" + (
        "cat: 'none*': no such file or directory\n"
    )


def test_odd_names(fs):
    for name in ("a b", "100%25", "ü", "x*y", "new\nline"):
        write(f"in/{name}", name.encode())
    assert fs("put", "in", "out")[0] == 0
    assert sorted(os.listdir("out")) == sorted(os.listdir("in"))
    assert fs("cat", "in/x*y")[1] == "x*y"
    assert fs("get", f"file://{os.getcwd()}/in/100%2525", "one")[0] == 0
    assert read("one") == b"100%25"


def test_put_goes_into_a_folder_or_takes_a_name(fs):
    write("a")
    os.mkdir("d")
    assert fs("put", "a", "d")[0] == 0
    assert fs("put", "a", "b")[0] == 0
    assert (read("d/a"), read("b")) == (b"data", b"data")
    assert fs("put", "a", "no/such")[::2] == (
        1,
        f"put: 'no/such': no such file or directory: {os.getcwd()}/no\n",
    )
    assert fs("put", "a", "b", "file")[0] == 1


def test_put_replaces_only_with_f(fs):
    write("a", b"new")
    write("b", b"old")
    assert fs("put", "a", "b")[::2] == (1, "put: 'b': file exists\n")
    assert read("b") == b"old"
    assert fs("put", "-f", "a", "b")[0] == 0
    assert read("b") == b"new"
    assert sorted(os.listdir(".")) == ["a", "b"]


def test_put_of_standard_input(fs, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"from a pipe")))
    assert fs("put", "-", "a")[0] == 0
    assert read("a") == b"from a pipe"


def test_trees_are_copied_and_not_into_themselves(fs):
    write("d/deep/a", b"1")
    os.mkdir("d/empty")
    assert fs("cp", "d", "e")[0] == 0
    assert (read("e/deep/a"), os.listdir("e/empty")) == (b"1", [])
    assert fs("cp", "d", "d/deep")[0] == 1
    assert os.listdir("d/deep") == ["a"]
    assert fs("cp", "d/deep/a", "d/deep/a")[0] == 1


def test_p_keeps_times_and_permission(fs):
    write("a")
    os.chmod("a", 0o640)
    os.utime("a", (1e9, 1e9))
    assert fs("cp", "-p", "a", "b")[0] == 0
    result = os.stat("b")
    assert (result.st_mtime, result.st_mode & 0o777) == (1e9, 0o640)


def test_rm_takes_folders_only_with_r(fs):
    write("d/a")
    assert fs("rm", "d")[::2] == (1, "rm: 'd': is a directory\n")
    assert fs("rm", "-r", "d") == (0, "Deleted d\n", "")
    assert fs("rm", "d")[0] == 1
    assert fs("rm", "-f", "d")[0] == 0
    assert fs("rm", "-r", "/")[::2] == (1, "rm: '/': the root is never deleted\n")


def test_mv_never_replaces(fs):
    write("a", b"1")
    write("b", b"2")
    assert fs("mv", "a", "b")[::2] == (1, "mv: 'b': file exists\n")
    os.mkdir("d")
    assert fs("mv", "a", "b", "d")[0] == 0
    assert sorted(os.listdir("d")) == ["a", "b"]


def test_mkdir_wants_p_for_those_above(fs):
    assert fs("mkdir", "a/b")[0] == 1
    assert fs("mkdir", "-p", "a/b")[0] == 0
    assert fs("mkdir", "a")[::2] == (1, "mkdir: 'a': file exists\n")


def test_chmod_in_letters_and_digits(fs):
    write("d/a")
    for mode, expected in (("600", 0o600), ("u+x,g=rw", 0o760), ("-x", 0o660), ("a+rX", 0o664)):
        assert fs("chmod", mode, "d/a")[0] == 0
        assert os.stat("d/a").st_mode & 0o777 == expected
    assert fs("chmod", "u+q", "d/a")[0] == 2


def test_head_and_tail_give_a_kilobyte(fs):
    write("a", b"1" * 2000 + b"2" * 2000)
    assert fs("head", "a")[1] == "1" * 1024
    assert fs("tail", "a")[1] == "2" * 1024


def test_stat_test_touch_find_du(fs):
    assert fs("touch", "a")[0] == 0
    assert fs("stat", "%n %b %F", "a")[1] == "a 0 regular file\n"
    assert [fs("test", flag, "a")[0] for flag in ("-e", "-f", "-d", "-z", "-s")] == [0, 0, 1, 0, 1]
    write("d/x.txt", b"12345")
    assert fs("find", ".", "-name", "*.txt", "-type", "f")[1] == "d/x.txt\n"
    assert fs("du", "-s", "d")[1] == "5  5  d\n"
    assert fs("checksum", "a")[1] == "a\tNONE\t\n"


def test_wrong_words_end_with_2(fs):
    assert fs("nosuch")[0] == 2
    assert fs("cp", "a")[0] == 2
    assert fs("-D", "nothing", "ls")[0] == 2
