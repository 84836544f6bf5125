"""Whether daemons do their work, and how many workers the masters see."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import layout
import network
import web
from layout import Daemon
from settings import Settings
from web import NoAnswer

HEALTHY = ""  # otherwise a problem is a few words


def problems(settings: Settings, daemons: Iterable[Daemon]) -> dict[Daemon, str]:
    """What is wrong with each, asked of all at once."""
    daemons = list(daemons)
    with ThreadPoolExecutor(len(daemons) or 1) as pool:
        return dict(zip(daemons, pool.map(lambda one: problem(settings, one), daemons)))


def problem(settings: Settings, daemon: Daemon) -> str:
    if network.is_cut(settings, daemon.node):
        return "its network is cut"
    try:
        return _PROBES[daemon.kind](settings, daemon.node)
    except NoAnswer:
        return "does not answer"
    except (LookupError, TypeError):
        return "is starting"  # it answers, but not yet with what it should


def live_datanodes(settings: Settings) -> int:
    bean = "Hadoop:service=NameNode,name=FSNamesystemState"
    return int(web.attribute(settings, "namenode", bean, "NumLiveDataNodes") or 0)


def running_nodemanagers(settings: Settings) -> int:
    url = web.url(settings, "resourcemanager", "/ws/v1/cluster/metrics")
    try:
        return int(web.ask(settings, url)["clusterMetrics"]["activeNodes"])
    except (LookupError, TypeError):
        return 0


def _namenode(settings: Settings, node: int) -> str:
    bean = "Hadoop:service=NameNode,name=NameNodeInfo"
    safe_mode = web.attribute(settings, "namenode", bean, "Safemode")
    if safe_mode is None:
        return "is starting"
    return "is in safe mode" if safe_mode else HEALTHY


def _datanode(settings: Settings, node: int) -> str:
    bean = "Hadoop:service=DataNode,name=DataNodeInfo"
    is_registered = web.attribute(settings, "datanode", bean, "ClusterId", node)
    return HEALTHY if is_registered else "is not registered"


def _resourcemanager(settings: Settings, node: int) -> str:
    url = web.url(settings, "resourcemanager", "/ws/v1/cluster/info")
    found = web.ask(settings, url)["clusterInfo"]
    return HEALTHY if found["state"] == "STARTED" else f"is {found['state']}"


def _nodemanager(settings: Settings, node: int) -> str:
    found = web.ask(settings, web.url(settings, "nodemanager", "/ws/v1/node/info", node))
    node_info = found["nodeInfo"]
    return HEALTHY if node_info["nodeHealthy"] else f"is unhealthy: {node_info['healthReport']}"


def _historyserver(settings: Settings, node: int) -> str:
    web.ask(settings, web.url(settings, "historyserver", "/ws/v1/history/info"))
    return HEALTHY


def _kdc(settings: Settings, node: int) -> str:
    try:
        with socket.create_connection(("127.0.0.1", layout.port(settings, "kdc web")), timeout=3):
            return HEALTHY
    except OSError:
        raise NoAnswer("kdc") from None


_PROBES: dict[layout.Kind, Callable[[Settings, int], str]] = {
    layout.NAMENODE: _namenode,
    layout.DATANODE: _datanode,
    layout.RESOURCEMANAGER: _resourcemanager,
    layout.NODEMANAGER: _nodemanager,
    layout.HISTORYSERVER: _historyserver,
    layout.KDC: _kdc,
}
