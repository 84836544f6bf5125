"""What can be done with a cluster: start, stop, its single daemons, its cables."""

from __future__ import annotations

import dataclasses
import errno
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import configuration
import daemons
import hdfs_folders
import health
import jars
import kerberos
import layout
import network
import own_folder
import programs
import settings as saved_settings
from daemons import Launcher
from errors import ClusterError
from layout import Daemon
from settings import Settings
from web import NoAnswer

_START_SECONDS = 120
_POLL_SECONDS = 0.2


def running(folder: Path) -> Settings:
    """The cluster in `folder`."""
    settings = saved_settings.saved(folder)
    if settings is None:
        raise ClusterError(f"no cluster in {folder}: start one with scripts/cluster start")
    return settings


def start(settings: Settings) -> Settings:
    """Start a cluster, or what is missing of one; gives its settings."""
    if (present := saved_settings.saved(settings.folder)) is not None:
        return _complete(present, settings)
    own_folder.require(settings.folder)
    programs.require_java()
    if settings.secure:
        programs.require(*kerberos.PROGRAMS)
    _require_own_name()
    _require_free_ports(settings)
    launcher = _launcher(settings)
    began = time.monotonic()
    with _removed_on_failure(settings):
        own_folder.claim(settings.folder)
        saved_settings.save(settings)
        _bring_up(settings, launcher)
        saved_settings.save(dataclasses.replace(settings, is_whole=True))
    print(f"the cluster is ready after {time.monotonic() - began:.0f} s", file=sys.stderr)
    return settings


def _complete(present: Settings, wanted: Settings) -> Settings:
    if present != wanted:
        raise ClusterError(
            f"a cluster with other settings is in {present.folder}: stop it first, "
            "or choose another --dir"
        )
    everything = layout.daemons(present)
    missing = [one for one in everything if daemons.process(present, one) is None]
    if len(missing) == len(everything) or not present.is_whole:
        # Its start was killed, or the machine was started anew.
        remove(present, keep_data=True)
        return start(dataclasses.replace(wanted, is_whole=False))
    if missing:
        start_daemons(present, missing)
    else:
        print(f"the cluster in {present.folder} is running already", file=sys.stderr)
    return present


@contextmanager
def _removed_on_failure(settings: Settings) -> Iterator[None]:
    """Leave nothing of a failed start but the data that was there before, and logs to read."""
    is_new = not settings.data.exists()
    try:
        yield
    except BaseException as error:
        remove(settings, keep_data=not is_new, keep_logs=isinstance(error, ClusterError))
        raise


def remove(settings: Settings, keep_data: bool, keep_logs: bool = False) -> None:
    """End every process of a cluster and remove its network and files."""
    daemons.end(settings, layout.daemons(settings))
    daemons.end_containers(settings)
    if settings.nodes > 1:
        network.down(settings)
    kept = {"data", "log"} if keep_data else {"log"} if keep_logs else set()
    own_folder.clear(settings.folder, kept)


def start_daemons(settings: Settings, wanted: Iterable[Daemon]) -> None:
    """Start single daemons, and wait until they are healthy."""
    launcher = _launcher(settings)
    wanted = [one for one in wanted if daemons.process(settings, one) is None]
    for one in wanted:
        launcher.start(one)
    _wait(launcher, lambda: _unhealthy(settings, wanted), settings)


def stop_daemons(settings: Settings, doomed: Iterable[Daemon], number: signal.Signals) -> None:
    daemons.end(settings, doomed, number)


def _launcher(settings: Settings) -> Launcher:
    return Launcher(settings, programs.require_java(), jars.resolve())


def _bring_up(settings: Settings, launcher: Launcher) -> None:
    if settings.nodes > 1:
        network.up(settings)
    configuration.write(settings, jars.resolve())
    if settings.secure:
        _bring_up_kerberos(settings, launcher)
    for one in layout.of_kind(settings, layout.RESOURCEMANAGER, layout.NODEMANAGER):
        launcher.start(one)
    launcher.format_namenode()
    hdfs = layout.of_kind(settings, layout.NAMENODE, layout.DATANODE)
    for one in hdfs:
        launcher.start(one)
    _wait(launcher, lambda: _unhealthy(settings, hdfs) or _missing_datanodes(settings), settings)
    _wait(launcher, lambda: _without_folders(settings), settings)
    for one in layout.of_kind(settings, layout.HISTORYSERVER):
        launcher.start(one)
    everything = layout.daemons(settings)
    _wait(
        launcher,
        lambda: _unhealthy(settings, everything) or _missing_nodemanagers(settings),
        settings,
    )


def _bring_up_kerberos(settings: Settings, launcher: Launcher) -> None:
    kerberos.make(settings)
    kdc = layout.of_kind(settings, layout.KDC)
    for one in kdc:
        launcher.start(one)
    _wait(launcher, lambda: _unhealthy(settings, kdc), settings)
    kerberos.log_in(settings)


def _wait(launcher: Launcher, waiting_for: Callable[[], list[Daemon]], settings: Settings) -> None:
    """Wait until nothing is waited for; the first of it is to blame if that takes too long."""
    deadline = time.monotonic() + _START_SECONDS
    while guilty := waiting_for():
        launcher.check()
        if time.monotonic() > deadline:
            raise daemons.failed(settings, guilty[0], f"is not ready after {_START_SECONDS} s")
        time.sleep(_POLL_SECONDS)


def _unhealthy(settings: Settings, wanted: Iterable[Daemon]) -> list[Daemon]:
    return [one for one, problem in health.problems(settings, wanted).items() if problem]


def _without_folders(settings: Settings) -> list[Daemon]:
    """The NameNode, if it did not make the folders; a busy machine may need a second try."""
    try:
        hdfs_folders.make(settings)
        return []
    except NoAnswer:
        return layout.of_kind(settings, layout.NAMENODE)


def _missing_datanodes(settings: Settings) -> list[Daemon]:
    with suppress(NoAnswer):
        if health.live_datanodes(settings) == settings.nodes:
            return []
    return layout.of_kind(settings, layout.DATANODE)


def _missing_nodemanagers(settings: Settings) -> list[Daemon]:
    with suppress(NoAnswer):
        if health.running_nodemanagers(settings) == settings.nodes:
            return []
    return layout.of_kind(settings, layout.NODEMANAGER)


def _require_own_name() -> None:
    """Hadoop's processes look up the machine's own name."""
    name = socket.gethostname()
    try:
        socket.gethostbyname(name)
    except OSError:
        raise ClusterError(
            f"this machine's name {name!r} has no address: add `127.0.1.1 {name}` to /etc/hosts"
        ) from None


def _require_free_ports(settings: Settings) -> None:
    if settings.nodes > 1:
        network.require(settings)
        return
    for purpose, number in layout.ports_of(settings):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                raise ClusterError(
                    f"port {number} ({purpose}) is in use: end what uses it, or choose others "
                    "with --port-base"
                ) from None
