"""One job on the cluster, from its submission to its end, however it ends."""

from __future__ import annotations

import time

from hadoopjobs.core.context import add_counters
from hadoopjobs.core.errors import HadoopJobsError, NoSpace, ServiceError, TaskError, UsageError
from hadoopjobs.core.listener import Listener
from hadoopjobs.core.metrics import StageMetrics
from hadoopjobs.runners.hadoop_cache import jar_cache
from hadoopjobs.runners.hadoop_failure import ApplicationKilled, Failures, failure_of_job
from hadoopjobs.runners.hadoop_follow import Follower
from hadoopjobs.runners.hadoop_job import StageJob, job_spec
from hadoopjobs.runners.hadoop_state import Pending, RunState
from hadoopjobs.runners.hadoop_storage import ClusterStore, remove_for_good
from hadoopjobs.runners.hadoop_text import (
    ENVIRONMENT,
    TextJob,
    numbers,
    text_spec,
    users_counters,
)
from hadoopjobs.runners.hadoop_text_failure import failure_of_text_job
from hadoopjobs.yarn import (
    CacheFile,
    JobEnded,
    JobSpec,
    SubmittedJob,
    YarnClient,
    submit_by_program,
    submit_job,
)

_KILL_SECONDS = 20.0


class Submission:
    """Submits the jobs of one run, one after the other, and waits for them."""

    def __init__(
        self, state: RunState, client: YarnClient, listener: Listener, failures: Failures
    ) -> None:
        self._state = state
        self._options = state.options
        self._listener = listener
        self._client = client
        self._failures = failures
        self._store = ClusterStore()

    def submit(self, job: StageJob | TextJob, *, is_uber: bool) -> SubmittedJob:
        spec, program = self._spec(job, is_uber=is_uber), self._options.hadoop_bin
        if program is None:
            submitted = submit_job(self._client, self._store, spec)
        else:
            submitted = submit_by_program(self._client, program, spec)
        self._listener.said(f"application {submitted.application_id}, {self._page_of(submitted)}")
        return submitted

    def wait(self, pending: Pending, metrics: StageMetrics, *, leaves: bool) -> None:
        """Returns when the job has succeeded; raises what made it fail.

        A job that is stopped leaves nothing, but the run's folder if a stage is finished, for it
        holds what another run may go on with, unless it was the user who stopped it. With `leaves`
        neither a user who interrupts nor a cluster that does not answer stops the job. `pending` is
        kept up to date, if the job is tried again.
        """
        failure = self._seen_to_the_end(pending, metrics, leaves)
        if failure is not None and pending.is_uber and self._may_try_again(failure):
            what = failure.summary if isinstance(failure, TaskError) else str(failure)
            self._listener.said(f"{what.splitlines()[0]}; trying again, in containers")
            self._store.delete(pending.job.output)
            pending.submitted, pending.is_uber = self.submit(pending.job, is_uber=False), False
            failure = self._seen_to_the_end(pending, metrics, leaves)
        if failure is not None:
            raise failure

    def stop(self, pending: Pending, *folders: str) -> None:
        """Kill a job; nothing is left of it, nor in `folders`."""
        self._kill(pending.application_id)
        remove_for_good(pending.job.output, pending.submitted.staging, *folders)

    def _spec(self, job: StageJob | TextJob, *, is_uber: bool) -> JobSpec:
        state, options = self._state, self._options
        if isinstance(job, StageJob):
            cache = [*state.cache, *jar_cache(job.stage.java.libjars)]
            return job_spec(
                job, options, state.packages.launcher, state.digest, cache, is_uber=is_uber
            )
        cache = [*state.side_files, *jar_cache(job.streaming.libjars)]
        if options.environment:
            cache.append(CacheFile(f"{state.folder.uri}/{ENVIRONMENT}", ENVIRONMENT))
        return text_spec(job, options, cache, is_uber=is_uber)

    def _may_try_again(self, failure: HadoopJobsError) -> bool:
        """A small job runs in its master, where Hadoop tries nothing twice: another attempt is a
        job with containers."""
        is_final = isinstance(failure, NoSpace | UsageError | ApplicationKilled)
        return self._options.max_attempts > 1 and not is_final

    def _seen_to_the_end(
        self, pending: Pending, metrics: StageMetrics, leaves: bool
    ) -> HadoopJobsError | None:
        """Follow the job; what made it fail, if it did."""
        app, job = pending.application_id, pending.job
        attempts = 1 if pending.is_uber else self._options.max_attempts
        follower = Follower(self._client, self._listener, self._failures, len(job.splits), attempts)
        try:
            end = follower.follow(app)
        except BaseException as error:
            if leaves and isinstance(error, KeyboardInterrupt | ServiceError):
                raise
            is_kept = self._state.last is not None and isinstance(error, Exception)
            self.stop(pending, *(() if is_kept else (self._state.folder.uri,)))
            raise
        self._store.delete(pending.submitted.staging)
        _count_failures(metrics, end)
        if end.has_succeeded:
            if isinstance(job, TextJob):
                metrics.tasks += numbers(job, end.counters)
                add_counters(metrics.counters, users_counters(end.counters))
            return None
        if isinstance(job, TextJob):
            return failure_of_text_job(self._client, end, job)
        return failure_of_job(self._client, end, self._failures, job.output)

    def _page_of(self, submitted: SubmittedJob) -> str:
        found = submitted.tracking_url
        manager = self._client.resource_manager.active.url
        return found or f"{manager}/cluster/app/{submitted.application_id}"

    def _kill(self, app: str) -> None:
        """Kill the application, and see it end: it could still write."""
        manager = self._client.resource_manager
        limit = time.monotonic() + _KILL_SECONDS
        try:
            manager.kill(app)
            while time.monotonic() < limit and self._client.is_running(app):
                time.sleep(0.2)
        except ServiceError as error:
            self._listener.said(f"cannot kill {app}: {error}")


def _count_failures(metrics: StageMetrics, end: JobEnded) -> None:
    if end.job is not None:
        metrics.failed_attempts += (end.job.failed_map_attempts or 0) + (
            end.job.failed_reduce_attempts or 0
        )
