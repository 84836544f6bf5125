"""The file systems that the suite in test_storage.py runs on."""

from __future__ import annotations

import os
import urllib.request
import uuid
from collections.abc import Iterator

import pytest

from hadoopjobs.core.hadoop_conf import load_hadoop_conf
from hadoopjobs.storage import FileSystem, filesystem_for
from hadoopjobs.storage.hdfs_places import web_addresses
from hadoopjobs.storage.uris import split_uri

STORES = [
    "file",
    "s3",
    pytest.param("hdfs", marks=pytest.mark.cluster),
    pytest.param("webhdfs", marks=pytest.mark.cluster),
]
# read before conftest.py hides what the machine says
CONF_DIR = os.environ.get("HADOOP_CONF_DIR", "")


class Store:
    """A file system and an empty folder on it."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.fs: FileSystem = filesystem_for(root)

    def uri(self, name: str) -> str:
        return f"{self.root}/{name}"

    def put(self, name: str, data: bytes = b"data") -> str:
        with self.fs.open_write(self.uri(name)) as stream:
            stream.write(data)
        return self.uri(name)

    def get(self, name: str) -> bytes:
        with self.fs.open_read(self.uri(name)) as stream:
            return stream.read()

    def names(self, folder: str = "") -> list[str]:
        """All that lies below, hidden things too, relative to the root."""
        top = f"{self.root}/{folder}".rstrip("/")
        return sorted(each.uri.removeprefix(self.root + "/") for each in self.fs.walk(top))


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """A server of S3 on loopback."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def store(
    request: pytest.FixtureRequest, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    made = Store(_root(request, tmp_path, monkeypatch))
    made.fs.make_dirs(made.root)
    yield made
    made.fs.delete(made.root)


def _root(request: pytest.FixtureRequest, tmp_path, monkeypatch: pytest.MonkeyPatch) -> str:
    kind = request.param
    if kind == "file":
        return str(tmp_path / "root")
    if kind == "s3":
        return _bucket(request.getfixturevalue("s3_endpoint"), monkeypatch)
    monkeypatch.setenv("HADOOP_CONF_DIR", CONF_DIR)
    conf = load_hadoop_conf(os.environ)
    name = f"/tmp/conformance-{uuid.uuid4().hex}"
    authority = split_uri(conf.get("fs.defaultFS") or "").authority
    if kind == "hdfs":
        return f"hdfs://{authority}{name}"
    return f"webhdfs://{web_addresses(conf, authority)[0].partition('://')[2]}{name}"


def _bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)
    bucket = f"bucket-{uuid.uuid4().hex}"
    request = urllib.request.Request(f"{endpoint}/{bucket}", method="PUT")
    urllib.request.urlopen(request).close()
    return f"s3://{bucket}/root"
