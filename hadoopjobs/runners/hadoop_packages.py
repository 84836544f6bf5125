"""Sends the nodes what they need beside Python, and has the words that start a task with it."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from datetime import date

from hadoopjobs.core.errors import YarnError
from hadoopjobs.core.functions import JobFile
from hadoopjobs.core.listener import Listener
from hadoopjobs.runners.base import RunOptions
from hadoopjobs.runners.nodes import nodes_platform
from hadoopjobs.runtime.environment import (
    Environment,
    EnvironmentRequest,
    NodePlatform,
    ShippedArchive,
    environment_cache,
    environment_folder,
    environment_for,
    modules_named,
    parse_platform,
    publish,
)
from hadoopjobs.yarn import CacheFile, YarnClient

PYTHON_SETTING = "hadoopjobs.python"
PACKAGES_SETTING = "hadoopjobs.env"
PLATFORM_SETTING = "hadoopjobs.nodes.platform"
_QUEUE_SETTING = "mapreduce.job.queuename"


@dataclass(frozen=True)
class Packages:
    """Files for the distributed cache, and the words that start a module with them."""

    cache: tuple[CacheFile, ...]
    launcher: tuple[str, ...]
    job_files: tuple[JobFile, ...]
    originals: tuple[tuple[str, str], ...] = ()

    def in_the_users_words(self, text: str) -> str:
        """A traceback of a task, with the files' names of this machine."""
        for there, here in self.originals:
            text = re.sub(
                f'(?<=File ")[^"]*/{re.escape(there)}(?=")', here.replace("\\", r"\\"), text
            )
        return text


def ship_packages(
    options: RunOptions, client: YarnClient, home: str, pickled_plan: bytes, listener: Listener
) -> Packages:
    """Put what is not there yet into the user's home on the cluster.

    Raises `UsageError` and `ConfigError` where the nodes have no Python that would do, or packages
    cannot be had.
    """
    python = options.node_python or _setting(options, client, PYTHON_SETTING)
    request = EnvironmentRequest(
        env=options.node_packages or _setting(options, client, PACKAGES_SETTING) or "auto",
        python=python,
        nodes=_nodes(options, client, python, listener),
        job_files=_lone_files(options),
        modules=tuple(sorted(modules_named(pickled_plan, sys.modules))),
        py_files=options.py_files,
    )
    environment = environment_for(request, environment_cache(os.environ), listener.said)
    folder = environment_folder(home)
    cache = tuple(_cached(archive, folder) for archive in environment.archives)
    originals = tuple((there, here) for here, there in environment.files.items())
    return Packages(cache, environment.launcher, _job_files(options, environment), originals)


def _setting(options: RunOptions, client: YarnClient, key: str) -> str | None:
    return dict(options.settings).get(key) or client.conf.get(key) or None


def _nodes(
    options: RunOptions, client: YarnClient, python: str | None, listener: Listener
) -> NodePlatform | None:
    """None where nobody says: tasks look for themselves before they start."""
    text = _setting(options, client, PLATFORM_SETTING)
    if text is not None:
        return parse_platform(text)
    cache = environment_cache(os.environ)
    queue = _setting(options, client, _QUEUE_SETTING) or "default"
    try:
        return nodes_platform(
            client, python, queue=queue, cache=cache, today=date.today().isoformat()
        )
    except YarnError as error:
        listener.said(f"{error}; taking the nodes to be as this machine")
        return None


def _cached(archive: ShippedArchive, folder: str) -> CacheFile:
    source = publish(archive, folder) if archive.is_shared else archive.path
    return CacheFile(source, archive.name, is_archive=True)


def _job_files(options: RunOptions, environment: Environment) -> tuple[JobFile, ...]:
    return tuple(environment.job_file(each) for each in _lone_files(options))


def _lone_files(options: RunOptions) -> tuple[JobFile, ...]:
    """Job files that are no modules of a package: those go along by their names in the plan."""
    return tuple(each for each in options.job_files if not each.is_module)
