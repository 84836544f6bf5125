"""What crosses between the driver and its tasks on Hadoop comes out as it went in."""

from __future__ import annotations

import pytest

from hadoopjobs.core.errors import DataError, TaskError, UsageError
from hadoopjobs.core.functions import JobFile
from hadoopjobs.core.metrics import TaskMetrics
from hadoopjobs.formats.base import Split
from hadoopjobs.runtime.hadoop_orders import (
    MapWork,
    Orders,
    digest,
    read_map_work,
    read_orders,
)
from hadoopjobs.runtime.hadoop_report import Reporter, failure_told, result_told, told_of
from hadoopjobs.runtime.task import TaskResult

ORDERS = Orders(
    plan=b"\x00\xff",
    job_files=(JobFile("job", "a b.py", ("mrjob",)),),
    settings=(("k", "ü\udcff"),),
    environment=(("SECRET", "s"),),
    hadoop=(("fs.defaultFS", "hdfs://nn"),),
    map_budget_bytes=1,
    reduce_budget_bytes=2,
    skip_bad_records=3,
    failures="hdfs://nn/f",
)


def test_orders_come_back():
    data = ORDERS.to_json()
    assert read_orders(data, digest(data)) == ORDERS


def test_other_orders_are_refused():
    data = ORDERS.to_json()
    with pytest.raises(DataError, match="not the orders"):
        read_orders(data.replace(b"nn/f", b"nn/g"), digest(data))


@pytest.mark.parametrize(
    "work",
    [
        MapWork(0, 1),
        MapWork(3, 0, splits=(Split("hdfs://nn/a\nb,ü\udcff", 5, 6, 100, "text"),) * 2),
        MapWork(2, 0, part="hdfs://nn/p"),
    ],
)
def test_the_work_of_a_map_task_is_one_line(work):
    assert "\n" not in work.to_line()
    assert read_map_work(f"{work.to_line()}\n".encode()) == work


def test_results_come_back():
    metrics = TaskMetrics(0, "map", 3, cpu_seconds=1.5)
    result = TaskResult(metrics, [], {"g": {"c": 2}}, ["a record"])
    assert result_told(told_of(result)) == result


def test_a_failure_says_what_the_driver_must_know():
    told = failure_told(TaskError("it broke", side="J.mapper", record="'x'", offset=4))
    assert told["class"] == "TaskError"
    assert told["fields"]["offset"] == 4
    assert failure_told(UsageError("no"))["class"] == "UsageError"
    assert failure_told(KeyError("x"))["class"] is None


def test_counters_cannot_break_the_line_that_hadoop_reads(capfd):
    result = TaskResult(TaskMetrics(0, "map", 0), [], {"a,b\nc": {"d,": 2, "": 1}})
    Reporter(counts_progress=True).finished(result)
    assert "reporter:counter:a;b c,d;,2\n" in capfd.readouterr().err
