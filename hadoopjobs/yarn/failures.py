"""Why a job failed: the attempts that failed, with what they said last."""

from __future__ import annotations

import time
from dataclasses import dataclass

from hadoopjobs.core.errors import NotFound, ServiceError
from hadoopjobs.yarn.client import YarnClient
from hadoopjobs.yarn.container_logs import container_log_files, read_log
from hadoopjobs.yarn.ids import application_id
from hadoopjobs.yarn.mapreduce import AttemptReport, MapReduceService

_TAIL_BYTES = 16 * 1024
_LOG_SECONDS = 15.0
_PAUSE_SECONDS = 1.0
_HISTORY_SECONDS = 2.0


@dataclass(frozen=True)
class FailedAttempt:
    """One attempt that failed; `kind` is MAP, REDUCE, or MASTER for the job's own master.

    `stderr` is the end of what it wrote there; None where its log cannot be had.
    """

    attempt_id: str
    kind: str
    host: str | None
    container_id: str | None
    diagnostics: str
    stderr: str | None
    log_url: str | None


def failed_attempts(
    client: YarnClient, app: str, *, limit: int = 5, log_seconds: float = _LOG_SECONDS
) -> list[FailedAttempt]:
    """The failed attempts of a job, those of tasks that failed for good first, at most `limit`.

    Where no task failed, the attempts of the master. Logs are collected some seconds after the
    end; they are waited for `log_seconds` long in all.
    """
    app = application_id(app)
    end = time.monotonic() + log_seconds

    def of_tasks(service: MapReduceService) -> list[AttemptReport]:
        return _failed_of_tasks(service, app, limit)

    try:
        attempts = client.ask_job(app, of_tasks, history_seconds=_HISTORY_SECONDS)
    except NotFound:
        attempts = []
    if attempts:
        return [_failed_attempt(client, attempt, end) for attempt in attempts]
    return _failed_masters(client, app, end)[:limit]


def _failed_of_tasks(service: MapReduceService, app: str, limit: int) -> list[AttemptReport]:
    tasks = [task for task in service.tasks(app) if task.state != "SUCCEEDED"]
    tasks.sort(key=lambda task: task.state != "FAILED")
    found: list[AttemptReport] = []
    for task in tasks:
        attempts = service.attempts(app, task.id)
        found += [attempt for attempt in attempts if attempt.state == "FAILED"]
        if len(found) >= limit:
            break
    return found[:limit]


def _failed_attempt(client: YarnClient, attempt: AttemptReport, end: float) -> FailedAttempt:
    container, node = attempt.container_id, attempt.node_http_address
    stderr, url = _stderr(client, container, node, end)
    return FailedAttempt(
        attempt_id=attempt.id,
        kind=attempt.type or "TASK",
        host=attempt.host,
        container_id=container,
        diagnostics=attempt.diagnostics or "",
        stderr=stderr,
        log_url=url,
    )


def _failed_masters(client: YarnClient, app: str, end: float) -> list[FailedAttempt]:
    try:
        report = client.resource_manager.report(app)
        attempts = client.resource_manager.attempts(app)
    except NotFound:
        return []
    if report.has_succeeded:
        return []
    result = []
    for attempt in attempts:
        container, node = attempt.container_id, attempt.node_http_address
        stderr, url = _stderr(client, container, node, end)
        result.append(
            FailedAttempt(
                attempt_id=f"appattempt_{app.removeprefix('application_')}_{attempt.id or 0:06d}",
                kind="MASTER",
                host=node and node.rpartition(":")[0],
                container_id=container,
                diagnostics=report.diagnostics or "",
                stderr=stderr,
                log_url=url,
            )
        )
    return result


def _stderr(
    client: YarnClient, container: str | None, node: str | None, end: float
) -> tuple[str | None, str | None]:
    """The end of a container's standard error, and the address of all of it."""
    while container is not None:
        files = container_log_files(client, container, node)
        for file in files:
            if file.name == "stderr":
                try:
                    part = read_log(client, file, _TAIL_BYTES)
                except ServiceError:
                    break
                return part.data.decode("utf-8", "replace"), file.url
        if files or time.monotonic() >= end:
            break
        time.sleep(_PAUSE_SECONDS)
    return None, None
