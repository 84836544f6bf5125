from __future__ import annotations

import socket
import sys
from types import ModuleType

import pytest

from hadoopjobs.runners.nursery_process import NurseryProcess


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
        with open(f"/proc/{process.pid}/cmdline", "rb") as file:
            is_new = b"hadoopjobs.runtime.nursery import main" in file.read()
    process.stop(seconds=30)
    assert is_new == has_used_hdfs
