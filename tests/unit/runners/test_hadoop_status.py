from __future__ import annotations

import pytest

from hadoopjobs.runners.hadoop_status import Statuses
from hadoopjobs.yarn.mapreduce import TaskReport


def said(status: str, state: str = "RUNNING") -> list[str]:
    return Statuses().new([TaskReport("task_1_m_0", state=state, status=status)])


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("reading 7 > map", ["reading 7"]),
        ("a > b > reduce > sort", ["a > b"]),
        ("in words", ["in words"]),
        ("hdfs://nn:8020/user/me/tasks-0.jsonl:0+84 > map", []),
        ("Records R/W=1/1 > map", []),
        ("5 / 12 copied (1.2 MB/s) > copy", []),
        ("30% done > map", []),
        ("working", []),
        ("map", []),
        ("", []),
    ],
)
def test_what_a_job_said_is_known_from_what_hadoop_says(status, expected):
    assert said(status) == expected


def test_the_same_is_told_once_and_of_running_tasks_only():
    statuses = Statuses()
    task = TaskReport("task_1_m_0", state="RUNNING", status="one > map")
    assert statuses.new([task, task]) == ["one"]
    assert statuses.new([task]) == []
    assert said("late > map", state="SUCCEEDED") == []
