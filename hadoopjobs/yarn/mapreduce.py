"""MapReduce jobs, as their ApplicationMaster and later the JobHistoryServer tell of them.

Both speak nearly the same language, so one class talks to either.

Source: Hadoop, "MapReduce Application Master REST APIs" and "MapReduce History Server REST APIs".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from hadoopjobs.core.errors import NotFound, ServiceError
from hadoopjobs.core.hadoop_http import HadoopSession, place_of
from hadoopjobs.yarn.ids import job_id
from hadoopjobs.yarn.records import field_named, listed, record_of

JobCounters: TypeAlias = dict[str, dict[str, int]]


@dataclass(frozen=True)
class JobReport:
    """One MapReduce job; the progress of each side in percent, times in ms since 1970."""

    id: str
    name: str | None = None
    user: str | None = None
    queue: str | None = None
    state: str | None = None
    diagnostics: str | None = None
    submitted_ms: int | None = field_named("submitTime")
    started_ms: int | None = field_named("startTime")
    finished_ms: int | None = field_named("finishTime")
    is_uber: bool | None = field_named("uberized")
    maps: int | None = field_named("mapsTotal")
    maps_completed: int | None = field_named("mapsCompleted")
    map_progress: float | None = field_named("mapProgress")
    reduces: int | None = field_named("reducesTotal")
    reduces_completed: int | None = field_named("reducesCompleted")
    reduce_progress: float | None = field_named("reduceProgress")
    failed_map_attempts: int | None = field_named("failedMapAttempts")
    failed_reduce_attempts: int | None = field_named("failedReduceAttempts")
    killed_map_attempts: int | None = field_named("killedMapAttempts")
    killed_reduce_attempts: int | None = field_named("killedReduceAttempts")


@dataclass(frozen=True)
class TaskReport:
    """One task; `type` is MAP or REDUCE."""

    id: str
    type: str | None = None
    state: str | None = None
    progress: float | None = None
    status: str | None = None
    elapsed_ms: int | None = field_named("elapsedTime")
    successful_attempt: str | None = field_named("successfulAttempt")


@dataclass(frozen=True)
class AttemptReport:
    """One attempt of a task."""

    id: str
    type: str | None = None
    state: str | None = None
    progress: float | None = None
    status: str | None = None
    diagnostics: str | None = None
    rack: str | None = None
    node_http_address: str | None = field_named("nodeHttpAddress")
    container_id: str | None = field_named("assignedContainerId")
    started_ms: int | None = field_named("startTime")
    finished_ms: int | None = field_named("finishTime")
    elapsed_ms: int | None = field_named("elapsedTime")

    @property
    def host(self) -> str | None:
        return self.node_http_address and self.node_http_address.rpartition(":")[0]


class MapReduceService:
    """What can be asked about jobs; `base` ends with `/mapreduce`. Raises `ServiceError`.

    Applications are named by their own id. Where there is no such job, `NotFound` is raised: also
    by a proxy that leads elsewhere, because the job's master is gone.
    """

    def __init__(self, session: HadoopSession, base: str) -> None:
        self._session = session
        self.base = base.rstrip("/")

    def job(self, app: str) -> JobReport:
        report = record_of(JobReport, self._get(app, "")["job"])
        return report if report.map_progress is not None else _with_progress(report)

    def counters(self, app: str) -> JobCounters:
        """Totals by group and name; nothing for a job that failed before its first task."""
        return counters_in(self._get(app, "/counters").get("jobCounters") or {})

    def settings(self, app: str) -> dict[str, str]:
        """The job's own, with all defaults."""
        found = listed(self._get(app, "/conf"), "conf", "property")
        return {item["name"]: item.get("value", "") for item in found}

    def tasks(self, app: str) -> list[TaskReport]:
        found = listed(self._get(app, "/tasks"), "tasks", "task")
        return [record_of(TaskReport, task) for task in found]

    def attempts(self, app: str, task_id: str) -> list[AttemptReport]:
        """Of one task, in the order in which they were started."""
        found = self._get(app, f"/tasks/{task_id}/attempts")
        attempts = listed(found, "taskAttempts", "taskAttempt")
        reports = [record_of(AttemptReport, attempt) for attempt in attempts]
        return sorted(reports, key=lambda report: int(report.id.rpartition("_")[2]))

    def _get(self, app: str, path: str) -> Mapping[str, Any]:
        url = f"{self.base}/jobs/{job_id(app)}{path}"
        answer = self._session.answer("GET", url, allow_redirects=False)
        if answer.is_redirect:
            raise NotFound(f"{place_of(url)} has moved: the job's master is gone", url=url)
        found = self._session.decoded(answer)
        if not isinstance(found, dict):
            raise ServiceError(f"{place_of(url)} answered nothing", url=url)
        return found


def mapreduce_master(session: HadoopSession, proxy: str, app: str) -> MapReduceService:
    """The job's own master, behind `proxy`: the tracking URL, or a ResourceManager's address."""
    if "/proxy/" not in proxy:
        proxy = f"{proxy.rstrip('/')}/proxy/{app}"
    return MapReduceService(session, f"{proxy.rstrip('/')}/ws/v1/mapreduce")


def history_server(session: HadoopSession, url: str) -> MapReduceService:
    """The JobHistoryServer at the base address `url`."""
    return MapReduceService(session, f"{url.rstrip('/')}/ws/v1/history/mapreduce")


def counters_in(found: Mapping[str, Any]) -> JobCounters:
    """Totals by group and name."""
    return {
        group["counterGroupName"]: {
            counter["name"]: int(counter["totalCounterValue"])
            for counter in listed(group, "counter")
        }
        for group in listed(found, "counterGroup")
    }


def _with_progress(report: JobReport) -> JobReport:
    """The history server counts tasks only."""
    return replace(
        report,
        map_progress=_percent(report.maps_completed, report.maps),
        reduce_progress=_percent(report.reduces_completed, report.reduces),
    )


def _percent(completed: int | None, total: int | None) -> float | None:
    if completed is None or total is None:
        return None
    return 100.0 * completed / total if total else 100.0
