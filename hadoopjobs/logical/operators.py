"""The logical operators: what a job computes, not how.

A plan is a chain or tree of these frozen nodes, read from the leaves to `Write`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.functions import UserCode

ScanLayout = Literal["pairs", "bytes", "texts", "columns", "files"]


@dataclass(frozen=True)
class Scan:
    """Read a data set.

    layout: pairs    Python keys and values as the format gives them (text: None, str)
            bytes    (None, line without its end) of a line format
            columns  Arrow record batches
            files    (local path, URI) of each whole file, unread; for `mapper_raw`
    """

    dataset: DatasetRef
    layout: ScanLayout = "pairs"


@dataclass(frozen=True)
class MapRecords:
    """Call user code for each record. `code` holds a `RecordFunction`."""

    child: LogicalPlan
    code: UserCode


@dataclass(frozen=True)
class MapBatches:
    """Call user code for each Arrow record batch; `code` holds `(RecordBatch) -> iterable`."""

    child: LogicalPlan
    code: UserCode


@dataclass(frozen=True)
class Grouping:
    """How records find their group and in which order groups and values come.

    partitions   number of reduce tasks; None: the planner decides
    sort_values  values of a key come sorted by `value_bytes`; else in the order in which the map
                 tasks, by their numbers, yielded them (on Hadoop: in no stated order)
    key_bytes    holds `(list of keys) -> list of bytes`: groups are equal bytes, sorted by
                 them. None: `core.sort_key`
    value_bytes  the same for values, used with `sort_values`
    partitioner  holds `(key, partitions) -> int`. None: a stable hash of the key's bytes
    divisible    whether a single partition may be reduced as ranges of its keys, by a task each
    lines        values are whole lines, and keys their bytes before the first tab
    """

    partitions: int | None = None
    sort_values: bool = False
    key_bytes: UserCode | None = None
    value_bytes: UserCode | None = None
    partitioner: UserCode | None = None
    divisible: bool = False
    lines: bool = False


@dataclass(frozen=True)
class ReduceGroups:
    """Group pairs by key and call user code for each group. Codes hold `RecordFunction`s.

    Without a reducer, groups are only sorted: each pair comes out as it came in.
    """

    child: LogicalPlan
    reducer: UserCode | None
    combiner: UserCode | None = None
    grouping: Grouping = Grouping()


@dataclass(frozen=True)
class Aggregate:
    """Group pairs by key and fold the values of each; `code` holds a `core` aggregator."""

    child: LogicalPlan
    code: UserCode
    grouping: Grouping = Grouping()


@dataclass(frozen=True)
class AggregateBatches:
    """Group rows by `keys` and fold the other columns by named functions.

    `keys` empty: the first column. `functions` is one name (`sum`, `count`, `min`, `max`,
    `mean`) for all value columns, or (column, name) pairs.
    """

    child: LogicalPlan
    functions: str | tuple[tuple[str, str], ...]
    keys: tuple[str, ...] = ()
    partitions: int | None = None


@dataclass(frozen=True)
class ReduceBatches:
    """Call user code for batches of whole groups, sorted by `keys` (empty: the first column)."""

    child: LogicalPlan
    code: UserCode
    keys: tuple[str, ...] = ()
    partitions: int | None = None


@dataclass(frozen=True)
class Materialise:
    """Pass on what comes when all of it is there: to tasks of their own, whatever these do."""

    child: LogicalPlan


@dataclass(frozen=True)
class Tee:
    """Pass on what comes, and write it to `target` too, as soon as all of it is there."""

    child: LogicalPlan
    target: DatasetRef


@dataclass(frozen=True)
class Write:
    """Write to `target`; without a URI, to the standard output of the caller."""

    child: LogicalPlan
    target: DatasetRef


LogicalPlan = (
    Scan
    | MapRecords
    | MapBatches
    | ReduceGroups
    | Aggregate
    | AggregateBatches
    | ReduceBatches
    | Materialise
    | Tee
    | Write
)
