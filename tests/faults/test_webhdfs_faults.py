"""Faults that a real NameNode cannot be made to show, by small servers on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from hadoopjobs.core.errors import FileExists, FileMissing, StorageError
from hadoopjobs.core.hadoop_conf import HadoopConf, Setting
from hadoopjobs.storage import filesystem_for, use_hadoop_conf
from hadoopjobs.storage.webhdfs import WebHdfsFileSystem

DATA = bytes(range(256)) * 4000
Faulty = Callable[["Handler", str, dict[str, str]], bool]


class Names:
    """What a NameNode keeps: file contents by path, and what was asked."""

    def __init__(self, **files: bytes) -> None:
        self.files = {f"/{name}": data for name, data in files.items()}
        self.calls: list[str] = []

    def count(self, op: str) -> int:
        return self.calls.count(op)


class Handler(BaseHTTPRequestHandler):
    """Answers as WebHDFS does, unless `fault` did."""

    names: Names
    fault: Faulty

    def log_message(self, *_: object) -> None:
        pass

    def handle_any(self) -> None:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        path = unquote(parts.path).removeprefix("/webhdfs/v1")
        self.names.calls.append(query["op"])
        if not type(self).fault(self, path, query):
            getattr(self, query["op"].lower())(path, query)

    do_GET = do_PUT = do_DELETE = handle_any

    def answer(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, java_class: str, message: str = "no", status: int = 403) -> None:
        remote = {"javaClassName": java_class, "message": message, "exception": "x"}
        self.answer(status, {"RemoteException": remote})

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()

    def getfilestatus(self, path: str, _: dict[str, str]) -> None:
        if path not in self.names.files:
            return self.refuse("java.io.FileNotFoundException", "File does not exist", 404)
        length = len(self.names.files[path])
        return self.answer(200, {"FileStatus": status_of(length)})

    def open(self, path: str, query: dict[str, str]) -> None:
        start = int(query.get("offset", 0))
        self.send_stream(self.names.files[path][start : start + int(query["length"])])

    def send_stream(self, data: bytes) -> None:
        """Neither Content-Length nor chunks: its end is that of the connection."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = True

    def rename(self, path: str, query: dict[str, str]) -> None:
        self.names.files[query["destination"]] = self.names.files.pop(path)
        self.answer(200, {"boolean": True})

    def delete(self, path: str, _: dict[str, str]) -> None:
        self.answer(200, {"boolean": self.names.files.pop(path, None) is not None})


def status_of(length: int) -> dict[str, object]:
    return {
        "type": "FILE",
        "length": length,
        "modificationTime": 1000,
        "accessTime": 1000,
        "owner": "o",
        "group": "g",
        "permission": "644",
        "replication": 1,
        "blockSize": 1024,
    }


def no_fault(*_: object) -> bool:
    return False


Serve = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server with names and a fault; its host:port."""
    servers = []

    def serve(names: Names, fault: Faulty = no_fault) -> str:
        handler = type("Served", (Handler,), {"names": names, "fault": staticmethod(fault)})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        return f"127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch) -> Iterator[None]:
    monkeypatch.setattr("hadoopjobs.storage.length_checked._PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("hadoopjobs.storage.webhdfs_client._PAUSE_SECONDS", 0.01)
    yield
    use_hadoop_conf(None)


def pair_of_namenodes(first: str, second: str) -> str:
    """The URI of a name service of the two."""
    values = {
        "dfs.nameservices": "ns",
        "dfs.ha.namenodes.ns": "a,b",
        "dfs.namenode.rpc-address.ns.a": "127.0.0.1:1",
        "dfs.namenode.rpc-address.ns.b": "127.0.0.1:2",
        "dfs.namenode.http-address.ns.a": first,
        "dfs.namenode.http-address.ns.b": second,
    }
    use_hadoop_conf(HadoopConf([Setting(key, value, "test") for key, value in values.items()]))
    return "webhdfs://ns"


fs = WebHdfsFileSystem()


def read(uri: str) -> bytes:
    with filesystem_for(uri).open_read(uri) as stream:
        return stream.read()


def test_a_body_cut_short_without_a_length_is_an_error(serve):
    def cut(handler: Handler, _: str, query: dict[str, str]) -> bool:
        if query["op"] != "OPEN":
            return False
        handler.send_stream(DATA[int(query["offset"]) : 500_000])
        return True

    host = serve(Names(a=DATA), cut)
    message = r"webhdfs://.*/a: the data ended at 500000 of 1024000 bytes"
    with pytest.raises(StorageError, match=message):
        read(f"webhdfs://{host}/a")
    with pytest.raises(StorageError, match=message):
        fs.read_range(f"webhdfs://{host}/a", 400_000, 200_000)


def test_what_was_cut_once_is_asked_for_again(serve):
    cuts = iter([100_000, 0, 70_000])
    names = Names(a=DATA)

    def cut(handler: Handler, _: str, query: dict[str, str]) -> bool:
        if query["op"] != "OPEN" or (size := next(cuts, None)) is None:
            return False
        start = int(query["offset"])
        handler.send_stream(DATA[start : start + size])
        return True

    assert read(f"webhdfs://{serve(names, cut)}/a") == DATA
    assert names.count("OPEN") == 4


def test_a_body_that_ends_early_in_chunks_is_asked_for_again(serve):
    cuts = iter([1])

    def cut(handler: Handler, _: str, query: dict[str, str]) -> bool:
        if query["op"] != "OPEN" or next(cuts, None) is None:
            return False
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(DATA)))
        handler.end_headers()
        handler.wfile.write(DATA[:1000])
        handler.close_connection = True
        return True

    assert read(f"webhdfs://{serve(Names(a=DATA), cut)}/a") == DATA


def test_a_rename_that_was_done_before_a_failover_is_done_once(serve):
    names = Names(a=b"1")
    is_down = threading.Event()

    def fail_over(handler: Handler, path: str, query: dict[str, str]) -> bool:
        if query["op"] == "RENAME" and not is_down.is_set():
            names.files[query["destination"]] = names.files.pop(path)
            is_down.set()
        if is_down.is_set():
            handler.hang_up()
        return is_down.is_set()

    uri = pair_of_namenodes(serve(names, fail_over), serve(names))
    fs.rename(f"{uri}/a", f"{uri}/b")
    assert names.files == {"/b": b"1"}
    assert names.count("RENAME") == 1


def test_a_rename_that_was_lost_before_a_failover_is_done_by_the_other(serve):
    names = Names(a=b"1")
    is_down = threading.Event()

    def fail_over(handler: Handler, _: str, query: dict[str, str]) -> bool:
        if query["op"] == "RENAME":
            is_down.set()
        if is_down.is_set():
            handler.hang_up()
        return is_down.is_set()

    uri = pair_of_namenodes(serve(names, fail_over), serve(names))
    fs.rename(f"{uri}/a", f"{uri}/b")
    assert names.files == {"/b": b"1"}
    assert names.count("RENAME") == 2


def test_a_target_that_appeared_after_a_lost_rename_is_kept(serve):
    names = Names(a=b"1")

    def lose(handler: Handler, _: str, query: dict[str, str]) -> bool:
        if query["op"] == "RENAME":
            names.files["/b"] = b"somebody else's"
            handler.hang_up()
        return query["op"] == "RENAME"

    host = serve(names, lose)
    with pytest.raises(StorageError):
        fs.rename(f"webhdfs://{host}/a", f"webhdfs://{host}/b")
    assert names.files == {"/a": b"1", "/b": b"somebody else's"}
    assert names.count("RENAME") == 1


def test_a_standby_sends_to_the_other(serve):
    names = Names(a=b"1")

    def standby(handler: Handler, *_: object) -> bool:
        handler.refuse("org.apache.hadoop.ipc.StandbyException")
        return True

    uri = pair_of_namenodes(serve(Names(), standby), serve(names))
    assert read(f"{uri}/a") == b"1"
    fs.rename(f"{uri}/a", f"{uri}/b")
    assert names.files == {"/b": b"1"}


@pytest.mark.parametrize(
    ("java_class", "message", "kind", "told"),
    [
        ("org.apache.hadoop.hdfs.server.namenode.SafeModeException", "Name node is in safe mode.",
         StorageError, "the NameNode is in safe mode, in which nothing can be changed; wait"),
        ("org.apache.hadoop.fs.FileAlreadyExistsException", "x", FileExists, "it exists"),
        ("java.io.FileNotFoundException", "x", FileMissing, "it does not exist"),
    ],
)  # fmt: skip
def test_refusals_are_told_in_one_line(serve, java_class, message, kind, told):
    def refuse(handler: Handler, _: str, query: dict[str, str]) -> bool:
        if query["op"] == "DELETE":
            handler.refuse(java_class, message + "\n\tat org.apache.X.y(X.java:1)")
        return query["op"] == "DELETE"

    uri = f"webhdfs://{serve(Names(a=b''), refuse)}/a"
    with pytest.raises(kind, match=told) as caught:
        fs.delete(uri)
    assert "\n" not in str(caught.value)
    assert "org.apache" not in str(caught.value)


def test_a_server_that_is_no_namenode_is_told(serve):
    def web_page(handler: Handler, *_: object) -> bool:
        handler.send_response(404)
        handler.end_headers()
        handler.wfile.write(b"<html>no</html>")
        return True

    with pytest.raises(StorageError, match=r"answers HTTP 404: is WebHDFS there"):
        fs.status(f"webhdfs://{serve(Names(), web_page)}/a")
