"""What a cluster refuses is told in one line, and nothing is left of the run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from hadoopjobs.storage import filesystem_for, hdfs_features
from tests.cluster.conftest import Cluster
from tests.cluster.hadoop_java import class_path
from tests.cluster.harness import FAULTY, ROOT, WORD_COUNT, names, put
from tests.node_python import conf_with_python

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("home")]

SMALL_QUEUE = ["-D", "mapreduce.job.queuename=small"]  # of scripts/cluster: one application
CONTAINERS = ["-D", "mapreduce.job.reduces=2"]  # not one small job


class Told(NamedTuple):
    """How a command ended."""

    code: int
    errors: list[str]
    text: str


def told(*words: str, **environ: str) -> Told:
    """What a user sees of `hadoopjobs run -r hadoop`."""
    done = subprocess.run(
        [sys.executable, "-m", "hadoopjobs", "run", "-r", "hadoop", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environ},
        timeout=200,
        check=False,
    )
    lines = done.stderr.splitlines()
    begin = next((at for at, line in enumerate(lines) if line.startswith("error: ")), len(lines))
    return Told(done.returncode, lines[begin:], done.stderr)


def assert_one_line(found: Told, code: int, *expected: str) -> None:
    assert found.code == code, found.text
    assert len(found.errors) == 1, found.text
    for one in expected:
        assert re.search(one, found.errors[0]), found.text
    assert "Exception" not in found.text
    assert "Traceback" not in found.text


class Stranger(NamedTuple):
    """Somebody without rights, and what makes him known to the cluster."""

    name: str
    environ: dict[str, str]


@pytest.fixture
def stranger(cluster: Cluster, tmp_path: Path) -> Stranger:
    if not cluster.is_secure:
        return Stranger("nobody", {"HADOOP_USER_NAME": "nobody"})
    name = os.environ["HADOOPJOBS_OTHER_PRINCIPAL"].partition("@")[0]
    keytab, tickets = os.environ["HADOOPJOBS_OTHER_KEYTAB"], f"FILE:{tmp_path}/tickets"
    return Stranger(name, {"KRB5_CLIENT_KTNAME": keytab, "KRB5CCNAME": tickets})


def test_an_input_that_may_not_be_read(hdfs_folder: str, stranger: Stranger) -> None:
    secret = put(f"{hdfs_folder}/in/secret.txt", b"one\n")
    filesystem_for(secret).set_permission(secret, 0o600)
    found = told(WORD_COUNT, secret, "-o", f"{hdfs_folder}/out", **stranger.environ)
    assert_one_line(found, 1, "permission", "secret.txt", f"user={stranger.name}")
    assert names(hdfs_folder) == ["in"]


def test_an_output_that_may_not_be_written(text: str, hdfs_folder: str, stranger: Stranger) -> None:
    filesystem_for(text).set_permission(hdfs_folder, 0o755)
    found = told(WORD_COUNT, text, "-o", f"{hdfs_folder}/out", **stranger.environ)
    assert_one_line(found, 1, "permission", f"user={stranger.name}", re.escape(hdfs_folder))
    assert names(hdfs_folder) == ["in put"]


def test_a_home_that_may_not_be_written(
    home: str, text: str, hdfs_folder: str, stranger: Stranger
) -> None:
    filesystem_for(home).make_dirs(home)
    filesystem_for(home).set_permission(home.rpartition("/")[0], 0o755)
    filesystem_for(text).set_permission(hdfs_folder, 0o777)
    found = told(WORD_COUNT, text, "-o", f"{hdfs_folder}/out", **stranger.environ)
    assert_one_line(found, 1, "permission", f"user={stranger.name}", "hadoopjobs-home")
    assert names(hdfs_folder) == ["in put"]


@pytest.mark.parametrize("small", [True, False])
def test_a_quota_of_space(text: str, hdfs_folder: str, small: bool) -> None:
    """A block counts whole, in all its copies, when it is begun."""
    folder = f"{hdfs_folder}/narrow"
    filesystem_for(folder).make_dirs(folder)
    hdfs_features.set_quota(folder, space_bytes=1 << 20)
    words = [WORD_COUNT, text, "-o", f"{folder}/out", "--max-attempts", "1"]
    found = told(*words, *([] if small else CONTAINERS))
    assert_one_line(found, 1, "a quota would be exceeded", "DiskSpace quota of .*/narrow")
    assert "org.apache" not in found.text
    assert names(folder) == []


def test_a_quota_of_names(text: str, hdfs_folder: str) -> None:
    folder = f"{hdfs_folder}/narrow"
    filesystem_for(folder).make_dirs(folder)
    hdfs_features.set_quota(folder, names=1)
    assert_one_line(told(WORD_COUNT, text, "-o", f"{folder}/out"), 1, "a quota would be exceeded")
    assert names(folder) == []


def test_a_cluster_in_safe_mode(text: str, hdfs_folder: str) -> None:
    with _safe_mode():
        found = told(WORD_COUNT, text, "-o", f"{hdfs_folder}/out")
    assert_one_line(found, 1, "safe mode")
    assert names(hdfs_folder) == ["in put"]


@contextmanager
def _safe_mode() -> Iterator[None]:
    _admin("enter")
    try:
        yield
    finally:
        _admin("leave")


def _admin(word: str) -> None:
    realm = os.environ.get("KRB5_CONFIG")
    kerberos = [f"-Djava.security.krb5.conf={realm}"] if realm else []
    admin = ["java", *kerberos, "-cp", class_path(), "org.apache.hadoop.hdfs.tools.DFSAdmin"]
    subprocess.run([*admin, "-safemode", word], check=True, capture_output=True, timeout=60)


def test_a_queue_that_is_full(text: str, hdfs_folder: str) -> None:
    slow = [f"{FAULTY}:Slow", text, "-o", f"{hdfs_folder}/slow", *SMALL_QUEUE]
    command = [sys.executable, "-m", "hadoopjobs", "run", "-r", "hadoop", *slow]
    holder = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert holder.stderr is not None
    try:
        assert any(line.startswith("application ") for line in holder.stderr)
        found = told(WORD_COUNT, text, "-o", f"{hdfs_folder}/out", *SMALL_QUEUE)
    finally:
        holder.terminate()
        holder.communicate(timeout=60)
    assert_one_line(found, 1, "root.small", "already has 1 application")
    assert names(hdfs_folder) == ["in put"]


def test_memory_above_the_maximum(text: str, hdfs_folder: str) -> None:
    memory = ["-D", "mapreduce.map.memory.mb=1000000"]
    found = told(WORD_COUNT, text, "-o", f"{hdfs_folder}/out", *memory)
    assert_one_line(found, 2, "mapreduce.map.memory.mb is 1000000", "ask for less with -D")
    assert names(hdfs_folder) == ["in put"]


def test_an_output_that_is_a_file(text: str, hdfs_folder: str) -> None:
    put(f"{hdfs_folder}/out", b"precious")
    found = told(WORD_COUNT, text, "-o", f"{hdfs_folder}/out", "--overwrite")
    assert_one_line(found, 2, re.escape(f"{hdfs_folder}/out"), "it is not a folder")
    with filesystem_for(hdfs_folder).open_read(f"{hdfs_folder}/out") as file:
        assert file.read() == b"precious"


def test_a_resource_manager_that_is_not_there(text: str, hdfs_folder: str, tmp_path: Path) -> None:
    conf = conf_with_python(
        Path(os.environ["HADOOP_CONF_DIR"]),
        tmp_path / "conf",
        yarn__resourcemanager__webapp__address="localhost:1",
    )
    words = [WORD_COUNT, text, "-o", f"{hdfs_folder}/out"]
    found = told(*words, HADOOP_CONF_DIR=str(conf))
    assert_one_line(found, 1, "localhost:1")
    assert names(hdfs_folder) == ["in put"]
