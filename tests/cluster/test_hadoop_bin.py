"""Jobs that Hadoop's own program submits, for gateways that let nothing else."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from hadoopjobs.cli.main import main
from tests.cluster.hadoop_java import class_path
from tests.cluster.harness import (
    BIBLE,
    FAULTY,
    TEXT,
    WORD_COUNT,
    lines,
    names,
    on_this_machine,
    parts,
    put,
    run,
)

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("home")]

# What `hadoop jar` does, with the jars of the cluster.
_PROGRAM = """\
#!/bin/sh
[ "$1" = jar ] && shift
exec java --add-opens=java.base/java.lang=ALL-UNNAMED -cp {} org.apache.hadoop.util.RunJar "$@"
"""


def program(path: Path, text: str) -> str:
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def hadoop(tmp_path: Path) -> str:
    return program(tmp_path / "hadoop", _PROGRAM.format(shlex.quote(class_path())))


def test_word_count_is_that_of_memory(hdfs_folder: str, hadoop: str, capfdbinary) -> None:
    bible = put(f"{hdfs_folder}/books/bible.txt", BIBLE.read_bytes())
    settings = ["--split-size", "2m", "-D", "mapreduce.job.reduces=2"]  # not one small job
    words = [WORD_COUNT, f"{hdfs_folder}/books", "-o", f"{hdfs_folder}/out", *settings]
    assert run("--hadoop-bin", hadoop, *words) == 0
    found = parts(f"{hdfs_folder}/out")
    assert list(found) == ["_SUCCESS", "part-00000", "part-00001"]
    assert lines(found) == on_this_machine(capfdbinary, WORD_COUNT, bible)


def test_two_steps_and_a_failure(text: str, hdfs_folder: str, hadoop: str, capfdbinary) -> None:
    assert run("--hadoop-bin", hadoop, f"{FAULTY}:TwoSteps", text) == 0
    told = capfdbinary.readouterr()
    assert sorted(told.out.splitlines()) == on_this_machine(capfdbinary, f"{FAULTY}:TwoSteps", text)
    words = [f"{FAULTY}:Raises", text, "-o", f"{hdfs_folder}/out", "--max-attempts", "1"]
    assert run("--hadoop-bin", hadoop, *words) == 1
    assert b"ValueError: this line is not liked" in capfdbinary.readouterr().err
    assert names(hdfs_folder) == ["in put"]


def test_a_format_that_makes_splits_of_its_own(hdfs_folder: str, hadoop: str) -> None:
    text = put(f"{hdfs_folder}/text", TEXT.encode())
    combined = ["-inputformat", "org.apache.hadoop.mapred.lib.CombineTextInputFormat"]
    where = ["-input", text, "-output", f"{hdfs_folder}/out", "-D", "mapreduce.job.reduces=1"]
    words = ["-mapper", "cut -f2", "-reducer", "uniq", *combined, *where]  # without the offset
    assert main(["stream", "-r", "hadoop", "--hadoop-bin", hadoop, *words]) == 0
    found = lines(parts(f"{hdfs_folder}/out"))
    assert found == [b"one two seven\t", b"one two three\t"]


_RAISES = """\
#!/bin/sh
echo 'WARN client.Thing: something' >&2
echo 'org.apache.hadoop.security.AccessControlException: you may not submit here' >&2
printf '\\tat org.apache.hadoop.Some.method(Some.java:7)\\n' >&2
exit 255
"""


@pytest.mark.parametrize(
    ("script", "code", "message"),
    [
        (_RAISES, 1, "hadoop could not submit the job: you may not submit here\n"),
        ("#!/bin/sh\nexit 3\n", 1, "hadoop could not submit the job: it says nothing (status 3)\n"),
        ("#!/bin/sh\n", 1, "hadoop has created no job\n"),
        (None, 2, "hadoop: No such file or directory\n"),
    ],
)
def test_what_does_not_submit(text, hdfs_folder, tmp_path, capfd, script, code, message) -> None:
    path = tmp_path / "hadoop"
    if script is not None:
        program(path, script)
    words = [WORD_COUNT, text, "-o", f"{hdfs_folder}/out"]
    assert run("--hadoop-bin", str(path), *words) == code
    told = capfd.readouterr().err
    assert told.endswith(message)
    assert "at org.apache" not in told
    assert names(hdfs_folder) == ["in put"]
