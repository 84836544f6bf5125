"""WebHDFS requests: which NameNode answers, what may be repeated, what went wrong.

An operation that is not `safe` is sent to another NameNode, or again, only when it certainly did
not arrive; otherwise `Unreachable` is raised and the caller has to look whether it was done.

Source: "WebHDFS REST API" of Hadoop 3.4.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hadoopjobs.core.errors import PermissionDenied, ServiceError, StorageError
from hadoopjobs.core.hadoop_conf import HadoopConf
from hadoopjobs.storage.base import (
    BlockLocation,
    Checksum,
    FileStatus,
    Locations,
    SpaceUsage,
)
from hadoopjobs.storage.hdfs_errors import hdfs_error, unreachable
from hadoopjobs.storage.uris import Location, child_uri

if TYPE_CHECKING:
    import requests

_TIMEOUT_SECONDS = (10.0, 60.0)
_PIECE_BYTES = 256 * 1024
_ROUNDS = 4
_PAUSE_SECONDS = 0.5
_LATER = ("StandbyException", "ObserverRetryOnActiveException", "RetriableException")

_sessions: dict[int, tuple[HadoopConf, requests.Session]] = {}
_active: dict[tuple[str, ...], str] = {}  # the address that answered last


@dataclass(frozen=True)
class Call:
    """One operation on a place; `what` says what it does, for errors.

    `safe` tells that doing it twice is as good as once.
    """

    method: str
    op: str
    place: Location
    what: str
    safe: bool
    more: Mapping[str, object] = field(default_factory=dict)
    stream: bool = False
    redirects: bool = True

    @property
    def uri(self) -> str:
        return self.place.uri

    @property
    def parameters(self) -> dict[str, str]:
        return {"op": self.op, **{key: str(value) for key, value in self.more.items()}}


def reading(op: str, place: Location, what: str = "read", **more: object) -> Call:
    return Call("GET", op, place, what, safe=True, more=more)


class WebHdfsClient:
    """One cluster; `addresses` are http://host:port of its NameNodes, or of a gateway."""

    def __init__(self, conf: HadoopConf, addresses: Sequence[str]) -> None:
        self._conf = conf
        self._addresses = tuple(addresses)

    def status(self, place: Location) -> FileStatus:
        found = self.json(reading("GETFILESTATUS", place))
        return file_status(place.uri, found["FileStatus"])

    def children(self, place: Location) -> list[FileStatus]:
        found = self.json(reading("LISTSTATUS", place, "list"))
        children = found["FileStatuses"]["FileStatus"]
        if len(children) == 1 and children[0]["pathSuffix"] == "":
            message = f"cannot list {place.uri}: it is a file, not a directory"
            raise StorageError(message, uri=place.uri)
        return [file_status(child_uri(place.uri, each["pathSuffix"]), each) for each in children]

    def block_locations(self, place: Location, start: int, length: int) -> Locations:
        call = reading("GETFILEBLOCKLOCATIONS", place, offset=start, length=length)
        return [
            BlockLocation(tuple(each["hosts"]), each["offset"], each["length"])
            for each in self.json(call)["BlockLocations"]["BlockLocation"]
        ]

    def checksum(self, place: Location) -> Checksum:
        found = self.json(reading("GETFILECHECKSUM", place))["FileChecksum"]
        value = bytes.fromhex(found["bytes"])[: found["length"]]
        return Checksum(found["algorithm"], value)

    def usage(self, place: Location) -> SpaceUsage:
        found = self.json(reading("GETSTATUS", place))["FsStatus"]
        return SpaceUsage(found["capacity"], found["used"], found["remaining"])

    def read(self, place: Location, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` to `end`; fewer when the answer is cut short."""
        import requests

        range_ = {"offset": start, "length": end - start}
        call = Call("GET", "OPEN", place, "read", safe=True, more=range_, stream=True)
        response = self.request(call)
        try:
            yield from response.iter_content(_PIECE_BYTES)
        except requests.RequestException as error:
            raise no_answer(error, "read", place.uri, response.url) from error
        finally:
            response.close()

    def json(self, call: Call) -> Any:
        response = self.request(call)
        try:
            return response.json() if response.content else {}
        except ValueError as error:
            message = f"cannot {call.what} {call.uri}: {response.url} gives no WebHDFS answer"
            raise StorageError(message, uri=call.uri) from error

    def request(self, call: Call) -> requests.Response:
        """The good answer of the NameNode that is active."""
        last: StorageError | None = None
        for round_ in range(_ROUNDS):
            if round_:
                time.sleep(_PAUSE_SECONDS * 2 ** (round_ - 1))
            for address in self._in_turn():
                try:
                    found = self._ask(address, call)
                except _NotNow as error:
                    last = error.error
                    if error.may_have_arrived and not call.safe:
                        raise last from error
                else:
                    _active[self._addresses] = address
                    return found
        assert last is not None
        raise last

    def _in_turn(self) -> list[str]:
        first = _active.get(self._addresses)
        return sorted(self._addresses, key=lambda address: address != first)

    def _ask(self, address: str, call: Call) -> requests.Response:
        import requests

        try:
            response = self.session.request(
                call.method,
                f"{address}/webhdfs/v1{quote(call.place.path, safe='/')}",
                params=call.parameters,
                timeout=_TIMEOUT_SECONDS,
                stream=call.stream,
                allow_redirects=call.redirects,
            )
        except ServiceError as error:  # no ticket of Kerberos
            message = f"cannot {call.what} {call.uri}: {error}"
            raise PermissionDenied(message, uri=call.uri) from error
        except requests.RequestException as error:
            failure = no_answer(error, call.what, call.uri, address)
            raise _NotNow(failure, may_have_arrived=not _was_refused(error)) from error
        if response.status_code < 400:
            return response
        raise _refusal(response, call.what, call.uri)

    @property
    def session(self) -> requests.Session:
        """Kept by process: connections must not be shared across a fork."""
        from hadoopjobs.core.hadoop_http import hadoop_session

        key = os.getpid()
        found = _sessions.get(key)
        if found is None or found[0] is not self._conf:
            found = _sessions[key] = self._conf, hadoop_session(self._conf, os.environ)
        return found[1]


class _NotNow(Exception):
    """Somebody else, or the same later, may answer."""

    def __init__(self, error: StorageError, *, may_have_arrived: bool) -> None:
        super().__init__(str(error))
        self.error = error
        self.may_have_arrived = may_have_arrived


def check(response: requests.Response, what: str, uri: str) -> None:
    """Raise what a bad answer says."""
    if response.status_code >= 400:
        refusal = _refusal(response, what, uri)
        raise refusal.error if isinstance(refusal, _NotNow) else refusal


def _refusal(response: requests.Response, what: str, uri: str) -> StorageError | _NotNow:
    try:
        remote = response.json()["RemoteException"]
        java_class, message = str(remote["javaClassName"]), str(remote.get("message", ""))
    except (ValueError, KeyError, TypeError):
        return _bare_refusal(response.status_code, response.url, what, uri)
    error = hdfs_error(java_class, message, what, uri)
    if java_class.rpartition(".")[2] in _LATER:
        return _NotNow(error, may_have_arrived=False)
    return error


def no_answer(error: Exception, what: str, uri: str, url: str) -> StorageError:
    return unreachable(str(error), what, uri, "/".join(url.split("/")[:3]))


def _was_refused(error: BaseException) -> bool:
    """Whether no connection was made, so that nothing can have arrived."""
    seen: BaseException | None = error
    while seen is not None:
        if type(seen).__name__ in ("NewConnectionError", "NameResolutionError"):
            return True
        reason = getattr(seen, "reason", None)
        inner = next((each for each in seen.args if isinstance(each, BaseException)), None)
        seen = reason if isinstance(reason, BaseException) else inner
    return False


def _bare_refusal(status: int, url: str, what: str, uri: str) -> StorageError:
    server = "/".join(url.split("/")[:3])
    begin = f"cannot {what} {uri}: "
    if status == 401:
        return PermissionDenied(begin + f"{server} wants a login: run kinit", uri=uri)
    if status == 403:
        return PermissionDenied(begin + f"{server} refuses (HTTP 403)", uri=uri)
    return StorageError(
        begin + f"{server} answers HTTP {status}: is WebHDFS there (dfs.webhdfs.enabled)?", uri=uri
    )


def file_status(uri: str, found: Mapping[str, Any]) -> FileStatus:
    """Source: "WebHDFS REST API", section "FileStatus JSON Schema"."""
    is_dir = found["type"] == "DIRECTORY"
    return FileStatus(
        uri,
        0 if is_dir else found["length"],
        is_dir,
        found["modificationTime"] / 1000,
        owner=found["owner"],
        group=found["group"],
        permission=int(found["permission"], 8) & 0o1777,
        replication=None if is_dir else found["replication"],
        block_size=None if is_dir else found["blockSize"],
        accessed=found["accessTime"] / 1000,
    )
