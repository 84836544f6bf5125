"""HDFS: whether it can be written, and how much room there is."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hadoopjobs.core.errors import (
    FileMissing,
    PermissionDenied,
    ServiceError,
    StorageError,
)
from hadoopjobs.core.hadoop_conf import HadoopConf
from hadoopjobs.core.hadoop_http import HadoopSession
from hadoopjobs.session.doctor.finding import Finding, Findings, ok, problem, warning
from hadoopjobs.session.doctor.services import connection_problem
from hadoopjobs.storage import FileSystem, filesystem_for
from hadoopjobs.storage.aside import temporary_name

_NAMENODE_INFO = "/jmx?qry=Hadoop:service=NameNode,name=NameNodeInfo"
_MANY = 5
_LEAST_SHARE = 0.05
_LEAST_BYTES = 1 << 30


@dataclass(frozen=True)
class Folders:
    """The URIs of the user's home folder and of the one where jobs put their files."""

    home: str
    staging: str


def check_namenode(session: HadoopSession, urls: list[str]) -> Findings:
    """Safe mode, and the DataNodes, by what the active NameNode says of itself."""
    found = _info(session, urls)
    if found is None:
        yield warning(
            "HDFS",
            "the NameNode does not tell about itself (/jmx), so safe mode and DataNodes are not "
            "looked at",
            "ask an administrator for access to its web interface",
        )
        return
    safe = str(found.get("Safemode") or "")
    if safe:
        yield problem(
            "safe mode",
            "the NameNode is in safe mode and takes no writes",
            "wait until its DataNodes have reported; an administrator ends it with hdfs dfsadmin "
            "-safemode leave",
        )
    else:
        yield ok("safe mode", "it is off")
    yield from _datanodes(_parsed(found, "LiveNodes"), _parsed(found, "DeadNodes"))
    missing = int(found.get("NumberOfMissingBlocks") or 0)
    if missing:
        yield warning(
            "HDFS",
            f"{missing} blocks are missing",
            "start the DataNodes that have them; hdfs fsck / -list-corruptfileblocks names files",
        )


def _info(session: HadoopSession, urls: list[str]) -> Mapping[str, Any] | None:
    """Of a pair the one that is active, which does not report itself as standby."""
    for url in urls:
        with suppress(ServiceError):
            beans = session.json("GET", url + _NAMENODE_INFO).get("beans") or []
            if beans and beans[0].get("LiveNodes") is not None and _is_active(session, url):
                found: Mapping[str, Any] = beans[0]
                return found
    return None


def _is_active(session: HadoopSession, url: str) -> bool:
    status = "/jmx?qry=Hadoop:service=NameNode,name=NameNodeStatus"
    beans = session.json("GET", url + status).get("beans") or [{}]
    return str(beans[0].get("State", "active")) == "active"


def _parsed(found: Mapping[str, Any], key: str) -> Mapping[str, Mapping[str, Any]]:
    result: Mapping[str, Mapping[str, Any]] = json.loads(found.get(key) or "{}")
    return result


def _datanodes(
    live: Mapping[str, Mapping[str, Any]], dead: Mapping[str, Mapping[str, Any]]
) -> Findings:
    if dead:
        yield warning(
            "DataNodes", f"{len(dead)} are dead: {_some(list(dead))}", "start them or remove them"
        )
    if not live:
        yield problem("DataNodes", "none is alive, so no file can be read", "start them")
        return
    failures = {}
    for name, node in list(live.items())[:_MANY]:
        host, _, port = str(node.get("xferaddr", name)).rpartition(":")
        why = connection_problem(host, int(port))
        if why is not None:
            failures[f"{name} ({host}:{port})"] = why
    for name, why in failures.items():
        yield problem(
            "DataNodes",
            f"{name}: {why}",
            "open its port to this machine, or set dfs.client.use.datanode.hostname where its "
            "address is one that only the cluster has",
        )
    if not failures:
        yield ok("DataNodes", f"{len(live)} alive, and they can be reached")


def _some(names: list[str]) -> str:
    more = "" if len(names) <= _MANY else f" and {len(names) - _MANY} more"
    return ", ".join(names[:_MANY]) + more


def check_folders(folders: Folders, user: str) -> Findings:
    """Whether the folders that every job needs can be written."""
    filesystem = filesystem_for(folders.home)
    yield _home(filesystem, folders.home, user)
    yield _staging(filesystem, folders.staging, user)


def _home(filesystem: FileSystem, home: str, user: str) -> Finding:
    try:
        filesystem.status(home)
    except FileMissing:
        made = _write_problem(filesystem, _existing(filesystem, home))
        if made is None:
            return warning("home", f"{home} does not exist", f"hadoopjobs fs mkdir -p {home}")
        path = home.split("://")[-1].partition("/")[2]
        return problem(
            "home",
            f"{home} does not exist, and {user} cannot make it",
            f"ask an administrator: hdfs dfs -mkdir -p /{path}; hdfs dfs -chown {user} /{path}",
        )
    why = _write_problem(filesystem, home)
    if why is None:
        return ok("home", f"{home} can be written")
    return problem("home", why, f"ask an administrator to make {user} its owner")


def _staging(filesystem: FileSystem, staging: str, user: str) -> Finding:
    try:
        status = filesystem.status(staging)
    except FileMissing:
        parent = _existing(filesystem, staging)
        why = _write_problem(filesystem, parent)
        if why is None:
            return ok("staging", f"{staging} will be made by the first job")
        return problem("staging", why, f"ask an administrator to let {user} write to {parent}")
    if status.owner not in (None, user):
        return problem(
            "staging",
            f"{staging} belongs to {status.owner}",
            f"ask an administrator to remove it or to give it to {user}",
        )
    why = _write_problem(filesystem, staging)
    if why is None:
        return ok("staging", f"{staging} can be written")
    return problem("staging", why, f"hadoopjobs fs chmod 700 {staging}")


def _existing(filesystem: FileSystem, uri: str) -> str:
    """The nearest folder above that is there."""
    root = "/".join(uri.split("/")[:3])
    while uri.startswith(root + "/"):
        uri = os.path.dirname(uri)
        if filesystem.exists(uri if uri != root else root + "/"):
            break
    return uri if uri != root else root + "/"


def _write_problem(filesystem: FileSystem, folder: str) -> str | None:
    """Why no file can be written in `folder`; None if one can, which is gone again then."""
    uri = f"{folder.rstrip('/')}/{temporary_name()}"
    try:
        filesystem.open_write(uri).close()
        filesystem.delete(uri)
        return None
    except PermissionDenied:
        return f"{folder} cannot be written: permission denied"
    except StorageError as error:
        return " ".join(str(error).split())


def check_space(folders: Folders) -> Findings:
    """The whole store, and the quotas of the home folder."""
    filesystem = filesystem_for(folders.home)
    usage = filesystem.usage(folders.home)
    if usage is not None:
        free = f"{usage.available / 1e9:.1f} of {usage.capacity / 1e9:.0f} GB are free"
        if usage.available < _LEAST_BYTES:
            yield problem("space", free, "remove what is not needed, or add DataNodes")
        elif usage.available < usage.capacity * _LEAST_SHARE:
            yield warning("space", free, "remove what is not needed, or add DataNodes")
        else:
            yield ok("space", free)
    with suppress(FileMissing):
        yield from _quotas(filesystem, folders.home)


def _quotas(filesystem: FileSystem, home: str) -> Findings:
    found = filesystem.content_summary(home)
    names = found.file_count + found.folder_count
    for what, used, most in (
        ("names", names, found.quota),
        ("bytes", found.space_consumed, found.space_quota),
    ):
        if most is None or most < 0 or used < most * (1 - _LEAST_SHARE):
            continue
        tell = problem if used >= most else warning
        yield tell("quota", f"{home} holds {used} of {most} {what}", "remove files or ask for more")


def home_of(conf: HadoopConf, user: str) -> str:
    """The URI of the user's home folder."""
    default = (conf.get("fs.defaultFS") or "").strip().rstrip("/")
    prefix = (conf.get("dfs.user.home.dir.prefix") or "/user").rstrip("/")
    return f"{default}{prefix}/{user}"
