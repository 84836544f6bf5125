"""YARN: nodes, the queue that a job goes to, the containers that it asks for, its history."""

from __future__ import annotations

from hadoopjobs.core.errors import UsageError
from hadoopjobs.session.doctor.finding import Findings, ok, problem, warning
from hadoopjobs.yarn import YarnClient
from hadoopjobs.yarn.effective import Effective
from hadoopjobs.yarn.preflight import check_queue
from hadoopjobs.yarn.reports import NodeReport

_MEMORY_KEYS = (
    "yarn.app.mapreduce.am.resource.mb", "mapreduce.map.memory.mb", "mapreduce.reduce.memory.mb",
)  # fmt: skip
_FULL_PERCENT = 95.0
_MANY = 5
_LOST_STATES = ("LOST", "UNHEALTHY", "REBOOTED")


def check_nodes(client: YarnClient) -> Findings:
    """Those that run containers, and those that should."""
    nodes = client.resource_manager.nodes(["RUNNING", *_LOST_STATES])
    running = [node for node in nodes if node.state == "RUNNING"]
    others = [node for node in nodes if node.state in _LOST_STATES]
    if running:
        memory = sum((node.used_mb or 0) + (node.available_mb or 0) for node in running)
        yield ok("nodes", f"{len(running)} run containers, with {memory / 1024:.0f} GB together")
    else:
        yield problem(
            "nodes", "no NodeManager runs containers, so every job waits", "start the NodeManagers"
        )
    for node in others[:_MANY]:
        why = f": {' '.join(node.health.split())}" if node.health else ""
        yield warning(
            "nodes", f"{node.host} is {str(node.state).lower()}{why}", "see the NodeManager's log"
        )


def queue_of(effective: Effective) -> str:
    return effective.require("mapreduce.job.queuename")


def check_the_queue(client: YarnClient, name: str) -> Findings:
    """Whether it exists, takes applications, and has room."""
    try:
        queue = check_queue(client.resource_manager.scheduler(), name)
    except UsageError as error:
        what, _, advice = str(error).partition(": ")
        yield problem("queue", what, advice)
        return
    if queue is None:
        yield ok("queue", f"{name} is made when it is used")
        return
    used = queue.used or 0.0
    most = queue.maximum or queue.capacity or 100.0
    text = f"{queue.path} uses {used:.0f} of at most {most:.0f} % of the cluster"
    if used >= most * _FULL_PERCENT / 100:
        yield warning(
            "queue", text, "jobs wait there: choose another with -D mapreduce.job.queuename=QUEUE"
        )
    else:
        yield ok("queue", text)


def check_containers(client: YarnClient, effective: Effective) -> Findings:
    """Whether the containers that a job asks for are no larger than any may be."""
    most = client.resource_manager.new_application()
    nodes = client.resource_manager.nodes()
    largest = max(map(_memory, nodes), default=0)
    limit = most.maximum_memory_mb
    wanted = {key: effective.memory_mb(key) for key in _MEMORY_KEYS}
    too_large = {key: memory for key, memory in wanted.items() if memory > limit > 0}
    for key, memory in too_large.items():
        yield problem(
            "containers",
            f"{key} is {memory}, and a container has at most {limit} MB "
            "(yarn.scheduler.maximum-allocation-mb)",
            f"ask for less with -D {key}={limit}",
        )
    for key, memory in wanted.items():
        if key not in too_large and memory > largest > 0:
            yield problem(
                "containers",
                f"{key} is {memory}, and the largest node has {largest} MB: the job would wait for "
                "ever",
                f"ask for less with -D {key}={largest}",
            )
    if not too_large and max(wanted.values()) <= largest:
        yield ok(
            "containers",
            f"at most {limit} MB and {most.maximum_vcores} cores; jobs ask for "
            f"{max(wanted.values())} MB",
        )


def _memory(node: NodeReport) -> int:
    return (node.used_mb or 0) + (node.available_mb or 0)


def check_history(client: YarnClient, effective: Effective) -> Findings:
    """Counters and logs of jobs that have ended."""
    found = client.session.json("GET", f"{client.history_url}/ws/v1/history/info")
    version = (found.get("historyInfo") or {}).get("hadoopVersion", "?")
    yield ok("history", f"the JobHistoryServer at {client.history_url} runs Hadoop {version}")
    if (effective.servers.get("yarn.log-aggregation-enable") or "").lower() == "false":
        yield warning(
            "history",
            "logs are not collected, so those of ended jobs cannot be read",
            "set yarn.log-aggregation-enable to true on the cluster",
        )
