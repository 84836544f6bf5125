"""Processor time of the cluster that `scripts/cluster` started: daemons and containers."""

from __future__ import annotations

import json
import os
from pathlib import Path

from measure import CommandFailed

_TICKS = os.sysconf("SC_CLK_TCK")


def cluster_cpu_seconds() -> float:
    """What the daemons have used since they started, with all containers that have ended: their
    NodeManager waits for them. Source: proc_pid_stat(5), fields 14 to 17."""
    conf = os.environ.get("HADOOP_CONF_DIR")
    records = list((Path(conf).parent / "processes").glob("*.json")) if conf else []
    if not records:
        raise CommandFailed('this needs a cluster: eval "$(scripts/cluster start)" and again')
    return sum(_cpu_seconds(json.loads(record.read_text())["pid"]) for record in records)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    return sum(int(field) for field in fields[11:15]) / _TICKS
