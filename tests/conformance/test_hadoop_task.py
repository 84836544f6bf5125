"""The tasks of the hadoop runner, with a few lines in Hadoop's place: they start the same program,
sort what the map tasks write, and give each reduce task its partition. No cluster is needed."""

from __future__ import annotations

import json
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hadoopjobs.core.functions import JobFile
from hadoopjobs.core.job_files import job_file_of, load_job_file
from hadoopjobs.runners.hadoop_splits import map_tasks
from hadoopjobs.runtime.hadoop_orders import ORDERS, RESULTS, MapWork, Orders, digest
from hadoopjobs.runtime.hadoop_report import result_told
from hadoopjobs.runtime.hadoop_shuffle import _records
from hadoopjobs.session import JobTarget, Settings, program_of_job
from hadoopjobs.session.programs import plan_program
from tests.unit.runtime.test_hadoop_shuffle import binary_partition

ROOT = Path(__file__).parents[2]
FAULTY = ROOT / "tests" / "cluster" / "jobs" / "faulty.py"
TEXT = "".join(f"one two {'seven' if number == 70 else 'three'}\n" for number in range(100))


@dataclass
class Hadoop:
    """Plays one job of one stage; its containers share a folder, as those of an uber job do."""

    folder: Path
    partitions: int
    orders: bytes = b""
    works: list[MapWork] = field(default_factory=list)
    written: list[tuple[bytes, bytes]] = field(default_factory=list)

    def task(
        self, side: str, index: int, stdin: bytes, attempt: int = 0
    ) -> subprocess.CompletedProcess[bytes]:
        variables = {
            "mapreduce_task_attempt_id": f"attempt_1_0001_{side[0]}_{index:06d}_{attempt}",
            "mapreduce_task_partition": str(index),
            "mapreduce_job_maps": str(len(self.works)),
            "mapreduce_task_output_dir": str(self.folder / "out"),
            "PYTHONPATH": str(ROOT),
        }
        words = ["-m", "hadoopjobs.runtime.hadoop_task", side, "0", digest(self.orders)]
        return subprocess.run(
            [sys.executable, *words],
            input=stdin,
            capture_output=True,
            cwd=self.folder,
            env=os.environ | variables,
            check=False,
        )

    def map(self, index: int, attempt: int = 0) -> subprocess.CompletedProcess[bytes]:
        line = self.works[index].to_line().encode()
        return self.task("map", index, line + b"\n", attempt)

    def reduce(self, index: int) -> subprocess.CompletedProcess[bytes]:
        own = [r for r in self.written if binary_partition(r[0], self.partitions) == index]
        stream = b"".join(struct.pack(">i", len(p)) + p for record in sorted(own) for p in record)
        return self.task("reduce", index, stream)

    def run(self) -> None:
        for index in range(len(self.works)):
            done = self.map(index)
            assert done.returncode == 0, done.stderr.decode()
            self.take(done.stdout)
        for index in range(self.partitions):
            done = self.reduce(index)
            assert done.returncode == 0, done.stderr.decode()

    def take(self, stdout: bytes) -> None:
        stream = self.folder / "map-output"
        stream.write_bytes(stdout)
        with stream.open("rb") as file:
            self.written += _records(file)

    def output(self) -> list[bytes]:
        parts = sorted((self.folder / "out").glob("part-*"))
        return sorted(line for part in parts for line in part.read_bytes().splitlines())

    def failure(self) -> dict[str, object]:
        (path,) = (self.folder / "failures").iterdir()
        told: dict[str, object] = json.loads(path.read_text())
        return told


def hadoop_for(
    name: str,
    folder: Path,
    *,
    partitions: int,
    split_bytes: int = 1 << 20,
    texts: Sequence[str] = (TEXT,),
) -> Hadoop:
    """What the driver would have submitted for a job of `faulty.py` on files with `texts`."""
    source = folder / "in put"
    source.mkdir()
    for number, text in enumerate(texts):
        (source / f"{number}.txt").write_text(text)
    job_file: JobFile = job_file_of(str(FAULTY))
    job = getattr(load_job_file(job_file), name)
    reduces = {"mapreduce.job.reduces": str(partitions)}
    target = JobTarget(output=str(folder / "out"), job_settings=reduces)
    plan, _ = plan_program(program_of_job(job, [str(source)], target), Settings(runner="hadoop"))
    orders = Orders(
        plan=pickle.dumps(plan, protocol=5),
        job_files=(job_file,),
        settings=(),
        environment=(("GREETING", "hello"),),
        hadoop=(),
        map_budget_bytes=1 << 26,
        reduce_budget_bytes=1 << 26,
        skip_bad_records=0,
        failures=str(folder / "failures"),
    ).to_json()
    (folder / ORDERS).write_bytes(orders)
    works = [task.work for task in map_tasks(plan.stages[0], {}, split_bytes)]
    return Hadoop(folder, partitions, orders, works)


COUNTED = [b'"one"\t100', b'"seven"\t1', b'"three"\t99', b'"two"\t100']


def test_counts_are_those_of_the_text(tmp_path):
    hadoop = hadoop_for("Prints", tmp_path, partitions=3, split_bytes=600)
    assert len(hadoop.works) > 1
    hadoop.run()
    assert hadoop.output() == COUNTED


@pytest.mark.parametrize("split_bytes", [100, 1 << 20])
def test_each_file_is_a_task_to_the_job(tmp_path, split_bytes):
    texts = ["", "a\nb\n", "", "c\n", "d\ne\nf"]
    hadoop = hadoop_for("Files", tmp_path, partitions=1, split_bytes=split_bytes, texts=texts)
    assert len(hadoop.works) == (5 if split_bytes == 100 else 1)
    hadoop.run()
    assert hadoop.output() == [
        *(b'"0.txt"\t0', b'"1.txt"\t2', b'"2.txt"\t0', b'"3.txt"\t1', b'"4.txt"\t3'),
    ]


def test_a_failure_in_a_later_file_names_that_file(tmp_path):
    hadoop = hadoop_for("Raises", tmp_path, partitions=1, texts=["one\n", "two\nseven\n"])
    done = hadoop.map(0)
    assert done.returncode == 1
    assert b"record: 'seven'" in done.stderr
    assert b"in put/1.txt\n  offset: 4\n" in done.stderr


def test_each_task_leaves_its_numbers_once(tmp_path):
    hadoop = hadoop_for("Counted", tmp_path, partitions=2, split_bytes=600)
    hadoop.run()
    files = sorted((tmp_path / "out" / RESULTS).iterdir())
    results = [result_told(told) for file in files for told in json.loads(file.read_text())]
    maps = [result.metrics for result in results if result.metrics.side == "map"]
    assert sorted(m.index for m in maps) == list(range(len(hadoop.works)))
    assert sum(m.records_in for m in maps) == 100
    assert [r.metrics.index for r in results if r.metrics.side == "reduce"] == [0, 1]
    assert [path for path in tmp_path.iterdir() if path.name.startswith("attempt_")] == []


def test_a_failure_is_left_for_the_driver(tmp_path):
    hadoop = hadoop_for("Raises", tmp_path, partitions=1)
    done = hadoop.map(0, attempt=2)
    told = hadoop.failure()
    assert (done.returncode, done.stdout) == (1, b"")
    assert "this line is not liked" in str(told["message"])
    assert f'File "{FAULTY}"' in str(told["message"])
    assert b"record: 'one two seven'" in done.stderr


@pytest.mark.parametrize("lost", [slice(-1, None), slice(0, 1)], ids=["marker", "piece"])
def test_a_reduce_task_that_misses_something_fails(tmp_path, lost):
    hadoop = hadoop_for("Counted", tmp_path, partitions=1)
    hadoop.take(hadoop.map(0).stdout)
    del hadoop.written[lost]
    assert hadoop.reduce(0).returncode == 1
    assert hadoop.failure()["class"] == "DataError"
    assert not (tmp_path / "out").exists()


def test_a_mapper_that_leaves_early_writes_no_marker(tmp_path):
    hadoop = hadoop_for("LeavesEarly", tmp_path, partitions=1)
    done = hadoop.map(0)
    assert (done.returncode, done.stdout) == (0, b"")
    assert hadoop.reduce(0).returncode == 1
    assert "os._exit" in str(hadoop.failure()["message"])


def test_other_orders_are_refused(tmp_path):
    hadoop = hadoop_for("Counted", tmp_path, partitions=1)
    hadoop.orders += b" "
    done = hadoop.map(0)
    assert done.returncode == 1
    assert b"not the orders" in done.stderr
