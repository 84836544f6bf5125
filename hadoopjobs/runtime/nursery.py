"""The process from which workers are forked: loads the plan and its imports once, starts no
thread, and outlives every worker. It also cleans up, for the driver may die without a word.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import shutil
import signal
import socket
import sys
from dataclasses import dataclass

from hadoopjobs.core.functions import JobFile
from hadoopjobs.runtime.channel import Channel, ChannelClosed
from hadoopjobs.runtime.staging import Staging


@dataclass(frozen=True)
class Setup:
    """What a nursery needs to know. `plan` is pickled apart: it may need `job_files` first."""

    path: tuple[str, ...]
    job_files: tuple[JobFile, ...]
    imports: tuple[str, ...]
    plan: bytes
    temporary: str
    stagings: tuple[Staging, ...]
    environment: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Forked:
    pid: int


@dataclass(frozen=True)
class Exited:
    """A worker is gone; `status` as `os.waitstatus_to_exitcode` gives it (negative: a signal)."""

    pid: int
    status: int


def main(descriptor: int) -> None:
    """Serve the driver at the other end of socket `descriptor` until it closes."""
    channel = Channel(socket.socket(fileno=descriptor))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        setup, _ = channel.receive()
    except ChannelClosed:
        return
    _silence_standard_streams()
    workers: set[int] = set()
    with contextlib.suppress(ChannelClosed):
        try:
            _serve(channel, _load(setup), workers)
        finally:
            _clean_up(setup, workers)


def _serve(channel: Channel, plan: object, workers: set[int]) -> None:
    wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    gc.freeze()  # no worker copies these pages because a collection touches them
    channel.send("ready")
    while True:
        ready, _, _ = select.select([channel.fileno(), wake_read], [], [])
        if wake_read in ready:
            os.read(wake_read, 4096)
            for gone in _reap(workers):
                channel.send(gone)
        if channel.fileno() in ready:
            message, descriptors = channel.receive()
            if message is None:
                return
            pid = os.fork()
            if pid == 0:
                _run_worker(channel, descriptors[0], (wake_read, wake_write), plan)
            os.close(descriptors[0])
            workers.add(pid)
            channel.send(Forked(pid))


def _clean_up(setup: Setup, workers: set[int]) -> None:
    """Leave no process and no file; all of it is gone already if the driver came to its end."""
    kill_groups(workers)
    for pid in workers:  # a worker that is not yet dead could still make a file
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
    shutil.rmtree(setup.temporary, ignore_errors=True)
    for staging in setup.stagings:
        staging.remove()


def _load(setup: Setup) -> object:
    import pickle

    sys.path[:] = setup.path
    os.environ.update(setup.environment)
    for job_file in setup.job_files:
        from hadoopjobs.core.job_files import load_job_file

        load_job_file(job_file)
    for module in ("hadoopjobs.runtime.pipeline", *setup.imports):
        importlib.import_module(module)
    return pickle.loads(setup.plan)


def _run_worker(channel: Channel, descriptor: int, wake: tuple[int, int], plan: object) -> None:
    from hadoopjobs.runtime.worker import become_worker

    code = 1
    try:
        signal.set_wakeup_fd(-1)
        channel.close()
        for end in wake:
            os.close(end)
        become_worker(Channel(socket.socket(fileno=descriptor)), plan)  # type: ignore[arg-type]
        code = 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _silence_standard_streams() -> None:
    """What user code prints goes to standard error: standard output is for results."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)


def _reap(workers: set[int]) -> list[Exited]:
    gone = []
    while workers:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            break
        if pid == 0:
            break
        if pid in workers:
            workers.discard(pid)
            gone.append(Exited(pid, os.waitstatus_to_exitcode(status)))
    kill_groups({exited.pid for exited in gone})
    return gone


def kill_groups(pids: set[int]) -> None:
    """Kill each worker and the commands that it started; those already gone are no error.

    A worker leads a session; its commands, and what they start, have process groups of their own
    in it.
    """
    for pid in pids:
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(pid, signal.SIGKILL)
    for pid in _members_of(pids):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _members_of(sessions: set[int]) -> list[int]:
    """The processes of these sessions, where the system tells (Linux).

    Source: proc_pid_stat(5): the sixth field; the second, in parentheses, may hold anything.
    """
    members = []
    for name in os.listdir("/proc") if sessions and os.path.isdir("/proc") else ():
        if name.isdigit():
            with contextlib.suppress(OSError):
                with open(f"/proc/{name}/stat", "rb") as file:
                    fields = file.read().rpartition(b")")[2].split()
                if int(fields[3]) in sessions:
                    members.append(int(name))
    return members
