"""Why a job of Streaming's own commands failed, in the words of the user's command.

Source: messages of PipeMapRed and Configuration.getClass of Hadoop 3.4.
"""

from __future__ import annotations

import re

from hadoopjobs.core.errors import HadoopJobsError, TaskError, UsageError
from hadoopjobs.runners.hadoop_failure import ApplicationKilled, told_by_master
from hadoopjobs.runners.hadoop_text import TextJob
from hadoopjobs.yarn import FailedAttempt, JobEnded, YarnClient, failed_attempts
from hadoopjobs.yarn.java_text import last_cause, without_logging

_STATUS = re.compile(r"subprocess (?:failed with code|exited with error code) (\d+)")
_NO_PROGRAM = re.compile(r'Cannot run program "([^"]*)": error=\d+, (.*)')
_NO_CLASS = re.compile(r"(?:ClassNotFoundException: Class |NoClassDefFoundError: )(\S+)")
_KEPT_LINES = 40


def failure_of_text_job(client: YarnClient, end: JobEnded, job: TextJob) -> HadoopJobsError:
    app = end.application.id
    if end.application.final_status == "KILLED":
        return ApplicationKilled(f"{app} was killed", application_id=app)
    found = failed_attempts(client, app, limit=8)
    told = told_by_master(end, found, job.output)
    if told is not None:
        return told
    attempt = found[-1] if found[-1].attempt_id[:-1] == found[0].attempt_id[:-1] else found[0]
    mistake = _mistake(attempt)
    return mistake or _task_error(attempt, job, tries=_tries(found, attempt))


def _tries(found: list[FailedAttempt], attempt: FailedAttempt) -> int:
    task = attempt.attempt_id.rpartition("_")[0]
    return sum(other.attempt_id.rpartition("_")[0] == task for other in found)


def _mistake(attempt: FailedAttempt) -> UsageError | None:
    """What no other attempt could do better."""
    text = attempt.diagnostics
    if missing := _NO_CLASS.search(text):
        name = missing[1].replace("/", ".")
        return UsageError(
            f"the nodes have no class {name}: is its name right, and is its jar among -libjars?"
        )
    if program := _NO_PROGRAM.search(text):
        return UsageError(
            f"the nodes cannot run {program[1]!r}: {program[2].lower()}; send it along with -file, "
            "or name one that all nodes have"
        )
    return None


def _task_error(attempt: FailedAttempt, job: TextJob, *, tries: int) -> TaskError:
    side = "reduce" if attempt.kind == "REDUCE" else "map"
    command = job.streaming.reducer if side == "reduce" else job.streaming.mapper
    status = _STATUS.search(attempt.diagnostics)
    if status is not None:
        what = f"command {command!r} exited with status {status[1]}"
    else:
        what = last_cause(attempt.diagnostics) or f"{side} task failed"
    return TaskError(
        what,
        stage=job.stage.name,
        side=side,
        user_traceback=without_logging(attempt.stderr or "", _KEPT_LINES),
        attempts=tries,
        host=attempt.host,
        attempt_id=attempt.attempt_id,
        log_url=attempt.log_url,
    )
