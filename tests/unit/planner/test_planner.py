"""How many partitions, and where a plan is cut; tests/golden shows whole plans."""

from __future__ import annotations

import pytest

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import PlanError
from hadoopjobs.core.functions import UserCode
from hadoopjobs.logical.operators import Grouping, MapRecords, ReduceGroups, Scan, Write
from hadoopjobs.physical.stage import DatasetSink, PartsSink, RecordShuffle, StageSource, StreamSink
from hadoopjobs.planner import COLLECT, Statistics, plan_stages
from hadoopjobs.planner.planner import default_partitions

CODE = UserCode.pack(len, "code")
SCAN = Scan(DatasetRef(("in",)))
STDOUT = DatasetRef((), "json")


@pytest.mark.parametrize(
    ("input_bytes", "cores", "partitions"),
    [(0, 4, 1), (1, 4, 1), (1 << 25, 4, 1), ((1 << 25) + 1, 4, 2), (1 << 40, 4, 16)],
)
def test_default_partitions(input_bytes, cores, partitions):
    assert default_partitions(Statistics(input_bytes, cores)) == partitions


def test_partitions_of_a_cluster_are_worth_a_container():
    assert default_partitions(Statistics(5 << 28, 25, task_bytes=1 << 28)) == 5


def plan(node, target=STDOUT):
    return plan_stages(Write(node, target), Statistics(0, 2)).stages


@pytest.mark.parametrize(
    ("target", "sink"),
    [
        (STDOUT, StreamSink("json")),
        (DatasetRef((), COLLECT), PartsSink()),
        (DatasetRef(("out",), "text"), DatasetSink(DatasetRef(("out",), "text"))),
    ],
)
def test_the_target_makes_the_sink_of_the_last_stage(target, sink):
    assert [stage.sink for stage in plan(MapRecords(SCAN, CODE), target)] == [sink]


def test_two_reductions_in_a_row_are_two_stages():
    node = ReduceGroups(ReduceGroups(SCAN, CODE), None, grouping=Grouping(partitions=5))
    first, second = plan(node)
    assert (first.number, second.number) == (0, 1)
    assert first.sink == PartsSink()
    assert second.inputs[0].source == StageSource(0)
    assert first.shuffle == RecordShuffle(1)
    assert second.shuffle == RecordShuffle(5)


def test_a_write_inside_a_plan_is_a_fault():
    with pytest.raises(PlanError):
        plan(MapRecords(Write(SCAN, STDOUT), CODE))
