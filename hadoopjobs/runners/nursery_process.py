"""Start the nursery: forked from this process where that is safe, else a new Python.

A fork has all modules loaded already; a new Python loads them again. But a fork copies just the
thread that calls it, so with more threads locks may stay held for ever, and connections of a native
library are the parent's; then it is a new Python.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import traceback

from hadoopjobs.runtime.nursery import kill_groups, main
from hadoopjobs.storage import is_safe_to_fork

_SPAWNED = "import sys; from hadoopjobs.runtime.nursery import main; main(int(sys.argv[1]))"


class NurseryProcess:
    """The process, whichever way it was started."""

    def __init__(self, end: socket.socket) -> None:
        """Start it on `end` of a socket pair, of which this process keeps the other end."""
        self._spawned: subprocess.Popen[bytes] | None = None
        self._status: int | None = None
        if _thread_count() == 1 and is_safe_to_fork():
            self.pid = _fork(end)
        else:
            self._spawned = _spawn(end)
            self.pid = self._spawned.pid

    def wait(self) -> int:
        """Its exit code, negative for a signal; it is waited for as long as it takes."""
        if self._spawned is not None:
            return self._spawned.wait()
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._status

    def stop(self, seconds: float) -> None:
        """Wait for its end; kill it when it takes longer than `seconds`."""
        deadline = time.monotonic() + seconds
        while not self._has_ended():
            if time.monotonic() > deadline:
                kill_groups({self.pid})
                self.wait()
                return
            time.sleep(0.002)

    def _has_ended(self) -> bool:
        if self._spawned is not None:
            return self._spawned.poll() is not None
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid == 0:
                return False
            self._status = os.waitstatus_to_exitcode(status)
        return True


def _thread_count() -> int:
    """Threads of this process, those of native libraries too; 2 where the system does not say."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 2


def _spawn(end: socket.socket) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _SPAWNED, str(end.fileno())],
        pass_fds=[end.fileno()],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )


def _fork(end: socket.socket) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        pid = os.fork()
        if pid == 0:
            _become_nursery(end.fileno(), signals)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    return pid


def _become_nursery(descriptor: int, signals: set[signal.Signals]) -> None:
    """The rest of a forked child's life. Of the parent's files only the three standard streams
    and `descriptor` stay open: a copy of the driver's end would hide the driver's death."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
        os.closerange(3, descriptor)
        os.closerange(descriptor + 1, os.sysconf("SC_OPEN_MAX") if descriptor > 65536 else 65536)
        main(descriptor)
        code = 0
    except BaseException:  # whatever it is, it must not run on in the driver's code
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)
