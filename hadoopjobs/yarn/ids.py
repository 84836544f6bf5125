"""Ids of applications and what is named after them.

Source: Hadoop's classes ApplicationId, ContainerId, JobID, TaskAttemptID, method `toString`.
"""

from __future__ import annotations

import re

from hadoopjobs.core.errors import UsageError

_APPLICATION = re.compile(r"(?:application|job)_(\d+)_(\d+)")
_CONTAINER = re.compile(r"container_(?:e\d+_)?(\d+)_(\d+)_\d+_\d+")


def application_id(text: str) -> str:
    """The id of an application, which may be written as that of its MapReduce job.

    >>> application_id("job_1700000000000_0007")
    'application_1700000000000_0007'
    """
    match = _APPLICATION.fullmatch(text.strip())
    if match is None:
        raise UsageError(
            f"{text!r} is no id of an application: one looks like application_1700000000000_0001"
        )
    return f"application_{match[1]}_{match[2]}"


def job_id(application: str) -> str:
    """The id of the MapReduce job that an application runs."""
    return application.replace("application_", "job_", 1)


def application_of_container(container: str) -> str:
    """The application that a container belongs to; ids have an epoch after a restart.

    >>> application_of_container("container_e03_1700000000000_0007_01_000002")
    'application_1700000000000_0007'
    """
    match = _CONTAINER.fullmatch(container.strip())
    if match is None:
        raise UsageError(
            f"{container!r} is no id of a container: one looks like "
            "container_1700000000000_0001_01_000001"
        )
    return f"application_{match[1]}_{match[2]}"
