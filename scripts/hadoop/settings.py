"""What the user chose for one cluster, and where its files lie."""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import os
import re
import uuid
from dataclasses import dataclass
from pathlib import Path

from errors import ClusterError

_FILE = "cluster.json"
# Hadoop splits class paths at colons and folder lists at commas, and YARN's launch script is bash.
_PLAIN_PATH = re.compile(r"[A-Za-z0-9._/+@=-]+")


@dataclass(frozen=True)
class Settings:
    """One cluster.

    nodes      1: everything on loopback; 3: a network namespace each
    folder     holds everything that the cluster writes
    port_base  the first of its ports; None: Hadoop's own
    prefix     begins the names of namespaces, bridge and links
    subnet     addresses of three nodes: .1, .2, .3, and the host's own .254
    secure     Kerberos, with a KDC of its own
    identity   marks the processes of this cluster, those in containers too
    is_whole   its start has come to its end
    """

    nodes: int
    folder: Path
    port_base: int | None = None
    prefix: str = "hj"
    subnet: str = "10.77.0.0/24"
    secure: bool = False
    identity: str = dataclasses.field(default_factory=lambda: uuid.uuid4().hex, compare=False)
    is_whole: bool = dataclasses.field(default=False, compare=False)

    @property
    def client_conf(self) -> Path:
        """HADOOP_CONF_DIR for those who use the cluster."""
        return self.folder / "conf"

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    @property
    def processes(self) -> Path:
        return self.folder / "processes"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def node_conf(self, node: int) -> Path:
        """HADOOP_CONF_DIR of the daemons and containers of one node."""
        return self.folder / "nodes" / str(node)

    def node_data(self, node: int) -> Path:
        return self.data / f"node-{node}"


def default_folder(nodes: int) -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
    return Path(state) / "hadoopjobs" / f"cluster-{nodes}"


def check(settings: Settings) -> None:
    """Refuse what Hadoop or the kernel would refuse later and less clearly."""
    check_path(settings.folder, "--dir")
    if settings.port_base is not None and not 1024 <= settings.port_base <= 32000:
        raise ClusterError(f"--port-base {settings.port_base}: choose one from 1024 to 32000")
    if not re.fullmatch(r"[a-z][a-z0-9]{0,7}", settings.prefix):
        raise ClusterError(
            f"--prefix {settings.prefix!r}: use at most eight small letters and digits"
        )
    try:
        network = ipaddress.IPv4Network(settings.subnet)
    except ValueError as error:
        raise ClusterError(f"--subnet {settings.subnet!r}: {error}") from None
    if network.prefixlen != 24 or not network.is_private:
        raise ClusterError(f"--subnet {settings.subnet}: use a private network like 10.77.0.0/24")
    if settings.secure and settings.nodes != 1:
        raise ClusterError("--secure works with --nodes 1 only")


def check_path(path: Path, source: str) -> None:
    if not _PLAIN_PATH.fullmatch(str(path)):
        raise ClusterError(
            f"{source} {str(path)!r}: Hadoop takes folders of letters, digits and ._/+@=- only; "
            "name another one"
        )


def save(settings: Settings) -> None:
    values = dataclasses.asdict(settings) | {"folder": str(settings.folder)}
    write_whole(settings.folder / _FILE, json.dumps(values, indent=1))


def saved(folder: Path) -> Settings | None:
    """The settings of the cluster in `folder`; None if there is none."""
    try:
        values = json.loads((folder / _FILE).read_text("utf-8"))
        # The folder may have been moved; the processes know it by its old name.
        return Settings(**(values | {"folder": Path(values["folder"])}))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise ClusterError(f"{folder / _FILE} is damaged: end its processes, remove it") from None


def write_whole(path: Path, text: str) -> None:
    """Write a file that is never seen half-written."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_text(text, "utf-8")
    aside.replace(path)
