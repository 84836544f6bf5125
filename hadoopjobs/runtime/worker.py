"""A worker: takes one task after the other until its channel closes."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable

from hadoopjobs.core.errors import CodecError, HadoopJobsError, NoSpace, UsageError
from hadoopjobs.physical.stage import PhysicalPlan
from hadoopjobs.runtime.attempt import run_task
from hadoopjobs.runtime.channel import Channel, ChannelClosed
from hadoopjobs.runtime.task import TaskResult, TaskSpec


class Failure:
    """Why an attempt failed. `final` says that another attempt cannot do better."""

    def __init__(self, error: HadoopJobsError | None, trace: str) -> None:
        self.error = error
        self.trace = trace

    @property
    def final(self) -> bool:
        return isinstance(self.error, CodecError | NoSpace | UsageError)


class Progress:
    """How far a task is: a share from 0 to 1 (below 0: unknown), or a new status text."""

    def __init__(self, share: float, status: str) -> None:
        self.share = share
        self.status = status


def serve(channel: Channel, plan: PhysicalPlan) -> None:
    """Run tasks as they come over `channel`; returns when the driver is gone or has no more."""
    while True:
        try:
            spec, _ = channel.receive()
            if spec is None:
                return
            channel.send(attempt(plan, spec, channel.send))
        except ChannelClosed:
            return


def attempt(
    plan: PhysicalPlan, spec: TaskSpec, send: Callable[[Progress], None]
) -> TaskResult | Failure:
    """Run one attempt; a failure is a result too. `send` takes what it reports on the way."""

    last = ""

    def report(share: float, status: str) -> None:
        nonlocal last
        if share >= 0 or status != last:
            send(Progress(share, status))
        last = status or last

    try:
        return run_task(plan, spec, report)
    except ChannelClosed:
        raise
    except HadoopJobsError as error:
        return Failure(error, traceback.format_exc())
    except MemoryError as error:
        return Failure(HadoopJobsError(f"out of memory: {error}; give it more"), "")
    except Exception:
        return Failure(None, traceback.format_exc())


def become_worker(descriptor_end: Channel, plan: PhysicalPlan) -> None:
    """Turn this freshly forked process into a worker: own session, no terminal, collector off."""
    os.setsid()
    _die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    gc.disable()
    if "pyarrow" in sys.modules:
        import pyarrow as pa

        pa.set_cpu_count(1)
        pa.set_io_thread_count(1)
    serve(descriptor_end, plan)


def _die_with_parent() -> None:
    """Ask Linux to kill this process when its parent dies. Source: prctl(2), PR_SET_PDEATHSIG."""
    if sys.platform.startswith("linux"):
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
