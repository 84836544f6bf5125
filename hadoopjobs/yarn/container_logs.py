"""The logs of containers: from the node while they are there, then from the history server.

Source: Hadoop, "NodeManager REST APIs", section "Container Logs API"; NMWebServices,
HsWebServices and LogToolUtils of Hadoop 3.4 for the text around the logs.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from hadoopjobs.core.errors import NotFound, ServiceError
from hadoopjobs.yarn.client import YarnClient
from hadoopjobs.yarn.ids import application_id, application_of_container
from hadoopjobs.yarn.mapreduce import AttemptReport, MapReduceService
from hadoopjobs.yarn.records import listed

_SLACK = 1 << 16
_POLL_SECONDS = 1.0
_COLLECT_SECONDS = 20.0
_HEADER = re.compile(rb"LogLength:\s*(\d+)\r?\nLogContents:\r?\n")
_NO_LOGS = (404, 500, 503)  # what the history server says of logs that it does not have (yet)
NOISE = frozenset({"directory.info", "launch_container.sh", "prelaunch.err", "prelaunch.out"})


@dataclass(frozen=True)
class LogFile:
    """One log file of a container; `base` is the address under which its service has it."""

    container_id: str
    name: str
    length: int
    base: str
    node: str | None = None

    @property
    def url(self) -> str:
        return f"{self.base}/containerlogs/{self.container_id}/{self.name}"


@dataclass(frozen=True)
class LogPart:
    """Bytes of a log file that begin at `offset`; `length` is that of the whole file."""

    offset: int
    length: int
    data: bytes

    @property
    def end(self) -> int:
        return self.offset + len(self.data)


def log_files(client: YarnClient, app: str) -> list[LogFile]:
    """The log files of all containers of an application, by container and name.

    A running application has them on the nodes: those of its running containers, and through
    the tasks of a MapReduce job those of the ended ones too. Raises `NotFound`.
    """
    app = application_id(app)
    if not client.is_running(app):
        collected = _collected(client, app)
        if collected:
            return collected
    found = []
    for container, node in _places(client, app):
        found += container_log_files(client, container, node)
    if not found:
        raise NotFound(
            f"no logs of {app}: it has started no container yet, or they are not collected yet "
            "(try again in a moment), or yarn.log-aggregation-enable is off"
        )
    return found


def _collected(client: YarnClient, app: str) -> list[LogFile]:
    """What the history server has of the whole application; nothing while it runs."""
    base = f"{client.history_url}/ws/v1/history"
    try:
        found = client.session.json("GET", f"{base}/aggregatedlogs", params={"appid": app})
    except ServiceError as error:
        if error.status not in _NO_LOGS:
            raise
        return []
    return [file for item in listed(found, "containerLogsInfo") for file in _files(item, base)]


def _files(container: dict[str, Any], base: str) -> list[LogFile]:
    """From what a service tells of one container."""
    files = [
        LogFile(
            container["containerId"], file["fileName"], int(file["fileSize"]), base,
            container.get("nodeId"),
        )
        for file in listed(container, "containerLogInfo")
    ]  # fmt: skip
    return sorted(files, key=lambda file: file.name)


def _places(client: YarnClient, app: str) -> list[tuple[str, str | None]]:
    """The containers of an application and the nodes that they ran on."""
    found: dict[str, str | None] = {}
    with contextlib.suppress(NotFound):  # the ResourceManager forgets; the history does not
        for attempt in client.resource_manager.attempts(app):
            if attempt.container_id:
                found[attempt.container_id] = attempt.node_http_address
        found.update(client.resource_manager.containers(app))
    found.update(_places_of_tasks(client, app))
    return sorted(found.items())


def _places_of_tasks(client: YarnClient, app: str) -> dict[str, str | None]:
    """Of a MapReduce job, as long as its master or the history server knows it."""
    try:
        attempts = client.ask_job(app, lambda service: _attempts(service, app), history_seconds=0)
    except ServiceError:
        return {}
    return {it.container_id: it.node_http_address for it in attempts if it.container_id}


def _attempts(service: MapReduceService, app: str) -> list[AttemptReport]:
    return [it for task in service.tasks(app) for it in service.attempts(app, task.id)]


def container_log_files(
    client: YarnClient, container: str, node: str | None = None
) -> list[LogFile]:
    """The log files of one container; `node` is the web address of its NodeManager, if known."""
    application_of_container(container)
    bases = [f"{_with_scheme(client, node)}/ws/v1/node"] if node else []
    for base in [*bases, f"{client.history_url}/ws/v1/history"]:
        try:
            answer = client.session.answer("GET", f"{base}/containers/{container}/logs")
            found = client.session.decoded(answer)
        except ServiceError:
            continue
        base = answer.url.partition("/containers/")[0]  # a node may lead to the history server
        files = [file for item in listed(found, "containerLogsInfo") for file in _files(item, base)]
        if files:
            return files
    return []


def _with_scheme(client: YarnClient, node: str) -> str:
    if "://" in node:
        return node.rstrip("/")
    scheme = client.resource_manager.active.url.partition("://")[0]
    return f"{scheme}://{node}"


def read_log(client: YarnClient, file: LogFile, last_bytes: int | None = None) -> LogPart:
    """The whole log file, or the last bytes of it, as it is now. Raises `ServiceError`."""
    more: dict[str, Any] = {
        "params": {} if last_bytes is None else {"size": str(-last_bytes)},
        "headers": {"Accept": "text/plain"},
    }
    answer = client.session.call("GET", file.url, allow_redirects=False, **more)
    if answer.is_redirect:  # a node that has handed the log over, to a page that is not there
        parts = urlsplit(answer.headers["Location"])
        moved = replace(file, base=f"{parts.scheme}://{parts.netloc}/ws/v1/history")
        answer = client.session.call("GET", moved.url, **more)
    return log_part(answer.content, last_bytes)


def log_part(answer: bytes, last_bytes: int | None = None) -> LogPart:
    """A log without the header and the trailer that the services put around it.

    >>> log_part(b"LogType:stderr\\nLogLength:3\\nLogContents:\\nab\\n\\nEnd of LogType:stderr\\n")
    LogPart(offset=0, length=3, data=b'ab\\n')
    """
    match = _HEADER.search(answer)
    if match is None:
        raise ServiceError("a log came without its length in front")
    length = int(match[1])
    size = length if last_bytes is None else min(last_bytes, length)
    data = answer[match.end() : match.end() + size]
    if len(data) < size:
        raise ServiceError(f"a log of {size} bytes was cut after {len(data)}")
    return LogPart(length - size, length, data)


def follow_logs(
    client: YarnClient, app: str, is_wanted: Callable[[LogFile], bool]
) -> Iterator[tuple[LogFile, bytes]]:
    """What is in the logs and what is appended to them, until the application has ended.

    A container that ends is read once more; what is still missing then comes from the history
    server at the end.
    """
    app = application_id(app)
    seen: dict[tuple[str, str], int] = {}
    places: dict[str, str | None] = {}
    while client.is_running(app):
        before, places = places, _running_places(client, app)
        for container, node in sorted({**before, **places}.items()):
            yield from _news(client, container_log_files(client, container, node), is_wanted, seen)
        time.sleep(_POLL_SECONDS)
    yield from _news(client, _final_files(client, app), is_wanted, seen)


def _running_places(client: YarnClient, app: str) -> dict[str, str | None]:
    try:
        return dict(client.resource_manager.containers(app))
    except ServiceError:  # no attempt yet, or no more
        return {}


def _final_files(client: YarnClient, app: str) -> list[LogFile]:
    """Logs are collected some seconds after the end."""
    end = time.monotonic() + _COLLECT_SECONDS
    while True:
        try:
            return log_files(client, app)
        except NotFound:
            if time.monotonic() >= end:
                raise
        time.sleep(_POLL_SECONDS)


def _news(
    client: YarnClient,
    files: list[LogFile],
    is_wanted: Callable[[LogFile], bool],
    seen: dict[tuple[str, str], int],
) -> Iterator[tuple[LogFile, bytes]]:
    for file in filter(is_wanted, files):
        key = (file.container_id, file.name)
        if file.length > seen.get(key, 0):
            try:
                part = _behind(client, file, seen.get(key, 0))
            except ServiceError:  # it is on its way from the node to the history server
                continue
            seen[key] = part.end
            yield file, part.data


def _behind(client: YarnClient, file: LogFile, seen: int) -> LogPart:
    """What is in a log behind `seen`. It may be longer than it was when it was listed."""
    wanted = file.length - seen + _SLACK
    while True:
        part = read_log(client, file, wanted)
        if part.offset <= seen:
            return LogPart(seen, part.length, part.data[max(0, seen - part.offset) :])
        wanted = part.length - seen + _SLACK
