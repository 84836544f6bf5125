"""`hadoopjobs fs` beside Hadoop's own FsShell: the same lines, the same exit codes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from hadoopjobs.core.hadoop_conf import load_hadoop_conf

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

CONF_DIR = os.environ.get("HADOOP_CONF_DIR", "")
UTF8 = ("-Dfile.encoding=UTF-8", "-Dsun.jnu.encoding=UTF-8")
SHELLS = Path(__file__).parent / "FsShells.java"


@pytest.fixture
def environ(monkeypatch) -> None:
    monkeypatch.setenv("HADOOP_CONF_DIR", CONF_DIR)


@pytest.fixture
def root(environ, tmp_path) -> Iterator[str]:
    """A folder of HDFS with files, made by our own commands."""
    root = f"/tmp/fs-shell-{uuid.uuid4().hex}"
    (tmp_path / "small").write_text("hello\n")
    (tmp_path / "large").write_bytes(bytes(3_000_000))
    (tmp_path / "a b%20ü").write_text("odd")
    for words in (
        ["-mkdir", "-p", f"{root}/folder/deep", f"{root}/empty"],
        ["-put", str(tmp_path / "small"), str(tmp_path / "large"), f"{root}/folder"],
        ["-put", str(tmp_path / "a b%20ü"), f"{root}/folder/deep"],
        ["-chmod", "600", f"{root}/folder/small"],
    ):
        assert ours(words)[0] == 0
    yield root
    ours(["-rm", "-r", "-skipTrash", root])


def ours(words: list[str]) -> tuple[int, str]:
    command = [sys.executable, "-m", "hadoopjobs", "fs", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def hadoops(commands: list[list[str]]) -> list[tuple[int, str]]:
    jars = load_hadoop_conf(os.environ).get("mapreduce.application.classpath") or ""
    if shutil.which("java") is None or not jars:
        pytest.skip("needs Java and the cluster's jars")
    done = subprocess.run(
        ["java", *UTF8, "-cp", f"{CONF_DIR}:{jars.replace(',', ':')}", str(SHELLS)],
        input="".join("\x1f".join(words) + "\n" for words in commands),
        capture_output=True,
        text=True,
        timeout=200,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    parts = done.stdout.split("\x1e")
    assert len(parts) == 2 * len(commands) + 1, done.stderr
    codes = map(int, parts[1::2])
    return [(code, text) for text, code in zip(parts[::2], codes, strict=False)]


READING = [
    "-ls {0}",
    "-ls {0}/folder {0}/missing",
    "-ls {0}/folder/small",
    "-ls {0}/f*",
    "-ls {0}/*",
    "-ls {0}/empty",
    "-ls -R {0}",
    "-ls -h {0}/folder",
    "-ls -d {0}/folder",
    "-ls -C {0}/folder",
    "-ls -S -r {0}/folder",
    "-ls hdfs://{0}/folder",
    "-ls hdfs:{0}/folder",
    "-ls {0}/none*",
    "-du {0}",
    "-du -s {0}/folder {0}/empty",
    "-du -h {0}/folder",
    "-du -v {0}/folder/large",
    "-count {0} {0}/folder",
    "-count -h {0}",
    "-stat {0}/folder",
    "-stat %n|%b|%F|%o|%r|%u|%g|%a|%A|%y|%Y {0}/folder/large {0}/folder",
    "-checksum {0}/folder/small {0}/folder/large",
    "-cat {0}/folder/small",
    "-cat {0}/folder/small {0}/missing {0}/folder",
    "-head {0}/folder/large",
    "-tail {0}/folder/small",
    "-find {0}",
    "-find {0} -name *a*",
    "-test -e {0}/folder",
    "-test -e {0}/missing",
    "-test -d {0}/folder/small",
    "-test -z {0}/folder/small",
    "-mkdir {0}/folder",
    "-mkdir -p {0}/folder",
    "-mkdir {0}/no/such",
    "-rm {0}/folder",
    "-rm {0}/missing",
    "-rm -f {0}/missing",
    "-mv {0}/missing {0}/x",
    "-mv {0}/folder/small {0}/folder/large",
    "-cp {0}/folder/small {0}/folder/large",
    "-get {0}/missing .",
    "-setrep 1 {0}/folder",
]


def test_what_is_shown_is_what_hadoop_shows(root):
    commands = [line.format(root).split(" ") for line in READING]
    for words, expected in zip(commands, hadoops(commands), strict=True):
        code, text = ours(words)
        assert (words, code, text) == (words, *expected)


def test_space_is_shown_in_the_same_columns(root):
    ((_, expected),) = hadoops([["-df", "-h", root]])
    _, text = ours(["-df", "-h", root])
    blank = re.compile(r"[0-9.]+ ?[KMGT]?")
    assert blank.sub("#", text).split() == blank.sub("#", expected).split()


CHANGING = [
    "-touch {0}/new",
    "-mv {0}/new {0}/newer",
    "-mv {0}/newer {0}/empty",
    "-cp {0}/folder {0}/copy",
    "-cp -f {0}/folder/small {0}/copy/small",
    "-cp {0}/folder {0}/empty",
    "-chmod u+x,g=r,o-rwx {0}/copy/small",
    "-chmod -R a+rX {0}/empty",
    "-chown hdfs:users {0}/copy/large",
    "-chgrp -R staff {0}/copy/deep",
    "-setrep 2 {0}/copy",
    "-rm {0}/copy/small",
    "-rm -r {0}/folder/deep",
    "-ls -R {0}",
]


def test_what_is_changed_is_what_hadoop_changes(root):
    other = root + "-hadoop"
    theirs = [line.format(other).split(" ") for line in CHANGING]
    results = hadoops([["-cp", "-p", root, other], *theirs, ["-rm", "-r", other]])
    for line, (code, text) in zip(CHANGING, results[1:], strict=False):
        found = ours(line.format(root).split(" "))
        same = without_times(text.replace(other, root))
        assert (line, found[0], without_times(found[1]).split("\n")) == (
            line,
            code,
            same.split("\n"),
        )


def without_times(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME", text)
