"""Snapshots, attributes, concat and quotas, and how HDFS says no, on a real cluster."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid

import pytest

from hadoopjobs.core.errors import FileMissing, NoSpace, PermissionDenied, StorageError
from hadoopjobs.core.hadoop_conf import load_hadoop_conf
from hadoopjobs.storage import filesystem_for, hdfs_features
from hadoopjobs.storage.hdfs_places import web_addresses
from hadoopjobs.storage.uris import split_uri

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(120)]

CONF_DIR = os.environ.get("HADOOP_CONF_DIR", "")


@pytest.fixture(params=["hdfs", "webhdfs"])
def root(request, monkeypatch):
    monkeypatch.setenv("HADOOP_CONF_DIR", CONF_DIR)
    conf = load_hadoop_conf(os.environ)
    authority = split_uri(conf.get("fs.defaultFS") or "").authority
    if request.param == "webhdfs":
        authority = web_addresses(conf, authority)[0].partition("://")[2]
    uri = f"{request.param}://{authority}/tmp/features-{uuid.uuid4().hex}"
    fs = filesystem_for(uri)
    fs.make_dirs(uri)
    yield uri
    fs.delete(uri)


def put(uri: str, data: bytes) -> str:
    with filesystem_for(uri).open_write(uri) as stream:
        stream.write(data)
    return uri


def get(uri: str) -> bytes:
    with filesystem_for(uri).open_read(uri) as stream:
        return stream.read()


def test_concat(root):
    target, other = put(f"{root}/a", b"1"), put(f"{root}/b", b"2")
    hdfs_features.concat(target, [other])
    assert get(target) == b"12"
    assert not filesystem_for(other).exists(other)


def test_snapshots(root):
    put(f"{root}/a", b"old")
    hdfs_features.allow_snapshots(root)
    snapshot = hdfs_features.create_snapshot(root, "one")
    assert snapshot == f"{root}/.snapshot/one"
    filesystem_for(root).delete(f"{root}/a")
    assert get(f"{snapshot}/a") == b"old"
    hdfs_features.rename_snapshot(root, "one", "two")
    assert get(f"{root}/.snapshot/two/a") == b"old"
    hdfs_features.delete_snapshot(root, "two")
    hdfs_features.disallow_snapshots(root)


def test_attributes(root):
    uri = put(f"{root}/a", b"")
    hdfs_features.set_attribute(uri, "user.origin", b"x\x00")
    hdfs_features.set_attribute(uri, "user.origin", b"y\xff")
    assert hdfs_features.attributes(uri) == {"user.origin": b"y\xff"}
    hdfs_features.remove_attribute(uri, "user.origin")
    assert hdfs_features.attributes(uri) == {}


def test_a_quota_of_names_is_told(root):
    hdfs_features.set_quota(root, names=1)
    with pytest.raises(NoSpace, match=r"quota would be exceeded") as caught:
        put(f"{root}/a", b"1")
    assert "\n" not in str(caught.value)
    hdfs_features.set_quota(root)
    put(f"{root}/a", b"1")


def test_a_quota_of_space_is_told_and_leaves_nothing(root):
    hdfs_features.set_quota(root, space_bytes=1 << 20)
    with pytest.raises(NoSpace, match=r"quota would be exceeded"):
        put(f"{root}/a", bytes(30 << 20))
    assert filesystem_for(root).list(root) == []


AS_NOBODY = """
import sys
from hadoopjobs.storage import filesystem_for
uri = sys.argv[1]
fs = filesystem_for(uri)
def write(uri): fs.open_write(uri + "2").close()
def rename(uri): fs.rename(uri, uri + "3")
for act in (fs.open_read, fs.list, fs.delete, fs.status, write, rename):
    try:
        act(uri)
    except Exception as error:
        print(type(error).__name__, str(error))
"""


def test_no_permission_is_told(root):
    fs = filesystem_for(root)
    put(f"{root}/private/a", b"1")
    fs.set_permission(f"{root}/private", 0o700)
    environ = {**os.environ, "HADOOP_USER_NAME": "nobody", "HADOOP_CONF_DIR": CONF_DIR}
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, f"{root}/private/a"],
        capture_output=True,
        text=True,
        env=environ,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 6, done
    assert {line.split()[0] for line in lines} == {PermissionDenied.__name__}
    assert all("user=nobody" in line for line in lines)


def test_a_client_works_in_a_fork(root):
    """Threads of hdfs-native do not live on in a child: it makes a client of its own."""
    uri = put(f"{root}/a", b"data")
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if get(uri) == b"data" else 1)
        except BaseException:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert get(uri) == b"data"


def test_what_cannot_be_reached_is_told(monkeypatch):
    monkeypatch.setenv("HADOOP_CONF_DIR", CONF_DIR)
    for uri, message in (
        ("hdfs://127.0.0.1:1/x", "connection refused by 127.0.0.1:1: is HDFS running"),
        ("webhdfs://127.0.0.1:1/x", "connection refused by http://127.0.0.1:1"),
        ("hdfs://no-such-host.invalid:8020/x", "the host of no-such-host.invalid:8020 is unknown"),
        ("webhdfs://no-such-host.invalid:1/x", "the host of http://no-such-host.invalid:1 is unk"),
        ("hdfs://nameservice/x", "unknown"),
    ):
        with pytest.raises(StorageError, match=message) as caught:
            filesystem_for(uri).status(uri)
        assert "\n" not in str(caught.value)
        assert not isinstance(caught.value, FileMissing)
