"""Nodes as network namespaces, joined by a bridge on which the host has an address too.

Each node has the host name of its address, so that nothing needs a name looked up, and a name
server that refuses at once, so that nothing waits for one.
"""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import subprocess
from pathlib import Path

import layout
import programs
from errors import ClusterError
from settings import Settings

_NETNS = Path("/run/netns")
_NETNS_FILES = Path("/etc/netns")  # `ip netns exec` lays these over /etc
_HOST = 254
# Sets the host name of a process's own UTS namespace and becomes the command.
_NAMED = 'hostname -- "$1" && shift && exec "$@"'


def namespace(settings: Settings, node: int) -> str:
    return f"{settings.prefix}{node}"


def inside(settings: Settings, node: int) -> list[str]:
    """What to put before a command so that it runs on a node, under the same process number."""
    if settings.nodes == 1:
        return []
    enter = ["ip", "netns", "exec", namespace(settings, node), "unshare", "--uts"]
    return [*enter, "sh", "-c", _NAMED, "sh", layout.host(settings, node)]


def require(settings: Settings) -> None:
    """Refuse if the network cannot be made, or is somebody else's."""
    if os.geteuid() != 0:
        raise ClusterError("--nodes 3 makes network namespaces: run it as root, or use --nodes 1")
    programs.require("ip", "unshare", "hostname")
    for name in (namespace(settings, node) for node in layout.nodes(settings)):
        if (_NETNS / name).exists() or (_NETNS_FILES / name).exists():
            raise ClusterError(
                f"network namespace {name} exists (another cluster?): choose another --prefix, or "
                f"remove it with `ip netns delete {name}` and its folder in {_NETNS_FILES}"
            )
    wanted = ipaddress.IPv4Network(settings.subnet)
    for link in json.loads(_ip("-json", "address", "show")):
        if link["ifname"] == _bridge(settings):
            raise ClusterError(
                f"network link {link['ifname']} exists (another cluster?): choose another --prefix"
            )
        for address in link["addr_info"]:
            theirs = ipaddress.ip_interface(f"{address['local']}/{address['prefixlen']}").network
            if theirs.version == 4 and theirs.overlaps(wanted):
                raise ClusterError(
                    f"{wanted} is in use on {link['ifname']}: choose another --subnet"
                )


def up(settings: Settings) -> None:
    bridge = _bridge(settings)
    host = ipaddress.IPv4Network(settings.subnet)[_HOST]
    _ip("link", "add", bridge, "type", "bridge")
    _ip("address", "add", f"{host}/24", "dev", bridge)
    _ip("link", "set", bridge, "up")
    for node in layout.nodes(settings):
        _add_node(settings, node)


def down(settings: Settings) -> None:
    """Remove all of it, or what there is of it."""
    for node in layout.nodes(settings):
        name = namespace(settings, node)
        _delete_link(_link(settings, node))  # before the namespace, with which it would go later
        if (_NETNS / name).exists():
            _ip("netns", "delete", name)
        shutil.rmtree(_NETNS_FILES / name, ignore_errors=True)
    _delete_link(_bridge(settings))
    if _NETNS_FILES.is_dir() and not any(_NETNS_FILES.iterdir()):
        _NETNS_FILES.rmdir()


def cut(settings: Settings, node: int) -> None:
    """Take a node's cable out."""
    _ip("link", "set", _link(settings, node), "down")


def mend(settings: Settings, node: int) -> None:
    _ip("link", "set", _link(settings, node), "up")


def is_cut(settings: Settings, node: int) -> bool:
    if settings.nodes == 1:
        return False
    try:
        flags = int(Path(f"/sys/class/net/{_link(settings, node)}/flags").read_text(), 16)
    except FileNotFoundError:
        return True
    return not flags & 1  # IFF_UP


def _bridge(settings: Settings) -> str:
    return f"{settings.prefix}-br"


def _link(settings: Settings, node: int) -> str:
    """The host's end of a node's cable."""
    return f"{settings.prefix}-{node}"


def _add_node(settings: Settings, node: int) -> None:
    name, link, address = (
        namespace(settings, node),
        _link(settings, node),
        layout.host(settings, node),
    )
    files = _NETNS_FILES / name
    files.mkdir(parents=True)
    (files / "hosts").write_text("127.0.0.1 localhost\n")
    (files / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    _ip("netns", "add", name)
    _ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name)
    _ip("link", "set", link, "master", _bridge(settings), "up")
    _ip("-n", name, "address", "add", f"{address}/24", "dev", "eth0")
    _ip("-n", name, "link", "set", "eth0", "up")
    _ip("-n", name, "link", "set", "lo", "up")


def _delete_link(name: str) -> None:
    if Path("/sys/class/net", name).exists():
        _ip("link", "delete", name)


def _ip(*arguments: str) -> str:
    program = programs.find("ip")
    assert program is not None
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ClusterError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout
