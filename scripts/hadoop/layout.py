"""Which daemon runs on which node, under which ports, with which heap."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from errors import ClusterError
from settings import Settings

# Hadoop's own ports, but for the NodeManager's: it must be fixed for its recovery to work.
PORTS = {
    "namenode rpc": 8020,
    "namenode web": 9870,
    "datanode data": 9866,
    "datanode web": 9864,
    "datanode rpc": 9867,
    "resourcemanager rpc": 8032,
    "resourcemanager scheduler": 8030,
    "resourcemanager tracker": 8031,
    "resourcemanager admin": 8033,
    "resourcemanager web": 8088,
    "nodemanager rpc": 8041,
    "nodemanager localizer": 8040,
    "nodemanager web": 8042,
    "nodemanager shuffle": 13562,
    "historyserver rpc": 10020,
    "historyserver admin": 10033,
    "historyserver web": 19888,
    "kdc web": 8888,  # nothing of the web, but that is the port by which it is asked
}
MASTER = 1
_SERVER = "org.apache.hadoop"


@dataclass(frozen=True)
class Kind:
    """A sort of daemon: its main class (empty if it is not in Java), the megabytes of its heap."""

    name: str
    main: str
    heap_mb: int


NAMENODE = Kind("namenode", f"{_SERVER}.hdfs.server.namenode.NameNode", 384)
DATANODE = Kind("datanode", f"{_SERVER}.hdfs.server.datanode.DataNode", 256)
RESOURCEMANAGER = Kind(
    "resourcemanager", f"{_SERVER}.yarn.server.resourcemanager.ResourceManager", 384
)
NODEMANAGER = Kind("nodemanager", f"{_SERVER}.yarn.server.nodemanager.NodeManager", 384)
HISTORYSERVER = Kind("historyserver", f"{_SERVER}.mapreduce.v2.hs.JobHistoryServer", 256)
KDC = Kind("kdc", "", 0)


@dataclass(frozen=True)
class Daemon:
    """One process of the cluster: `datanode-2` is the DataNode of node 2."""

    name: str
    kind: Kind
    node: int


def nodes(settings: Settings) -> range:
    return range(1, settings.nodes + 1)


def daemons(settings: Settings) -> list[Daemon]:
    """All of them; masters on node 1, workers on every node."""
    masters = [NAMENODE, RESOURCEMANAGER, HISTORYSERVER] + [KDC] * settings.secure
    workers = [DATANODE, NODEMANAGER]
    return [Daemon(kind.name, kind, MASTER) for kind in masters] + [
        Daemon(f"{kind.name}-{node}", kind, node) for kind in workers for node in nodes(settings)
    ]


def daemon(settings: Settings, name: str) -> Daemon:
    known = {one.name: one for one in daemons(settings)}
    if name not in known:
        raise ClusterError(f"no daemon {name!r}: choose one of {', '.join(known)}")
    return known[name]


def of_kind(settings: Settings, *kinds: Kind) -> list[Daemon]:
    return [one for one in daemons(settings) if one.kind in kinds]


def host(settings: Settings, node: int = MASTER) -> str:
    """How everybody, on the node or not, names it.

    Addresses, not names, for nodes in namespaces: so that clients on the host need no entry in
    /etc/hosts.
    """
    if settings.nodes == 1:
        return "localhost"
    return str(ipaddress.IPv4Network(settings.subnet)[node])


def port(settings: Settings, name: str) -> int:
    if settings.port_base is None:
        return PORTS[name]
    return settings.port_base + list(PORTS).index(name)


def address(settings: Settings, name: str, node: int = MASTER) -> str:
    """`host:port`."""
    return f"{host(settings, node)}:{port(settings, name)}"


def ports_of(settings: Settings) -> Iterator[tuple[str, int]]:
    """What each port is for, and its number."""
    for name in PORTS:
        if name != "kdc web" or settings.secure:
            yield name, port(settings, name)
