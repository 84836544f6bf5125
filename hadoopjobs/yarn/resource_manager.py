"""The ResourceManager: applications, queues, nodes, tokens.

Source: Hadoop, "ResourceManager REST APIs".
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from hadoopjobs.core.errors import NotFound, ServiceError, SubmissionError, YarnError
from hadoopjobs.yarn.active import ActiveResourceManager
from hadoopjobs.yarn.ids import application_id
from hadoopjobs.yarn.queues import Scheduler, find_queues, scheduler_of
from hadoopjobs.yarn.records import listed, record_of
from hadoopjobs.yarn.reports import (
    AppAttemptReport,
    ApplicationReport,
    ClusterInfo,
    ClusterMetrics,
    DelegationToken,
    NewApplication,
    NodeReport,
)

_CLUSTER = "/ws/v1/cluster"
_TOKEN_HEADER = "Hadoop-YARN-RM-Delegation-Token"
_RECOVERY_SECONDS = 60.0
_PAUSE_SECONDS = 0.5
# The names of NodeState; the service refuses one that it does not know, "all" as well.
ALL_NODES = (
    "NEW", "RUNNING", "UNHEALTHY", "DECOMMISSIONED", "LOST", "REBOOTED", "DECOMMISSIONING",
    "SHUTDOWN",
)  # fmt: skip


class ResourceManager:
    """Every request of this class may be sent twice, which failovers need.

    An id that nobody uses costs nothing, a submission of an id that is there already is accepted
    and ignored, and the others say what shall be, not what to change.
    """

    def __init__(self, active: ActiveResourceManager) -> None:
        self.active = active
        self._alive: set[str] = set()

    def info(self) -> ClusterInfo:
        return record_of(ClusterInfo, self._get("/info")["clusterInfo"])

    def metrics(self) -> ClusterMetrics:
        return record_of(ClusterMetrics, self._get("/metrics")["clusterMetrics"])

    def nodes(self, states: Iterable[str] = ()) -> list[NodeReport]:
        """By default those that can run containers; `ALL_NODES` are all that are known."""
        chosen = ",".join(states)
        found = self._get("/nodes", {"states": chosen} if chosen else None)
        return [record_of(NodeReport, node) for node in listed(found, "nodes", "node")]

    def scheduler(self) -> Scheduler:
        return scheduler_of(self._get("/scheduler"))

    def new_application(self) -> NewApplication:
        found = self.active.json("POST", f"{_CLUSTER}/apps/new-application")
        most = found.get("maximum-resource-capability") or {}
        return NewApplication(
            found["application-id"], int(most.get("memory", 0)), int(most.get("vCores", 0))
        )

    def submit(self, body: Mapping[str, Any]) -> None:
        """Raises `SubmissionError` when it is refused."""
        try:
            self.active.json("POST", f"{_CLUSTER}/apps", dict(body))
            self._alive.add(str(body["application-id"]))
        except ServiceError as error:
            if error.status not in (400, 500):
                raise
            raise SubmissionError(
                f"YARN refused {body['application-id']}: {error.reason}"
            ) from error

    def report(self, app: str) -> ApplicationReport:
        """Raises `NotFound`: of an application that was alive only when that stays so for a time.

        A ResourceManager that is being restarted answers before it has read what it had.
        """
        end = time.monotonic() + _RECOVERY_SECONDS
        while True:
            try:
                report = record_of(ApplicationReport, self._application(app, "")["app"])
                break
            except NotFound:
                if application_id(app) not in self._alive or time.monotonic() >= end:
                    raise
            time.sleep(_PAUSE_SECONDS)
        (self._alive.discard if report.has_ended else self._alive.add)(report.id)
        return report

    def attempts(self, app: str) -> list[AppAttemptReport]:
        found = self._application(app, "/appattempts")
        attempts = listed(found, "appAttempts", "appAttempt")
        return [record_of(AppAttemptReport, attempt) for attempt in attempts]

    def containers(self, app: str) -> list[tuple[str, str]]:
        """The running containers, each with the web address of its NodeManager."""
        result = set()
        for attempt in self.attempts(app):
            suffix = app.removeprefix("application_")
            path = f"/appattempts/appattempt_{suffix}_{attempt.id or 0:06d}/containers"
            for found in listed(self._application(app, path), "container"):
                result.add((str(found["containerId"]), str(found.get("nodeHttpAddress", ""))))
        return sorted(result)

    def applications(
        self,
        *,
        states: Iterable[str] = (),
        user: str | None = None,
        queue: str | None = None,
        tags: Iterable[str] = (),
        types: Iterable[str] = (),
        limit: int | None = None,
    ) -> list[ApplicationReport]:
        """Those that pass every filter, the newest first, `limit` of them at most.

        The service has a limit of its own, which leaves out newer ones as well as older ones.
        """
        chosen = {
            "states": ",".join(states),
            "user": user,
            "queue": queue,
            "applicationTags": ",".join(tags),
            "applicationTypes": ",".join(types),
        }
        params = {name: value for name, value in chosen.items() if value}
        found = self._get("/apps", {**params, "deSelects": "resourceRequests"})
        reports = [record_of(ApplicationReport, app) for app in listed(found, "apps", "app")]
        return sorted(reports, key=lambda report: _sequence(report.id), reverse=True)[:limit]

    def kill(self, app: str) -> None:
        """Returns when the request is taken; nothing happens to one that has ended."""
        self._application(app, "/state", {"state": "KILLED"})

    def move(self, app: str, queue: str) -> str:
        """The queue that it is in now. Raises `YarnError`."""
        try:
            return str(self._application(app, "/queue", {"queue": queue})["queue"])
        except NotFound:
            raise
        except ServiceError as error:
            self._check_queue(queue)
            raise YarnError(f"cannot move {app} to queue {queue!r}: {error.reason}") from error

    def set_priority(self, app: str, priority: int) -> int:
        """The priority that it has now: no more than the cluster allows. Raises `YarnError`."""
        try:
            found = self._application(app, "/priority", {"priority": priority})
        except NotFound:
            raise
        except ServiceError as error:
            raise YarnError(f"cannot change the priority of {app}: {error.reason}") from error
        return int((found or {}).get("priority", priority))

    def delegation_token(self, renewer: str) -> DelegationToken:
        """Only with Kerberos."""
        found = self.active.json("POST", f"{_CLUSTER}/delegation-token", {"renewer": renewer})
        return DelegationToken(
            found["token"], found.get("renewer"), found.get("owner"), found.get("kind")
        )

    def cancel_delegation_token(self, token: DelegationToken) -> None:
        headers = {_TOKEN_HEADER: token.token}
        self.active.json("DELETE", f"{_CLUSTER}/delegation-token", headers=headers)

    def server_settings(self) -> dict[str, str]:
        """The settings that the ResourceManager runs with."""
        found = self.active.json("GET", "/conf")
        return {item["key"]: item["value"] for item in listed(found, "properties")}

    def _get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        return self.active.json("GET", _CLUSTER + path, params=params)

    def _application(self, app: str, path: str, body: object = None) -> Any:
        app = application_id(app)
        method = "GET" if body is None else "PUT"
        try:
            return self.active.json(method, f"{_CLUSTER}/apps/{app}{path}", body)
        except NotFound as error:
            raise NotFound(
                f"no application {app} on the ResourceManager at {self.active.url}, which keeps "
                "the newest ones only",
                url=error.url,
                status=error.status,
            ) from error

    def _check_queue(self, name: str) -> None:
        queues = self.scheduler().queues
        if not find_queues(queues, name):
            known = ", ".join(queue.path for queue in queues if queue.is_leaf)
            raise YarnError(f"no queue {name!r}: choose one of {known}")


def _sequence(app: str) -> tuple[int, ...]:
    return tuple(int(part) for part in app.split("_")[1:])
