"""Worker processes: start, hand out tasks, notice deaths, stop without a trace."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from typing import Any

from hadoopjobs.core.errors import HadoopJobsError, WorkerLost
from hadoopjobs.runners.nursery_process import NurseryProcess
from hadoopjobs.runtime.channel import Channel, ChannelClosed, channel_pair
from hadoopjobs.runtime.nursery import Exited, Forked, Setup, kill_groups
from hadoopjobs.runtime.task import TaskSpec
from hadoopjobs.runtime.worker import attempt


class Lost:
    """A worker died while it had a task; `status` is its exit code, negative for a signal."""

    def __init__(self, status: int | None) -> None:
        self.status = status

    def __str__(self) -> str:
        return "its worker died" if self.status is None else f"its worker {self.how}"

    @property
    def advice(self) -> str:
        """What to do if it happens again and again."""
        if self.status not in (None, -signal.SIGKILL):
            return ""
        return (
            "; if the kernel killed it for memory, give --memory a smaller size, "
            "so that tasks spill earlier"
        )

    @property
    def how(self) -> str:
        if self.status is not None and self.status < 0:
            with contextlib.suppress(ValueError):
                return f"was killed by {signal.Signals(-self.status).name}"
        return f"exited with {self.status}"


class Pool(ABC):
    """Runs task attempts. Slots are numbered from 0; each has at most one attempt at a time."""

    slots: int

    @abstractmethod
    def submit(self, slot: int, spec: TaskSpec) -> None: ...

    @abstractmethod
    def wait(self) -> list[tuple[int, Any]]:
        """(slot, message): `Progress`, or an attempt's end: `TaskResult`, `Failure` or `Lost`."""

    @abstractmethod
    def close(self) -> None:
        """Stop; kills what still runs."""


class InlinePool(Pool):
    """One slot: this very process. A debugger sees everything."""

    slots = 1

    def __init__(self, plan: Any, environment: Mapping[str, str]) -> None:
        self._plan = plan
        self._messages: deque[Any] = deque()
        self._replaced = {name: os.environ.get(name) for name in environment}
        os.environ.update(environment)

    def submit(self, slot: int, spec: TaskSpec) -> None:
        # What user code prints goes where it goes from a worker, not among the results.
        with contextlib.redirect_stdout(sys.stderr):
            self._messages.append(attempt(self._plan, spec, self._messages.append))

    def wait(self) -> list[tuple[int, Any]]:
        return [(0, self._messages.popleft())]

    def close(self) -> None:
        for name, value in self._replaced.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class _Worker:
    def __init__(self, channel: Channel, pid: int) -> None:
        self.channel = channel
        self.pid = pid


class WorkerPool(Pool):
    """Processes forked from a nursery, one for each slot, made when first needed."""

    def __init__(self, slots: int, setup: Setup) -> None:
        self.slots = slots
        self._workers: dict[int, _Worker] = {}
        self._statuses: dict[int, int] = {}
        self._ready = False
        self._control, theirs = channel_pair()
        with theirs:
            self._nursery = NurseryProcess(theirs)
        try:
            self._control.send(setup)
        except ChannelClosed:
            self._nursery_died()

    def _nursery_died(self) -> None:
        status = self._nursery.wait()
        if self._ready:
            raise WorkerLost(
                f"the process that starts the workers died: {Lost(status).how}; run the job again"
            )
        raise HadoopJobsError(
            f"the worker processes could not start; what they said is above (exit code {status})"
        )

    def _receive(self, wanted: type) -> Any:
        while True:
            try:
                message, _ = self._control.receive()
            except ChannelClosed:
                self._nursery_died()
            if isinstance(message, Exited):
                self._statuses[message.pid] = message.status
            elif isinstance(message, wanted):
                return message

    def _fork(self) -> _Worker:
        if not self._ready:
            self._receive(str)
            self._ready = True
        ours, theirs = channel_pair()
        with theirs:
            try:
                self._control.send("fork", (theirs.fileno(),))
            except ChannelClosed:
                self._nursery_died()
        return _Worker(ours, self._receive(Forked).pid)

    def submit(self, slot: int, spec: TaskSpec) -> None:
        worker = self._workers.get(slot)
        if worker is None:
            worker = self._workers[slot] = self._fork()
        with contextlib.suppress(ChannelClosed):  # its death is noticed in wait()
            worker.channel.send(spec)

    def wait(self) -> list[tuple[int, Any]]:
        by_descriptor = {worker.channel.fileno(): slot for slot, worker in self._workers.items()}
        poller = select.poll()
        for descriptor in by_descriptor:
            poller.register(descriptor, select.POLLIN)
        events: list[tuple[int, Any]] = []
        for descriptor, _ in poller.poll():
            slot = by_descriptor[descriptor]
            worker = self._workers[slot]
            try:
                events.append((slot, worker.channel.receive()[0]))
            except ChannelClosed:
                events.append((slot, Lost(self._bury(slot))))
        return events

    def _bury(self, slot: int) -> int | None:
        """Forget a dead worker; its exit status, if the nursery tells it within a second."""
        worker = self._workers.pop(slot)
        worker.channel.close()
        kill_groups({worker.pid})
        while worker.pid not in self._statuses:
            ready, _, _ = select.select([self._control], [], [], 1.0)
            if not ready:
                return None
            try:
                message, _ = self._control.receive()
            except ChannelClosed:
                self._nursery_died()
            if isinstance(message, Exited):
                self._statuses[message.pid] = message.status
        return self._statuses.pop(worker.pid)

    def close(self) -> None:
        kill_groups({worker.pid for worker in self._workers.values()})
        for worker in self._workers.values():
            worker.channel.close()
        self._workers.clear()
        with contextlib.suppress(ChannelClosed):
            self._control.send(None)
        self._nursery.stop(seconds=5)
        self._control.close()
