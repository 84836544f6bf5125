from __future__ import annotations

import socket
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from hadoopjobs.runners.nursery_process import NurseryProcess


def command_line(pid: int) -> bytes:
    """Of a process that has just been started: exec(3) leaves none for a moment."""
    while not (found := Path(f"/proc/{pid}/cmdline").read_bytes()):
        time.sleep(0.001)
    return found


@pytest.mark.parametrize("has_used_hdfs", [False, True])
def test_a_process_that_has_used_hdfs_is_not_forked(has_used_hdfs, monkeypatch):
    """A child would find its parent's connections there."""
    monkeypatch.setattr("hadoopjobs.runners.nursery_process._thread_count", lambda: 1)
    monkeypatch.delitem(sys.modules, "hdfs_native", raising=False)
    if has_used_hdfs:
        monkeypatch.setitem(sys.modules, "hdfs_native", ModuleType("hdfs_native"))
    ours, its = socket.socketpair()
    with ours, its:
        process = NurseryProcess(its)
        found = command_line(process.pid)
        is_new = b"hadoopjobs.runtime.nursery import main" in found
    process.stop(seconds=30)
    assert is_new == has_used_hdfs
