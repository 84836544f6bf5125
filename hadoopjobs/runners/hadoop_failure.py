"""Why a job failed: the word that its attempts left, or what Hadoop says, as an error of ours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hadoopjobs.core import errors
from hadoopjobs.core.errors import (
    ApplicationFailed,
    FileMissing,
    HadoopJobsError,
    TaskError,
    UsageError,
    WorkerLost,
)
from hadoopjobs.runtime.environment import launch_problem
from hadoopjobs.storage import filesystem_for
from hadoopjobs.storage.hdfs_errors import hdfs_error
from hadoopjobs.storage.uris import name_of
from hadoopjobs.yarn import FailedAttempt, JobEnded, YarnClient, failed_attempts
from hadoopjobs.yarn.java_text import (
    first_exception,
    first_message,
    last_without_java,
    without_java,
)

_REFUSALS = ("AccessControlException", "ExceededException", "SafeModeException")  # of a NameNode


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


def failure_of_job(
    client: YarnClient, end: JobEnded, failures: Failures, output: str
) -> HadoopJobsError:
    """Why the job that should write to `output` failed: as our own task told it, else as Hadoop
    did."""
    app = end.application.id
    failures.new()
    own = failures.of_job(app)
    if own:
        last = own[-1]
        return last.error(sum(failure.task == last.task for failure in own))
    if end.application.final_status == "KILLED":
        return ApplicationKilled(f"{app} was killed", application_id=app)
    found = failed_attempts(client, app, limit=1)
    return told_by_master(end, found, output) or _of_silent_attempt(found[0])


def told_by_master(
    end: JobEnded, attempts: Sequence[FailedAttempt], output: str
) -> HadoopJobsError | None:
    """Why a job failed no attempt of which did: its master gave up, most often because it may not
    write to `output`. None if a task failed, or if the master died."""
    application = end.application
    if attempts and (attempts[0].kind != "MASTER" or application.state != "FINISHED"):
        return None
    told = first_exception(end.diagnostics)
    if told is not None and told.name.endswith(_REFUSALS):
        return hdfs_error(told.name, told.message, "write", output)
    why = first_message(end.diagnostics) or "nobody says why"
    return ApplicationFailed(f"{application.id} failed: {why}", application_id=application.id)


def _of_silent_attempt(attempt: FailedAttempt) -> HadoopJobsError:
    """For one that could not say a word: killed, lost, or without a Python."""
    problem = launch_problem(attempt.stderr or "")
    if problem is not None:
        return UsageError(problem)
    why = last_without_java(attempt.stderr or "") or without_java(attempt.diagnostics)
    return WorkerLost(
        f"{attempt.attempt_id} failed: {why}\n  host:   {attempt.host}\n  log:    {attempt.log_url}"
    )
