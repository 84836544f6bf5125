"""This machine, and what it knows of the cluster."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from hadoopjobs.core.errors import ConfigError
from hadoopjobs.core.hadoop_conf import SITE_FILES, HadoopConf, conf_folders, site_files
from hadoopjobs.runtime.environment import this_platform
from hadoopjobs.session.doctor.finding import Findings, ok, problem, warning
from hadoopjobs.yarn.addresses import resource_manager_urls

_LEAST_BYTES = 2 << 30


def check_machine(cache: Path) -> Findings:
    """Python, and room for the archives that are sent."""
    version = ".".join(map(str, sys.version_info[:3]))
    try:
        yield ok("this machine", f"Python {version}, {this_platform()}")
    except ConfigError as error:
        what, _, advice = str(error).partition(": ")
        yield warning("this machine", what, advice)
    if not _has("pip"):
        yield warning(
            "this machine",
            "it has no pip, which gets packages for other nodes and for --env FILE",
            f"{sys.executable} -m ensurepip",
        )
    yield from _room(cache)


def _has(package: str) -> bool:
    """Looked up without an import: setuptools warns at that of pip once distutils is loaded."""
    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True


def _room(folder: Path) -> Findings:
    there = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(there).free
    if not os.access(there, os.W_OK):
        yield problem(
            "cache", f"{folder} cannot be written", "name another place with XDG_CACHE_HOME"
        )
    elif free < _LEAST_BYTES:
        yield warning("cache", f"{there} has {free / 1e9:.1f} GB left", "make room there")
    else:
        yield ok("cache", f"{folder}, {free / 1e9:.0f} GB free")


def check_configuration(conf: HadoopConf, environ: Mapping[str, str]) -> Findings:
    """Which site files count, and whether they name a cluster."""
    subject = "configuration"
    files = site_files(environ)
    folders = conf_folders(environ)
    if files:
        yield ok(subject, ", ".join(files))
    elif folders:
        yield problem(
            subject,
            f"no site files in {' or '.join(folders)}",
            "name the folder with the cluster's core-site.xml in HADOOP_CONF_DIR",
        )
    else:
        yield problem(
            subject,
            "HADOOP_CONF_DIR is not set",
            f"copy {', '.join(SITE_FILES)} from a gateway of the cluster into a folder, and export "
            "HADOOP_CONF_DIR with its path",
        )
    missing = [name for name in SITE_FILES if name not in map(os.path.basename, files)]
    if files and missing:
        yield warning(
            subject,
            f"there is no {' and no '.join(missing)}",
            f"copy it from the cluster into {folders[0]}",
        )
    if files or conf.keys():
        yield from _names_a_cluster(conf)


def _names_a_cluster(conf: HadoopConf) -> Findings:
    default = (conf.get("fs.defaultFS") or "").strip()
    if not default.startswith("hdfs://"):
        what = f"fs.defaultFS is {default!r}" if default else "fs.defaultFS is not set"
        yield problem(
            "configuration",
            f"{what}, so no storage is known that the nodes share",
            "set it to hdfs://HOST:PORT in core-site.xml, or with -D",
        )
    try:
        resource_manager_urls(conf)
    except ConfigError as error:
        what, _, advice = str(error).partition(": ")
        yield problem("configuration", what, advice)
