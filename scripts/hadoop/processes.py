"""Processes of a cluster: started apart from the terminal, known again exactly, ended.

A process is known by its number together with its start time, so that one that has got the same
number since is never touched. The containers of YARN are known by a variable in their environment.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import settings
from errors import ClusterError

_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Process:
    """start: clock ticks since the boot that `boot` names."""

    pid: int
    start: int
    boot: str


def start(
    command: Sequence[str | Path], environment: Mapping[str, str], log: Path, record: Path
) -> subprocess.Popen[bytes]:
    """Start a daemon that outlives us; its output goes to `log`, who it is to `record`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    record.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,
        )
    settings.write_whole(record, json.dumps(asdict(_describe(child.pid))))
    return child


def recorded(record: Path) -> Process | None:
    """Who was started; None if nobody was."""
    try:
        return Process(**json.loads(record.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        raise ClusterError(f"{record} is damaged: end its process, remove it") from None


def is_alive(process: Process) -> bool:
    state = _state(process.pid)
    return (
        state is not None
        and state[0] != "Z"
        and (state[1], _boot()) == (process.start, process.boot)
    )


def end(doomed: Iterable[Process]) -> None:
    """Ask all of them to end, and after some seconds make them."""
    left = [process for process in doomed if send(process, signal.SIGTERM)]
    left = wait(left, _PATIENCE_SECONDS)
    for process in left:
        send(process, signal.SIGKILL)
    if left := wait(left, _PATIENCE_SECONDS):
        pids = ", ".join(str(process.pid) for process in left)
        raise ClusterError(f"these processes do not end: {pids}")


def kill(doomed: Iterable[Process]) -> None:
    killed = [process for process in doomed if send(process, signal.SIGKILL)]
    wait(killed, _PATIENCE_SECONDS)


def send(process: Process, number: signal.Signals) -> bool:
    """Send a signal to exactly this process; false if it has ended."""
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return False
    try:
        # From here on the handle cannot come to mean another process.
        if not is_alive(process):
            return False
        signal.pidfd_send_signal(handle, number)
        return True
    except ProcessLookupError:
        return False
    except PermissionError:
        raise ClusterError(f"process {process.pid} belongs to another user") from None
    finally:
        os.close(handle)


def wait(processes: Iterable[Process], seconds: float) -> list[Process]:
    """Wait for their end; gives those that are left."""
    deadline = time.monotonic() + seconds
    left = list(processes)
    while (left := [process for process in left if is_alive(process)]) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.05)
    return left


def marked(variable: str, value: str) -> Iterator[Process]:
    """All processes that we may look at and that have `variable=value` in their environment."""
    mark = f"{variable}={value}".encode()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    yield _describe(int(folder.name))
            except OSError:
                continue  # it has ended, or is another user's


def _describe(pid: int) -> Process:
    state = _state(pid)
    if state is None:
        raise ProcessLookupError(pid)
    return Process(pid, state[1], _boot())


def _state(pid: int) -> tuple[str, int] | None:
    """The letter of its state and its start time, fields 3 and 22 of proc_pid_stat(5)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return fields[0], int(fields[19])


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
