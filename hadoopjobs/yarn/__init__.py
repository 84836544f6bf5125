"""Hadoop's control plane over REST: applications, MapReduce job files, history, counters, logs."""

from hadoopjobs.yarn.client import YarnClient, yarn_client
from hadoopjobs.yarn.failures import FailedAttempt, failed_attempts
from hadoopjobs.yarn.job_spec import CacheFile, JobSpec, StagingStore, StoredFile, SubmittedJob
from hadoopjobs.yarn.job_split import InputSplit
from hadoopjobs.yarn.streaming import streaming_settings
from hadoopjobs.yarn.submit import submit_job
from hadoopjobs.yarn.submit_by_program import submit_by_program
from hadoopjobs.yarn.wait import JobEnded, JobEvent, JobProgress, JobStarted, wait_for_job

__all__ = [
    "CacheFile",
    "FailedAttempt",
    "InputSplit",
    "JobEnded",
    "JobEvent",
    "JobProgress",
    "JobSpec",
    "JobStarted",
    "StagingStore",
    "StoredFile",
    "SubmittedJob",
    "YarnClient",
    "failed_attempts",
    "streaming_settings",
    "submit_by_program",
    "submit_job",
    "wait_for_job",
    "yarn_client",
]
