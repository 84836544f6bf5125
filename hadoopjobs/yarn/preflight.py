"""What would make YARN refuse a job, or start it and let it fail, told before anything is sent."""

from __future__ import annotations

from hadoopjobs.core.errors import UsageError
from hadoopjobs.yarn.effective import Effective
from hadoopjobs.yarn.job_spec import JobSpec
from hadoopjobs.yarn.queues import Scheduler, find_queues
from hadoopjobs.yarn.reports import NewApplication, QueueReport

_MAXIMUM_TAG = 100


def check_spec(spec: JobSpec) -> None:
    """Raises `UsageError` for what is wrong whatever the cluster."""
    for tag in spec.tags:
        if not tag.isascii() or not tag.isprintable() or not 0 < len(tag) <= _MAXIMUM_TAG:
            raise UsageError(f"{tag!r} is no tag: one has 1 to {_MAXIMUM_TAG} ASCII characters")
        if "," in tag:
            raise UsageError(f"{tag!r} is no tag: it holds a comma")
    if spec.reduces < 0:
        raise UsageError(f"{spec.reduces} reduces cannot be: give 0 for none")
    if not spec.splits and not spec.reduces:
        raise UsageError("a job without input and without reduces has no task to run")
    names = [file.name for file in spec.cache]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two files would be named {name!r} in a task: use PATH#NAME")


def check_queue(scheduler: Scheduler, name: str) -> QueueReport | None:
    """The queue `name`, None for one that will be made. Raises `UsageError`."""
    found = find_queues(scheduler.queues, name)
    leaves = [queue.path for queue in scheduler.queues if queue.is_leaf]
    choose = f"choose one of {', '.join(leaves)} with -D mapreduce.job.queuename=QUEUE"
    if not found:
        if scheduler.makes_queues:
            return None
        raise UsageError(f"no queue {name!r}: {choose}")
    if len(found) > 1:
        paths = " and ".join(queue.path for queue in found)
        raise UsageError(f"queue {name!r} is ambiguous: {paths}; give the whole name")
    queue = found[0]
    if not queue.is_leaf and not scheduler.makes_queues:
        raise UsageError(f"queue {name!r} only holds other queues: {choose}")
    if queue.state not in (None, "RUNNING"):
        state = str(queue.state).lower()
        raise UsageError(f"queue {name!r} is {state} and takes no applications: {choose}")
    return queue


def check_memory(
    spec: JobSpec, effective: Effective, new: NewApplication, queue: QueueReport | None
) -> None:
    """Raises `UsageError` for a container larger than any may be."""
    limits = [(new.maximum_memory_mb, "the cluster", "yarn.scheduler.maximum-allocation-mb")]
    if queue is not None and queue.maximum_allocation_mb:
        limits.append((queue.maximum_allocation_mb, f"queue {queue.path}", "its maximum"))
    limit, who, why = min(limits)
    keys = ["yarn.app.mapreduce.am.resource.mb"]
    keys += ["mapreduce.map.memory.mb"] * bool(spec.splits)
    keys += ["mapreduce.reduce.memory.mb"] * bool(spec.reduces)
    for key in keys:
        memory = effective.memory_mb(key)
        if memory > limit > 0:
            raise UsageError(
                f"{key} is {memory}, more than the {limit} MB that {who} gives to a container "
                f"({why}): ask for less with -D {key}={limit}"
            )
