"""Hadoop's own processes: their command lines, their start and end, their logs."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

import configuration
import jars
import kerberos
import layout
import network
import processes
from errors import ClusterError
from layout import MASTER, NAMENODE, Daemon
from processes import Process
from settings import Settings

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "USER", "LOGNAME")
_LOG_LINES = 15
_LINE_CHARACTERS = 300
_JVM = (
    "-XX:+UseSerialGC",
    "-XX:-UsePerfData",  # leaves no file in the temporary folder
    "-Djava.net.preferIPv4Stack=true",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
)


class Launcher:
    """Starts daemons with one Java and one set of jars, and remembers those it started."""

    def __init__(self, settings: Settings, java_home: Path, jar_folder: Path) -> None:
        self._settings = settings
        self._java_home = java_home
        self._jars = jar_folder
        self._children: dict[Daemon, subprocess.Popen[bytes]] = {}

    def format_namenode(self) -> None:
        """Make an empty HDFS, unless there is one."""
        if (self._settings.node_data(MASTER) / "namenode/current/VERSION").exists():
            return
        self._make_folders(MASTER)
        done = subprocess.run(
            self._command(NAMENODE.main, 128, MASTER, ["-format", "-nonInteractive"]),
            env=self._environment(MASTER),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ClusterError("cannot format the NameNode", _end_of(done.stderr))

    def start(self, daemon: Daemon) -> None:
        self._make_folders(daemon.node)
        log(self._settings, daemon).unlink(missing_ok=True)
        if daemon.kind == layout.KDC:
            command = kerberos.kdc_command(self._settings)
        else:
            command = self._command(daemon.kind.main, daemon.kind.heap_mb, daemon.node)
        self._children[daemon] = processes.start(
            command,
            self._environment(daemon.node),
            log(self._settings, daemon),
            record(self._settings, daemon),
        )

    def check(self) -> None:
        """Raise if one of those that were started has ended."""
        for daemon, child in self._children.items():
            if child.poll() is not None:
                raise failed(self._settings, daemon, "ended")

    def _command(
        self, main: str, heap_mb: int, node: int, arguments: Sequence[str] = ()
    ) -> list[str]:
        conf = self._settings.node_conf(node)
        java = [str(self._java_home / "bin/java"), f"-Xmx{heap_mb}m", *_JVM]
        java += [f"-Djava.io.tmpdir={self._temporary(node)}"]
        java += [f"-Djava.library.path={jars.native(self._jars)}"]
        if self._settings.secure:
            java += [f"-Djava.security.krb5.conf={kerberos.client_conf(self._settings)}"]
        java += ["-cp", f"{conf}:{jars.class_path(self._jars)}", main, *arguments]
        return [*network.inside(self._settings, node), *java]

    def _environment(self, node: int) -> dict[str, str]:
        """Little of ours, since every container gets it."""
        passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        known = kerberos.kdc_environment(self._settings) if self._settings.secure else {}
        return (
            passed
            | known
            | {
                "JAVA_HOME": str(self._java_home),
                "HADOOP_HOME": str(self._jars),
                "HADOOP_COMMON_HOME": str(self._jars),  # tasks look for native libraries below it
                "HADOOP_CONF_DIR": str(self._settings.node_conf(node)),
                configuration.IDENTITY_VARIABLE: self._settings.identity,
            }
        )

    def _temporary(self, node: int) -> Path:
        return self._settings.node_data(node) / "tmp"

    def _make_folders(self, node: int) -> None:
        self._temporary(node).mkdir(parents=True, exist_ok=True)


def log(settings: Settings, daemon: Daemon) -> Path:
    return settings.logs / f"{daemon.name}.log"


def record(settings: Settings, daemon: Daemon) -> Path:
    return settings.processes / f"{daemon.name}.json"


def process(settings: Settings, daemon: Daemon) -> Process | None:
    """The running process of a daemon; None if it does not run."""
    found = processes.recorded(record(settings, daemon))
    return found if found and processes.is_alive(found) else None


def end(
    settings: Settings, daemons: Iterable[Daemon], number: signal.Signals = signal.SIGTERM
) -> None:
    doomed = [found for one in daemons if (found := process(settings, one))]
    (processes.kill if number == signal.SIGKILL else processes.end)(doomed)


def end_containers(settings: Settings) -> None:
    """Kill what is left that the cluster's NodeManagers started, however it came about."""
    variable = configuration.IDENTITY_VARIABLE
    while left := list(processes.marked(variable, settings.identity)):
        processes.kill(left)


def failed(settings: Settings, daemon: Daemon, how: str) -> ClusterError:
    """The error for a daemon that does not work, with the end of its log."""
    path = log(settings, daemon)
    text = path.read_text("utf-8", "replace") if path.exists() else ""
    return ClusterError(f"{daemon.name} {how}; its log: {path}", _end_of(text))


def _end_of(text: str) -> str:
    """The last lines that say something: not the frames of stacks."""
    lines = [line for line in text.strip().splitlines() if not line.startswith("\tat ")]
    return "\n".join(line[:_LINE_CHARACTERS] for line in lines[-_LOG_LINES:])
