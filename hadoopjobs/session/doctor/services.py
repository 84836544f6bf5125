"""The cluster's services: whether their hosts have addresses, listen, and agree on the time."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from hadoopjobs.core.errors import ConfigError, HadoopJobsError
from hadoopjobs.core.hadoop_conf import HadoopConf
from hadoopjobs.core.hadoop_http import HadoopSession
from hadoopjobs.session.doctor.finding import Finding, Findings, ok, problem, warning
from hadoopjobs.storage.hdfs_places import default_authority, namenodes, web_addresses
from hadoopjobs.yarn.addresses import history_server_url, resource_manager_urls

_CONNECT_SECONDS = 5.0
_SKEW_WARNING_SECONDS = 10.0
_SKEW_KERBEROS_SECONDS = 240.0  # it refuses at 300


@dataclass(frozen=True)
class Service:
    """An address to connect to; `key` is the setting that names it, `url` its web interface."""

    name: str
    host: str
    port: int
    key: str
    url: str | None = None

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"


def services_of(conf: HadoopConf) -> list[Service]:
    """What the site files name; each of a pair under high availability."""
    return [*_namenodes(conf), *_managers(conf), *_history(conf)]


def _namenodes(conf: HadoopConf) -> Iterator[Service]:
    if not (conf.get("fs.defaultFS") or "").startswith("hdfs://"):
        return
    authority = default_authority(conf, "/")
    for address in namenodes(conf, authority):
        host, _, port = address.rpartition(":")
        if not port.isdecimal():
            raise ConfigError(f"{address!r} is no address of a NameNode: write HOST:PORT")
        yield Service("NameNode", host, int(port), "dfs.namenode.rpc-address")
    for url in web_addresses(conf, authority):
        yield _web("NameNode (web)", url, "dfs.namenode.http-address")


def _managers(conf: HadoopConf) -> Iterator[Service]:
    with contextlib.suppress(ConfigError):
        for url in resource_manager_urls(conf):
            yield _web("ResourceManager", url, "yarn.resourcemanager.webapp.address")


def _history(conf: HadoopConf) -> Iterator[Service]:
    url = history_server_url(conf)
    if url is not None:
        yield _web("JobHistoryServer", url, "mapreduce.jobhistory.webapp.address")


def _web(name: str, url: str, key: str) -> Service:
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise ConfigError(f"{key} gives {url!r}, which is no address: write HOST:PORT") from error
    return Service(name, parts.hostname or "", port, key, url)


def check_names(services: Sequence[Service]) -> Findings:
    """Hosts that have no address; and this one, which others connect to."""
    hosts = dict.fromkeys(service.host for service in services)
    unknown = [host for host in hosts if not _resolves(host)]
    for host in unknown:
        yield problem(
            "names",
            f"the host {host} is not known here",
            "add it to DNS or to /etc/hosts, or correct the name in the site files",
        )
    if hosts and not unknown:
        yield ok("names", f"{', '.join(hosts)} can be resolved")


def _resolves(host: str) -> bool:
    try:
        return bool(socket.getaddrinfo(host, None))
    except (OSError, UnicodeError):
        return False


@dataclass(frozen=True)
class Reached:
    """Which services answered."""

    services: tuple[Service, ...]
    findings: tuple[Finding, ...]

    def has(self, name: str) -> bool:
        return any(service.name == name for service in self.services)


def reach(services: Sequence[Service]) -> Reached:
    """Connect to each. One of a pair is enough to work with."""
    failures = {it: connection_problem(it.host, it.port) for it in services}
    reached = tuple(it for it, why in failures.items() if why is None)
    there = {it.name for it in reached}
    findings = []
    for service, why in failures.items():
        if why is None:
            findings.append(ok("ports", f"{service.name} listens at {service.place}"))
            continue
        tell = warning if service.name in there else problem
        findings.append(
            tell(
                "ports",
                f"{service.name} at {service.place}: {why}",
                f"start it, open the port in the firewall, or correct {service.key}",
            )
        )
    return Reached(reached, tuple(findings))


def connection_problem(host: str, port: int) -> str | None:
    """Why no connection can be made; None if one can."""
    try:
        socket.create_connection((host, port), timeout=_CONNECT_SECONDS).close()
        return None
    except TimeoutError:
        return f"no answer within {_CONNECT_SECONDS:.0f} s"
    except socket.gaierror:
        return "its name is not known"
    except OSError as error:
        return (error.strerror or str(error)).lower()
    except (UnicodeError, OverflowError):
        return "that is no address"


def check_clocks(
    session: HadoopSession, services: Sequence[Service], *, is_kerberos: bool
) -> Findings:
    """How far the clocks of the services are from this one."""
    skews: dict[str, float] = {}
    for service in services:
        if service.url is not None and service.host not in skews:
            with contextlib.suppress(HadoopJobsError, ValueError, TypeError, KeyError):
                skews[service.host] = _skew(session, service.url)
    limit = _SKEW_KERBEROS_SECONDS if is_kerberos else float("inf")
    for host, skew in skews.items():
        if abs(skew) > _SKEW_WARNING_SECONDS:
            tell = problem if abs(skew) > limit else warning
            way = "ahead of" if skew > 0 else "behind"
            yield tell(
                "clocks",
                f"the clock of {host} is {abs(skew):.0f} s {way} this one",
                "let both follow a time server (NTP); Kerberos refuses from 300 s on",
            )
    if skews and all(abs(skew) <= _SKEW_WARNING_SECONDS for skew in skews.values()):
        worst = max(map(abs, skews.values()))
        yield ok("clocks", f"at most {worst:.0f} s apart")


def _skew(session: HadoopSession, url: str) -> float:
    """Seconds, positive where the other clock is ahead; the answer has whole seconds."""
    before = time.time()
    answer = session.request("GET", f"{url}/conf", stream=True)
    after = time.time()
    answer.close()
    there = parsedate_to_datetime(answer.headers["Date"].split(", ", 2)[-1]).timestamp()
    if there < before - 1:
        return there + 1 - before
    return max(0.0, there - after)
