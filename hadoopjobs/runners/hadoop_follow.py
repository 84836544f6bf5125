"""Watches a job to its end and tells of it; a failure becomes the error that the user reads."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from hadoopjobs.core import errors
from hadoopjobs.core.errors import (
    ApplicationFailed,
    FileMissing,
    HadoopJobsError,
    NoSpace,
    ServiceError,
    TaskError,
    UsageError,
    WorkerLost,
)
from hadoopjobs.core.listener import Listener
from hadoopjobs.runners.hadoop_status import Statuses
from hadoopjobs.runtime.environment import launch_problem
from hadoopjobs.runtime.hadoop_report import GROUP, PROGRESS
from hadoopjobs.storage import filesystem_for
from hadoopjobs.storage.uris import name_of
from hadoopjobs.yarn import JobEnded, YarnClient, failed_attempts
from hadoopjobs.yarn.mapreduce import JobReport, MapReduceService
from hadoopjobs.yarn.reports import ApplicationReport
from hadoopjobs.yarn.wait import ended

_FIRST_PAUSE_SECONDS, _LAST_PAUSE_SECONDS = 0.3, 1.0
_STATUS_SECONDS, _STATUS_TASKS = 2.0, 500  # of more tasks nobody can read what each says


class ApplicationKilled(ApplicationFailed):
    """Somebody has killed the application."""


@dataclass(frozen=True)
class AttemptFailure:
    """What a failed attempt left word of. `task` is its id without the attempt's number."""

    attempt_id: str
    told: dict[str, Any] = field(repr=False)

    @property
    def task(self) -> str:
        return self.attempt_id.rpartition("_")[0]

    @property
    def side(self) -> str:
        return "map" if "_m_" in self.attempt_id else "reduce"

    @property
    def number(self) -> int:
        return int(self.task.rpartition("_")[2])

    @property
    def attempt(self) -> int:
        """Counted from 1."""
        return int(self.attempt_id.rpartition("_")[2]) + 1

    @property
    def summary(self) -> str:
        return (str(self.told["message"]).splitlines() or ["it failed"])[0]

    def error(self, attempts: int) -> HadoopJobsError:
        """As the attempt raised it, on this side."""
        told = self.told
        if told["class"] == "TaskError":
            error = TaskError(told["fields"]["summary"])
            error.__dict__.update(told["fields"])
            error.attempts = attempts
            error.host, error.log_url = told["host"], told["log"]
            error.attempt_id = self.attempt_id
            return error
        kind = getattr(errors, told["class"] or "", HadoopJobsError)
        where = f"{told['message']} ({self.attempt_id} on {told['host']}, log: {told['log']})"
        if told["class"] is None:
            return HadoopJobsError(f"{where}\n{told['trace']}")
        try:
            found: HadoopJobsError = kind(where)
        except TypeError:
            found = HadoopJobsError(where)
        return found


class Failures:
    """The folder in which failed attempts leave word, read as it fills."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.found: list[AttemptFailure] = []

    def new(self) -> list[AttemptFailure]:
        """Those that were not there before, in the order in which they came."""
        fs = filesystem_for(self.folder)
        known = {failure.attempt_id for failure in self.found}
        try:
            listed = sorted(fs.list(self.folder), key=lambda status: status.modified)
        except FileMissing:
            return []
        new = []
        for status in listed:
            name = name_of(status.uri)
            attempt = name.removesuffix(".json")
            if name.endswith(".json") and attempt.startswith("attempt") and attempt not in known:
                with fs.open_read(status.uri) as file:
                    new.append(AttemptFailure(attempt, json.loads(file.read())))
        self.found += new
        return new

    def of_job(self, app: str) -> list[AttemptFailure]:
        """Those of one job."""
        own = app.removeprefix("application_")
        return [failure for failure in self.found if f"_{own}_" in failure.attempt_id]


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


def failure_of_job(client: YarnClient, end: JobEnded, failures: Failures) -> HadoopJobsError:
    """Why the job failed: as our own task told it, else as Hadoop did."""
    app = end.application.id
    failures.new()
    own = failures.of_job(app)
    if own:
        last = own[-1]
        return last.error(sum(failure.task == last.task for failure in own))
    if end.application.final_status == "KILLED":
        return ApplicationKilled(f"{app} was killed", application_id=app)
    return _as_hadoop_tells(client, end)


def _as_hadoop_tells(client: YarnClient, end: JobEnded) -> HadoopJobsError:
    """For attempts that could not say a word: killed, lost, or without a Python."""
    app = end.application.id
    found = failed_attempts(client, app, limit=1)
    if not found:
        return ApplicationFailed(
            f"{app} failed: {without_java(end.diagnostics) or 'nobody says why'}",
            application_id=app,
        )
    attempt = found[0]
    problem = launch_problem(attempt.stderr or "")
    if problem is not None:
        return UsageError(problem)
    why = _own_words(attempt.stderr or "") or without_java(attempt.diagnostics)
    return WorkerLost(
        f"{attempt.attempt_id} failed: {why}\n  host:   {attempt.host}\n  log:    {attempt.log_url}"
    )


_JAVA = ("at ", "...", "Caused by:", "log4j", "SLF4J", "WARNING:", "java.", "org.apache.")


def without_java(text: str) -> str:
    """The lines that a user of Python can use."""
    lines = [line.strip() for line in text.splitlines()]
    kept = [line for line in lines if line and not line.startswith(_JAVA)]
    return "\n".join(kept[:8])


def _own_words(stderr: str) -> str:
    """What Python said last on a standard error on which Java speaks too."""
    return "\n".join(without_java(stderr).splitlines()[-8:])
