"""The sandbox in which each of these tests runs jobs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.harness import Sandbox, kill

if not os.path.exists("/proc/self/environ"):
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox; whatever its runs left is killed at the end, pass or fail."""
    made = Sandbox(tmp_path)
    yield made
    for pid in made.processes():
        kill(pid)
