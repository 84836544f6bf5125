"""The sandbox in which each of these tests runs jobs."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.harness import Sandbox, kill

if not os.path.exists("/proc/self/environ"):
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(autouse=True)
def _signals_as_from_a_terminal() -> None:
    """Signals that the tests were started without, as `nohup` and a shell's `&` do it, would be
    ignored in the runs as well."""
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox; whatever its runs left is killed at the end, pass or fail."""
    made = Sandbox(tmp_path)
    yield made
    for pid in made.processes():
        kill(pid)
