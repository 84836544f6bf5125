"""The map tasks of a stage: what each reads, where that lies, and the file that tells them.

Hadoop gets splits of the task file, one line a task, so that its own reader hands each task its
line; the hosts beside them are those of the data itself, which is what YARN places tasks by.

Source: NLineInputFormat.createFileSplit: a reader that does not begin at 0 skips to the next line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hadoopjobs.formats import plan_splits
from hadoopjobs.formats.base import Split
from hadoopjobs.formats.naming import whole_file_splits
from hadoopjobs.physical.stage import ScanSource, Stage, StageSource
from hadoopjobs.runtime.hadoop_orders import MapWork
from hadoopjobs.storage import BlockLocation, filesystem_for
from hadoopjobs.yarn import InputSplit

SPLIT_BYTES = 1 << 27
_HOSTS = 3
_FEW_BYTES = 1 << 25  # what a task of small files reads at most
_ANYWHERE = ""  # the host of files without blocks, which are empty
_OPEN_BYTES = 1 << 17  # what a file costs besides its bytes


@dataclass(frozen=True)
class MapTask:
    """`length` is what it reads of its input, in bytes."""

    work: MapWork
    hosts: tuple[str, ...]
    length: int


@dataclass(frozen=True)
class Part:
    """What one task of an earlier stage left."""

    uri: str
    length: int


def map_tasks(stage: Stage, parts: dict[int, list[Part]], split_bytes: int | None) -> list[MapTask]:
    """In the order of the stage's inputs; never none, since `init` and `final` run in any case."""
    tasks: list[MapTask] = []
    hosts = Hosts()
    for number, given in enumerate(stage.inputs):
        source = given.source
        if isinstance(source, StageSource):
            for part in parts[source.stage]:
                work = MapWork(len(tasks), number, part=part.uri)
                where = hosts.of(part.uri, 0, part.length)
                tasks.append(MapTask(work, where, part.length))
            continue
        for splits in _splits(source, split_bytes or SPLIT_BYTES, hosts):
            length = sum(split.length for split in splits)
            work = MapWork(len(tasks), number, splits=splits)
            tasks.append(MapTask(work, hosts.of_all(splits), length))
    return tasks


def _splits(source: ScanSource, split_bytes: int, hosts: Hosts) -> Sequence[tuple[Split, ...]]:
    """What each task reads. A mapper of whole files gets each in a task of its own, as mrjob has
    it."""
    if source.layout == "files":
        return [(split,) for split in whole_file_splits(source.dataset)] or [()]
    splits = plan_splits(source.dataset, split_bytes)
    return combined(splits, min(split_bytes, _FEW_BYTES), hosts) or [()]


def combined(splits: Iterable[Split], most: int, hosts: Hosts) -> list[tuple[Split, ...]]:
    """Splits of small files put together into tasks of at most `most` bytes, files that lie on
    one host where that can be: a container takes longer to start than a small file to be read.

    A task stands where its first split would; a split of a larger file has a task of its own.
    """
    groups: list[list[Split]] = []
    open_groups: dict[str, tuple[list[Split], int]] = {}  # by host, with its cost
    for split in splits:
        cost = split.length + _OPEN_BYTES
        if cost > most:
            groups.append([split])
            continue
        where = hosts.of(split.uri, split.start, split.length)
        homes = (*where, _ANYWHERE) if where else (_ANYWHERE, *open_groups)
        fitting = [h for h in homes if h in open_groups and open_groups[h][1] + cost <= most]
        home = max(fitting, key=lambda host: open_groups[host][1]) if fitting else homes[0]
        group, so_far = open_groups[home] if fitting else ([], 0)
        if not fitting:
            groups.append(group)
        group.append(split)
        open_groups[home] = group, so_far + cost
    return [tuple(group) for group in groups]


class Hosts:
    """Asks once for each file where its blocks are."""

    def __init__(self) -> None:
        self._blocks: dict[str, list[BlockLocation]] = {}

    def of_all(self, splits: Sequence[Split]) -> tuple[str, ...]:
        """The hosts with most of all of `splits`."""
        held: Counter[str] = Counter()
        for split in splits:
            hosts = self.of(split.uri, split.start, split.length)
            held.update(dict.fromkeys(hosts, split.length))
        return tuple(host for host, _ in held.most_common(_HOSTS))

    def of(self, uri: str, start: int, length: int) -> tuple[str, ...]:
        """The hosts with most of the range."""
        if uri not in self._blocks:
            self._blocks[uri] = filesystem_for(uri).block_locations(uri, 0, 1 << 62)
        held: Counter[str] = Counter()
        for block in self._blocks[uri]:
            end = min(start + length, block.offset + block.length)
            shared = end - max(start, block.offset)
            if shared > 0:
                held.update(dict.fromkeys(block.hosts, shared))
        return tuple(host for host, _ in held.most_common(_HOSTS))


def task_file(tasks: Iterable[MapTask]) -> tuple[bytes, list[tuple[int, int]]]:
    """The file, and the range of it that gives each task its line."""
    lines = [f"{task.work.to_line()}\n".encode() for task in tasks]
    ranges = []
    start = 0
    for line in lines:
        ranges.append((0, len(line) - 1) if start == 0 else (start - 1, len(line)))
        start += len(line)
    return b"".join(lines), ranges


def input_splits(
    uri: str, tasks: Sequence[MapTask], ranges: Sequence[tuple[int, int]]
) -> tuple[InputSplit, ...]:
    """For the task file at `uri`."""
    return tuple(
        InputSplit(uri, start, length, task.hosts)
        for task, (start, length) in zip(tasks, ranges, strict=True)
    )
