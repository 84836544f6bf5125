"""Follow a submitted job to its end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from hadoopjobs.core.errors import NotFound, ServiceError
from hadoopjobs.yarn.client import YarnClient
from hadoopjobs.yarn.ids import application_id
from hadoopjobs.yarn.mapreduce import JobCounters, JobReport, MapReduceService
from hadoopjobs.yarn.reports import ApplicationReport

_FIRST_PAUSE_SECONDS = 0.2
_LAST_PAUSE_SECONDS = 1.0
# How long the history of a job may take to appear, by the state that it ended in. One that FAILED
# has lost its master, which writes the history.
_HISTORY_SECONDS = {"FINISHED": 30.0, "KILLED": 10.0, "FAILED": 2.0}


@dataclass(frozen=True)
class JobStarted:
    """The first event: where to look."""

    application_id: str
    tracking_url: str | None


@dataclass(frozen=True)
class JobProgress:
    """`state` is YARN's; percents are None before the job's master answers."""

    state: str
    map_percent: float | None = None
    reduce_percent: float | None = None
    maps: int | None = None
    reduces: int | None = None


@dataclass(frozen=True)
class JobEnded:
    """The last event. `job` is None where the history server knows nothing of the job."""

    application: ApplicationReport
    job: JobReport | None
    counters: JobCounters

    @property
    def has_succeeded(self) -> bool:
        return self.application.has_succeeded

    @property
    def diagnostics(self) -> str:
        """What the master and YARN say of a failure."""
        texts = (self.application.diagnostics, self.job and self.job.diagnostics)
        return "\n".join(dict.fromkeys(text.strip() for text in texts if text and text.strip()))


JobEvent = JobStarted | JobProgress | JobEnded


def wait_for_job(client: YarnClient, app: str) -> Iterator[JobEvent]:
    """`JobStarted`, then a `JobProgress` whenever something has changed, then `JobEnded`.

    Waits through restarts of the ResourceManager as long as the client is patient. Leaving the
    loop leaves the application running. Raises `NotFound`.
    """
    app = application_id(app)
    report = client.resource_manager.report(app)
    yield JobStarted(app, report.tracking_url)
    last, pause = None, _FIRST_PAUSE_SECONDS
    while not report.has_ended:
        progress = _progress(client, report)
        if progress != last:
            last = progress
            yield progress
        time.sleep(pause)
        pause = min(_LAST_PAUSE_SECONDS, pause * 1.1)
        report = client.resource_manager.report(app)
    yield ended(client, report)


def _progress(client: YarnClient, report: ApplicationReport) -> JobProgress:
    state = report.state or "UNKNOWN"
    if state != "RUNNING":
        return JobProgress(state)
    try:
        job = client.master(report.id).job(report.id)
    except ServiceError:  # it is being started, or has just ended
        return JobProgress(state)
    return JobProgress(state, job.map_progress, job.reduce_progress, job.maps, job.reduces)


def ended(client: YarnClient, report: ApplicationReport) -> JobEnded:
    """The final report of an application that has ended."""
    has_begun = report.am_host is not None
    seconds = _HISTORY_SECONDS.get(report.state or "", 0.0) if has_begun else 0.0

    def of_job(service: MapReduceService) -> tuple[JobReport, JobCounters]:
        return service.job(report.id), service.counters(report.id)

    try:
        job, counters = client.ask_job(report.id, of_job, history_seconds=seconds)
    except NotFound:
        return JobEnded(report, None, {})
    return JobEnded(report, job, counters)
