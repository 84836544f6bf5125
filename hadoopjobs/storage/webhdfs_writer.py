"""One new file over WebHDFS: a small one in one request, a large one as a stream."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from hadoopjobs.core.errors import FileExists, StorageError
from hadoopjobs.storage.applied import rename_once
from hadoopjobs.storage.aside import temporary_name
from hadoopjobs.storage.hdfs_errors import Unreachable
from hadoopjobs.storage.pipe import Pipe
from hadoopjobs.storage.uris import parent_path
from hadoopjobs.storage.webhdfs_client import Call, check, no_answer
from hadoopjobs.storage.webhdfs_place import WebPlace

_SMALL_BYTES = 4 << 20
_ATTEMPTS = 3
_CONNECT_SECONDS = 5.0
_LATE_SECONDS: tuple[float, ...] = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)


class WebHdfsTarget:
    """A new file, made beside its place."""

    def __init__(self, place: WebPlace) -> None:
        self.uri = place.uri
        self._place = place
        folder = parent_path(place.path).rstrip("/")
        self._aside = place.at(f"{folder}/{temporary_name()}")
        self._waiting = bytearray()
        self._body: Pipe | None = None
        self._refusing: list[str] = []  # DataNodes that are gone, though not for the NameNode
        self._url = self._created()

    def _created(self) -> str:
        """Where the data goes. For minutes a NameNode does not know that a DataNode is gone, so
        one that does not answer is named to it and another asked for."""
        url = self._redirected()
        for _ in range(_ATTEMPTS):
            if _answers(url):
                break
            self._refusing.append(urlsplit(url).netloc)
            url = self._redirected()
        return url

    def _redirected(self) -> str:
        """Ask the NameNode, which says where the data goes; nothing is made yet."""
        more: dict[str, object] = {"overwrite": "false", **self._place.new_file_options()}
        if self._refusing:
            more["excludedatanodes"] = ",".join(self._refusing)
        place = self._aside.place
        call = Call("PUT", "CREATE", place, "write", safe=True, more=more, redirects=False)
        response = self._place.client.request(call)
        url = response.headers.get("Location")
        if url is None:
            message = f"cannot write {self.uri}: {response.url} names no place for the data"
            raise StorageError(message, uri=self.uri)
        return url

    def write(self, data: memoryview) -> None:
        if self._body is None:
            self._waiting += data
            if len(self._waiting) <= _SMALL_BYTES:
                return
            self._body = Pipe(self.uri, self.send)
            data = memoryview(bytes(self._waiting))
            self._waiting.clear()
        self._body.put(bytes(data))

    def send(self, data: bytes | Iterator[bytes]) -> None:
        """PUT the data to the DataNode. Raises our errors."""
        import requests

        client = self._place.client
        try:
            response = client.session.put(
                self._url,
                data=data,
                headers={"Content-Type": "application/octet-stream"},
                timeout=(10.0, 300.0),
            )
        except requests.RequestException as error:
            raise no_answer(error, "write", self.uri, self._url) from error
        check(response, "write", self.uri)

    def _send_small(self) -> None:
        """What is kept can be sent again, to another DataNode."""
        for attempt in range(_ATTEMPTS):
            try:
                return self.send(bytes(self._waiting))
            except Unreachable:
                if attempt + 1 == _ATTEMPTS:
                    raise
                self._refusing.append(urlsplit(self._url).netloc)
                self._aside.delete()
                self._url = self._created()
        return None

    def finish(self) -> int:
        if self._body is None:
            self._send_small()
        else:
            self._body.end()
        return self._aside.status().length

    def publish(self) -> None:
        try:
            rename_once(
                lambda: self._aside.rename_to(self._place),
                self._aside.status_or_none,
                self._place.status_or_none,
                source_uri=self._aside.uri,
                target_uri=self.uri,
            )
        except FileExists as error:
            raise FileExists(f"cannot write {self.uri}: it exists", uri=self.uri) from error

    def abandon(self) -> None:
        """A DataNode to which data was on its way may make the file a moment later still."""
        pauses: tuple[float, ...] = (0.0,)
        if self._body is not None:
            self._body.abandon()
            pauses = _LATE_SECONDS
        with contextlib.suppress(Exception):
            for pause in pauses:
                time.sleep(pause)
                if self._aside.status_or_none() is not None:
                    self._aside.delete()
                    return


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    address = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection(address, _CONNECT_SECONDS).close()
    except OSError:
        return False
    return True
