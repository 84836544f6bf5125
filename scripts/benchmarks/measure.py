"""Run a command and say what it took: wall and CPU seconds, and memory of its process tree.

CPU seconds are those of every process that the command started, killed ones and orphans too:
this process adopts orphans (it is a "child subreaper") and adds what the kernel says at each
one's end. So nothing outlives a measured command either. Linux only.
"""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_SAMPLE_SECONDS = 0.15
_ORPHAN_SECONDS = 5.0


class CommandFailed(Exception):
    """A measured command ended with an error."""


@dataclass(frozen=True)
class Measurement:
    """One run. The peaks are 0 if no memory was sampled.

    peak_pss    proportional set size of the tree: each page counted once
    peak_bytes  the same and the memory files (memfd) that the tree holds, whose pages are in
                no process's PSS as long as nobody maps them
    """

    wall_seconds: float
    cpu_seconds: float
    peak_pss: int = 0
    peak_bytes: int = 0


def adopt_orphans() -> None:
    """Make this process the parent of all orphans below it."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def measure(
    command: Sequence[str],
    output: Path,
    *,
    environment: Mapping[str, str] | None = None,
    sample_memory: bool = False,
) -> Measurement:
    """Run `command` with standard output to `output` and standard error to `output`.log.

    Raises `CommandFailed` with the end of its standard error.
    """
    log = output.with_name(output.name + ".log")
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(output), write, 0o644),
        (os.POSIX_SPAWN_OPEN, 2, str(log), write, 0o644),
    ]
    sampler = MemorySampler() if sample_memory else None
    try:
        started = time.perf_counter()
        pid = os.posix_spawn(
            command[0], list(command), {**os.environ, **(environment or {})}, file_actions=actions
        )
        if sampler is not None:
            sampler.start()
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - started
        cpu = usage.ru_utime + usage.ru_stime + _reap_orphans()
    finally:
        if sampler is not None:
            sampler.stop()
        kill_descendants()
    if status != 0:
        said = log.read_text(encoding="utf-8", errors="replace").strip()
        code = os.waitstatus_to_exitcode(status)
        raise CommandFailed(f"exit code {code} from: {' '.join(command)}\n{said[-2000:]}")
    peaks = (sampler.peak_pss, sampler.peak_bytes) if sampler is not None else ()
    return Measurement(wall, cpu, *peaks)


def _reap_orphans() -> float:
    """CPU seconds of the adopted processes, all of which end within some seconds or are killed."""
    cpu, deadline = 0.0, time.monotonic() + _ORPHAN_SECONDS
    while True:
        try:
            pid, _, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return cpu
        if pid:
            cpu += usage.ru_utime + usage.ru_stime
        elif time.monotonic() < deadline:
            time.sleep(0.01)
        else:
            _kill(descendants())


def kill_descendants() -> None:
    """Kill and reap everything below this process; at the end of a good run there is nothing."""
    while below := descendants():
        _kill(below)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.01)


def _kill(pids: Sequence[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def descendants() -> list[int]:
    """The processes below this one, by the parents that /proc tells."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                stat = Path("/proc", name, "stat").read_bytes()
            except OSError:  # gone since
                continue
            parent = int(stat[stat.rindex(b")") + 2 :].split()[1])
            children.setdefault(parent, []).append(int(name))
    found, waiting = [], [os.getpid()]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


class MemorySampler:
    """Samples the memory of all descendants of this process until it is stopped."""

    def __init__(self) -> None:
        self.peak_pss = 0
        self.peak_bytes = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(_SAMPLE_SECONDS):
            pss, mapped = 0, 0
            files: dict[int, int] = {}
            for pid in descendants():
                try:
                    sizes = _rollup(pid)
                    files.update(_memory_files(pid))
                except OSError:  # gone since
                    continue
                pss += sizes.get("Pss", 0)
                mapped += sizes.get("Pss_Shmem", 0)
            self.peak_pss = max(self.peak_pss, pss)
            self.peak_bytes = max(self.peak_bytes, pss + max(0, sum(files.values()) - mapped))


def _rollup(pid: int) -> dict[str, int]:
    """The bytes that /proc/PID/smaps_rollup tells, by name."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines}


def _memory_files(pid: int) -> dict[int, int]:
    """The bytes in use of each memory file that the process holds open, by inode."""
    sizes = {}
    for descriptor in os.scandir(f"/proc/{pid}/fd"):
        try:
            if os.readlink(descriptor.path).startswith("/memfd:"):
                status = os.stat(descriptor.path)
                sizes[status.st_ino] = status.st_blocks * 512
        except FileNotFoundError:  # closed since
            continue
    return sizes
