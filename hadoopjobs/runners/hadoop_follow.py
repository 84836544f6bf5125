"""Watches a job to its end and tells of it."""

from __future__ import annotations

import time

from hadoopjobs.core.errors import NoSpace, ServiceError, UsageError
from hadoopjobs.core.listener import Listener
from hadoopjobs.runners.hadoop_failure import Failures
from hadoopjobs.runners.hadoop_status import Statuses
from hadoopjobs.runtime.hadoop_report import GROUP, PROGRESS
from hadoopjobs.yarn import JobEnded, YarnClient
from hadoopjobs.yarn.mapreduce import JobReport, MapReduceService
from hadoopjobs.yarn.reports import ApplicationReport
from hadoopjobs.yarn.wait import ended

_FIRST_PAUSE_SECONDS, _LAST_PAUSE_SECONDS = 0.3, 1.0
_STATUS_SECONDS, _STATUS_TASKS = 2.0, 500  # of more tasks nobody can read what each says


class Follower:
    """Follows one job."""

    def __init__(
        self,
        client: YarnClient,
        listener: Listener,
        failures: Failures,
        maps: int,
        max_attempts: int,
    ) -> None:
        self._client = client
        self._listener = listener
        self._failures = failures
        self._maps = maps
        self._max_attempts = max_attempts
        self._statuses = Statuses()
        self._next_status = 0.0

    def follow(self, app: str) -> JobEnded:
        """Returns at the end of the job, however it ended.

        Raises the error of an attempt at once if another attempt could not do better.
        """
        pause = _FIRST_PAUSE_SECONDS
        report = self._client.resource_manager.report(app)
        while not report.has_ended:
            if report.state == "RUNNING":
                self._progress(report)
            time.sleep(pause)
            pause = min(_LAST_PAUSE_SECONDS, pause * 1.2)
            report = self._client.resource_manager.report(app)
        return ended(self._client, report)

    def _progress(self, report: ApplicationReport) -> None:
        try:
            master = self._client.master(report.id)
            job = master.job(report.id)
            done = master.counters(report.id).get(GROUP, {}).get(PROGRESS, 0)
            self._tell_statuses(master, report.id, job)
        except ServiceError:  # it is being started, or has just ended
            return
        maps_done = job.maps_completed or 0
        share = max(done / 1000, maps_done) / max(1, self._maps)
        reduce_share = (job.reduce_progress or 0.0) / 100 if maps_done == self._maps else 0.0
        self._listener.progressed(min(1.0, share), reduce_share)
        if job.failed_map_attempts or job.failed_reduce_attempts:
            self._tell_failures(report.id)

    def _tell_statuses(self, master: MapReduceService, app: str, job: JobReport) -> None:
        now = time.monotonic()
        if now >= self._next_status and (job.maps or 0) + (job.reduces or 0) <= _STATUS_TASKS:
            self._next_status = now + _STATUS_SECONDS
            for text in self._statuses.new(master.tasks(app)):
                self._listener.said(f"status: {text}")

    def _tell_failures(self, app: str) -> None:
        for failure in self._failures.new():
            error = failure.error(1)
            if isinstance(error, NoSpace | UsageError):
                raise error
            attempt = failure.attempt
            if attempt < self._max_attempts:
                task = f"{failure.side} task {failure.number}"
                self._listener.said(f"{task}, attempt {attempt}: {failure.summary}; trying again")
