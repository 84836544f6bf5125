"""What the driver tells the tasks of a run on Hadoop, as JSON, and what they tell it.

The run's orders are one file in each task's working folder; the command line of the task, which is
part of job.xml, has its SHA-256. The plan in it is the user's own, pickled by the driver. Each map
task reads its own work as a line of the task file.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from hadoopjobs.core.errors import DataError
from hadoopjobs.core.functions import JobFile
from hadoopjobs.formats.base import Split

ORDERS = "hadoopjobs-orders.json"
RESULTS = "_hadoopjobs-results"
"""In a job's output: one file for each task, beside the parts, with its numbers."""

Settings = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Orders:
    """The same for all tasks of a run. `failures` is a folder of the cluster's storage in which a
    failed attempt says why, `hadoop` the settings by which tasks find that storage."""

    plan: bytes
    job_files: tuple[JobFile, ...]
    settings: Settings
    environment: Settings
    hadoop: Settings
    map_budget_bytes: int
    reduce_budget_bytes: int
    skip_bad_records: int
    failures: str

    def to_json(self) -> bytes:
        document = asdict(self) | {"plan": base64.b64encode(self.plan).decode("ascii")}
        return json.dumps(document).encode()


def digest(orders: bytes) -> str:
    return hashlib.sha256(orders).hexdigest()


def read_orders(data: bytes, expected_digest: str) -> Orders:
    """Raises `DataError` if it is not what the driver wrote."""
    if digest(data) != expected_digest:
        raise DataError("these are not the orders that the job was submitted with", uri=ORDERS)
    document = json.loads(data)
    for name in ("settings", "environment", "hadoop"):
        document[name] = tuple((key, value) for key, value in document[name])
    document["job_files"] = tuple(
        JobFile(each["name"], each["path"], tuple(each["imports"]))
        for each in document["job_files"]
    )
    document["plan"] = base64.b64decode(document["plan"])
    return Orders(**document)


@dataclass(frozen=True)
class MapWork:
    """What one map task reads: splits of files, a part that an earlier stage left, or nothing."""

    index: int
    input_index: int
    splits: tuple[Split, ...] = ()
    part: str | None = None

    def to_line(self) -> str:
        return json.dumps(asdict(self))


def read_map_work(line: str | bytes) -> MapWork:
    document: dict[str, Any] = json.loads(line)
    splits = document.pop("splits")
    return MapWork(**document, splits=tuple(Split(**split) for split in splits))
