"""Queues, out of what each of Hadoop's schedulers tells.

Source: Hadoop, "ResourceManager REST APIs", section "Cluster Scheduler API".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hadoopjobs.yarn.records import listed
from hadoopjobs.yarn.reports import QueueReport


@dataclass(frozen=True)
class Scheduler:
    """`kind` is capacityScheduler, fairScheduler or fifoScheduler; parents before children.

    `makes_queues` says that a queue not listed here may come into being by its use.
    """

    kind: str
    queues: tuple[QueueReport, ...]
    makes_queues: bool


def scheduler_of(found: Mapping[str, Any]) -> Scheduler:
    """From the answer of /ws/v1/cluster/scheduler."""
    info = found["scheduler"]["schedulerInfo"]
    kind = str(info.get("type"))
    if kind == "fairScheduler":
        return Scheduler(kind, tuple(_fair(info.get("rootQueue") or {})), True)
    if kind == "capacityScheduler":
        makes = _makes_queues(info)
        return Scheduler(kind, tuple(_capacity(info, "")), makes)
    queue = QueueReport(
        name="default",
        path="default",
        is_leaf=True,
        state=info.get("qstate"),
        capacity=100.0,
        used=_percent(info.get("usedCapacity")),
    )
    return Scheduler(kind, (queue,), True)


def _percent(share: Any) -> float | None:
    return None if share is None else float(share) * 100


def _capacity(queue: Mapping[str, Any], parent: str) -> Iterator[QueueReport]:
    name = str(queue.get("queueName"))
    path = str(queue.get("queuePath") or (f"{parent}.{name}" if parent else name))
    children = listed(queue, "queues", "queue")
    yield QueueReport(
        name=name,
        path=path,
        is_leaf=queue.get("type") == "capacitySchedulerLeafQueueInfo" or not children,
        state=queue.get("state"),
        capacity=queue.get("absoluteCapacity", queue.get("capacity")),
        used=queue.get("absoluteUsedCapacity", queue.get("usedCapacity")),
        maximum=queue.get("absoluteMaxCapacity", queue.get("maxCapacity")),
        applications=queue.get("numApplications"),
        maximum_allocation_mb=_maximum_mb(queue),
    )
    for child in children:
        yield from _capacity(child, path)


def _maximum_mb(queue: Mapping[str, Any]) -> int | None:
    found = (queue.get("maximumAllocation") or {}).get("memory")
    return int(found) if found else None


def _makes_queues(queue: Mapping[str, Any]) -> bool:
    makes = queue.get("autoCreationEligibility", "off") != "off"
    return makes or any(_makes_queues(child) for child in listed(queue, "queues", "queue"))


def _fair(queue: Mapping[str, Any]) -> Iterator[QueueReport]:
    path = str(queue.get("queueName"))
    children = listed(queue, "childQueues", "queue")
    memory = {
        name: (queue.get(name) or {}).get("memory")
        for name in ("clusterResources", "usedResources", "maxResources", "steadyFairResources")
    }
    total = memory["clusterResources"]
    yield QueueReport(
        name=path.rpartition(".")[2],
        path=path,
        is_leaf=queue.get("type") == "fairSchedulerLeafQueueInfo" or not children,
        state="RUNNING",
        capacity=_share(memory["steadyFairResources"], total),
        used=_share(memory["usedResources"], total),
        maximum=_share(memory["maxResources"], total),
        applications=queue.get("numActiveApps"),
    )
    for child in children:
        yield from _fair(child)


def _share(part: int | None, total: int | None) -> float | None:
    return None if part is None or not total else min(100.0, 100.0 * part / total)


def find_queues(queues: Sequence[QueueReport], name: str) -> list[QueueReport]:
    """The queues that `name` may mean: a full path, one without `root.`, or the last name."""
    exact = [queue for queue in queues if name in (queue.path, queue.path.removeprefix("root."))]
    return exact or [queue for queue in queues if queue.name == name and "." not in name]
