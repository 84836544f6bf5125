"""What YARN tells about applications, queues, nodes and the cluster.

Times are milliseconds since 1970, as YARN sends them. A field that the service did not send is
None.

Source: Hadoop, "ResourceManager REST APIs".
"""

from __future__ import annotations

from dataclasses import dataclass

from hadoopjobs.yarn.records import field_named

ENDED_STATES = frozenset({"FINISHED", "FAILED", "KILLED"})


@dataclass(frozen=True)
class ApplicationReport:
    """One application; `progress` in percent."""

    id: str
    name: str | None = None
    user: str | None = None
    queue: str | None = None
    state: str | None = None
    final_status: str | None = field_named("finalStatus")
    type: str | None = field_named("applicationType")
    tags: str | None = field_named("applicationTags")
    priority: int | None = None
    progress: float | None = None
    tracking_url: str | None = field_named("trackingUrl")
    diagnostics: str | None = None
    started_ms: int | None = field_named("startedTime")
    finished_ms: int | None = field_named("finishedTime")
    elapsed_ms: int | None = field_named("elapsedTime")
    am_host: str | None = field_named("amHostHttpAddress")
    am_logs_url: str | None = field_named("amContainerLogs")
    running_containers: int | None = field_named("runningContainers")
    allocated_mb: int | None = field_named("allocatedMB")
    allocated_vcores: int | None = field_named("allocatedVCores")
    memory_mb_seconds: int | None = field_named("memorySeconds")
    vcore_seconds: int | None = field_named("vcoreSeconds")

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED_STATES

    @property
    def has_succeeded(self) -> bool:
        return self.final_status == "SUCCEEDED"


@dataclass(frozen=True)
class AppAttemptReport:
    """One attempt of an application, with the container of its master."""

    id: int | None = None
    container_id: str | None = field_named("containerId")
    node_http_address: str | None = field_named("nodeHttpAddress")
    started_ms: int | None = field_named("startTime")
    finished_ms: int | None = field_named("finishedTime")


@dataclass(frozen=True)
class NewApplication:
    """An id that an application may be submitted with, and the most that a container may have."""

    id: str
    maximum_memory_mb: int
    maximum_vcores: int


@dataclass(frozen=True)
class QueueReport:
    """One queue; shares in percent of the cluster. `path` is its full name, as in `root.a.b`."""

    name: str
    path: str
    is_leaf: bool
    state: str | None = None
    capacity: float | None = None
    used: float | None = None
    maximum: float | None = None
    applications: int | None = None
    maximum_allocation_mb: int | None = None


@dataclass(frozen=True)
class NodeReport:
    """One NodeManager."""

    id: str
    host: str | None = field_named("nodeHostName")
    http_address: str | None = field_named("nodeHTTPAddress")
    rack: str | None = None
    state: str | None = None
    version: str | None = None
    health: str | None = field_named("healthReport")
    containers: int | None = field_named("numContainers")
    used_mb: int | None = field_named("usedMemoryMB")
    available_mb: int | None = field_named("availMemoryMB")
    used_vcores: int | None = field_named("usedVirtualCores")
    available_vcores: int | None = field_named("availableVirtualCores")


@dataclass(frozen=True)
class ClusterMetrics:
    """Numbers of the whole cluster."""

    apps_running: int | None = field_named("appsRunning")
    apps_pending: int | None = field_named("appsPending")
    apps_submitted: int | None = field_named("appsSubmitted")
    total_mb: int | None = field_named("totalMB")
    available_mb: int | None = field_named("availableMB")
    allocated_mb: int | None = field_named("allocatedMB")
    total_vcores: int | None = field_named("totalVirtualCores")
    available_vcores: int | None = field_named("availableVirtualCores")
    active_nodes: int | None = field_named("activeNodes")
    lost_nodes: int | None = field_named("lostNodes")
    unhealthy_nodes: int | None = field_named("unhealthyNodes")


@dataclass(frozen=True)
class ClusterInfo:
    """Which ResourceManager answers, and what it runs."""

    id: int | None = None
    state: str | None = None
    ha_state: str | None = field_named("haState")
    hadoop_version: str | None = field_named("hadoopVersion")
    started_ms: int | None = field_named("startedOn")


@dataclass(frozen=True)
class DelegationToken:
    """A token in the form that Hadoop passes in URLs. A secret: it does not print."""

    token: str
    renewer: str | None
    owner: str | None
    kind: str | None

    def __repr__(self) -> str:
        return (
            f"DelegationToken(kind={self.kind!r}, owner={self.owner!r}, renewer={self.renewer!r})"
        )
