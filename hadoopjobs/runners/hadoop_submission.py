"""One job on the cluster, from its submission to its end, however it ends."""

from __future__ import annotations

import time
from typing import Protocol

from hadoopjobs.core.context import add_counters
from hadoopjobs.core.errors import HadoopJobsError, NoSpace, ServiceError, TaskError, UsageError
from hadoopjobs.core.metrics import StageMetrics
from hadoopjobs.runners.base import Run
from hadoopjobs.runners.hadoop_follow import ApplicationKilled, Failures, Follower, failure_of_job
from hadoopjobs.runners.hadoop_job import StageJob
from hadoopjobs.runners.hadoop_storage import ClusterStore, RunFolder, remove_for_good
from hadoopjobs.runners.hadoop_text import TextJob, numbers, users_counters
from hadoopjobs.runners.hadoop_text_failure import failure_of_text_job
from hadoopjobs.yarn import JobEnded, JobSpec, SubmittedJob, YarnClient, submit_job

_KILL_SECONDS = 20.0


class _SpecMaker(Protocol):
    def __call__(self, *, is_uber: bool) -> JobSpec: ...


class Submission:
    """Submits the jobs of one run, one after the other."""

    def __init__(self, run: Run, client: YarnClient, folder: RunFolder, failures: Failures) -> None:
        self._options = run.options
        self._listener = run.listener
        self._client = client
        self._folder = folder
        self._failures = failures
        self._store = ClusterStore()

    def run(
        self,
        job: StageJob | TextJob,
        spec: _SpecMaker,
        metrics: StageMetrics,
        *,
        keeps_folder: bool,
    ) -> None:
        """Returns when the job has succeeded; raises what made it fail.

        A job that is stopped leaves nothing, but with `keeps_folder` the run's folder, for it holds
        what another run may go on with, unless it was the user who stopped it.
        """
        failure = self._attempt(job, spec, metrics, keeps_folder, is_uber=job.is_small)
        if failure is not None and job.is_small and self._may_try_again(failure):
            what = failure.summary if isinstance(failure, TaskError) else str(failure)
            self._listener.said(f"{what.splitlines()[0]}; trying again, in containers")
            self._store.delete(job.output)
            failure = self._attempt(job, spec, metrics, keeps_folder, is_uber=False)
        if failure is not None:
            raise failure

    def _may_try_again(self, failure: HadoopJobsError) -> bool:
        """A small job runs in its master, where Hadoop tries nothing twice: another attempt is a
        job with containers."""
        is_final = isinstance(failure, NoSpace | UsageError | ApplicationKilled)
        return self._options.max_attempts > 1 and not is_final

    def _attempt(
        self,
        job: StageJob | TextJob,
        spec: _SpecMaker,
        metrics: StageMetrics,
        keeps_folder: bool,
        *,
        is_uber: bool,
    ) -> HadoopJobsError | None:
        """Submit and follow; what made the job fail, if it did."""
        submitted = submit_job(self._client, self._store, spec(is_uber=is_uber))
        app = submitted.application_id
        try:
            self._listener.said(f"application {app}, {self._page_of(submitted)}")
            attempts = 1 if is_uber else self._options.max_attempts
            follower = Follower(
                self._client, self._listener, self._failures, len(job.splits), attempts
            )
            end = follower.follow(app)
        except BaseException as error:
            self._kill(app)
            is_kept = keeps_folder and isinstance(error, Exception)
            folders = () if is_kept else (self._folder.uri,)
            remove_for_good(job.output, submitted.staging, *folders)
            raise
        finally:
            self._store.delete(submitted.staging)
        _count_failures(metrics, end)
        if end.has_succeeded:
            if isinstance(job, TextJob):
                metrics.tasks += numbers(job, end.counters)
                add_counters(metrics.counters, users_counters(end.counters))
            return None
        if isinstance(job, TextJob):
            return failure_of_text_job(self._client, end, job)
        return failure_of_job(self._client, end, self._failures)

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
