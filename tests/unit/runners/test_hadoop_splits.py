"""The task file and its ranges, and where a split's blocks are."""

from __future__ import annotations

import pytest

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.formats.base import Split
from hadoopjobs.physical.stage import PartsSink, ScanSource, Stage, StageInput, StageSource
from hadoopjobs.runners import hadoop_splits
from hadoopjobs.runners.hadoop_splits import MapTask, Part, combined, map_tasks, task_file
from hadoopjobs.runtime.hadoop_orders import MapWork, read_map_work
from hadoopjobs.storage import BlockLocation


def lines_that_hadoop_reads(content: bytes, start: int, length: int) -> list[bytes]:
    """As LineRecordReader does: a split that does not begin at 0 skips to the next line, and one
    reads the line that begins at its end too."""
    at = 0 if start == 0 else content.index(b"\n", start) + 1
    lines = []
    while at <= start + length and at < len(content):
        end = content.index(b"\n", at)
        lines.append(content[at:end])
        at = end + 1
    return lines


@pytest.mark.parametrize("count", [1, 2, 12])
def test_each_task_gets_its_line(count):
    tasks = [MapTask(MapWork(i, 0, part="x" * (i * 7 % 5)), (), 0) for i in range(count)]
    content, ranges = task_file(tasks)
    read = [lines_that_hadoop_reads(content, start, length) for start, length in ranges]
    assert [[read_map_work(line) for line in lines] for lines in read] == [[t.work] for t in tasks]


def test_no_file_gives_one_task(tmp_path):
    source = ScanSource(DatasetRef((str(tmp_path),)), "pairs")
    stage = Stage(0, "s", (StageInput(source),), None, (), PartsSink())
    assert map_tasks(stage, {}, None) == [MapTask(MapWork(0, 0), (), 0)]


def test_files_then_parts(tmp_path):
    file, part = tmp_path / "a.txt", tmp_path / "part-00000"
    file.write_bytes(b"x\n" * 50)
    part.write_bytes(b"12345")
    scan = ScanSource(DatasetRef((str(file),), "text"), "pairs")
    inputs = (StageInput(scan), StageInput(StageSource(0)))
    stage = Stage(1, "s", inputs, None, (), PartsSink())
    splits = [Split(str(file), 0, 60, 100, "text"), Split(str(file), 60, 40, 100, "text")]
    assert map_tasks(stage, {0: [Part(str(part), 5)]}, 60) == [
        MapTask(MapWork(0, 0, splits=(splits[0],)), ("localhost",), 60),
        MapTask(MapWork(1, 0, splits=(splits[1],)), ("localhost",), 40),
        MapTask(MapWork(2, 1, part=str(part)), ("localhost",), 5),
    ]


def test_hosts_are_those_with_most_of_the_split(monkeypatch):
    blocks = [
        BlockLocation(("a", "b"), 0, 100),
        BlockLocation(("b", "c"), 100, 100),
        BlockLocation(("d",), 200, 100),
    ]

    class Store:
        def block_locations(self, uri, start, length):
            return blocks

    monkeypatch.setattr(hadoop_splits, "filesystem_for", lambda uri: Store())
    hosts = hadoop_splits.Hosts()
    assert hosts.of("hdfs://nn/x", 80, 100) == ("b", "c", "a")
    assert hosts.of("hdfs://nn/x", 200, 100) == ("d",)


MIB = 1 << 20


class Placed(hadoop_splits.Hosts):
    """Files that lie where their names say: /a/1 on host a."""

    def of(self, uri, start, length):
        return tuple(uri.split("/")[1])


def whole(uri: str, length: int) -> Split:
    return Split(uri, 0, length, length, "text")


def test_small_files_of_a_host_are_read_by_one_task():
    splits = [whole(f"/{host}/{n}", 1000) for n in range(30) for host in ("a", "b")]
    tasks = combined(splits, 32 * MIB, Placed())
    assert [{split.uri[:3] for split in task} for task in tasks] == [{"/a/"}, {"/b/"}]
    assert sorted(map(repr, splits)) == sorted(repr(split) for task in tasks for split in task)


def test_a_file_goes_to_a_task_of_any_of_its_hosts():
    splits = [whole(f"/{hosts}/{n}", 10) for n, hosts in enumerate(["ab", "bc", "cb", "d"])]
    tasks = combined(splits, 32 * MIB, Placed())
    assert [[split.uri for split in task] for task in tasks] == [
        ["/ab/0"],
        ["/bc/1", "/cb/2"],
        ["/d/3"],
    ]


def test_an_empty_file_lies_nowhere_and_goes_with_any():
    splits = [whole("//1", 0), whole("/a/2", 10), whole("//3", 0), whole("/b/4", 10)]
    assert len(combined(splits[:3], 32 * MIB, Placed())) == 1
    assert len(combined(splits[1:], 32 * MIB, Placed())) == 2


@pytest.mark.parametrize("length", [0, 1, MIB, 10 * MIB, 31 * MIB, 32 * MIB, 100 * MIB])
def test_tasks_of_small_files_stay_small(length):
    tasks = combined([whole(f"/a/{n}", length) for n in range(1000)], 32 * MIB, Placed())
    assert sum(map(len, tasks)) == 1000
    assert all(len(task) == 1 or len(task) * (length + (1 << 17)) <= 32 * MIB for task in tasks)
    assert len(tasks) < 1000 or length > 15 * MIB
