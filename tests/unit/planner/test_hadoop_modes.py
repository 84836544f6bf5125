from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import UsageError
from hadoopjobs.core.functions import RecordFunction, UserCode
from hadoopjobs.core.streaming import NO_JAVA, JavaClasses
from hadoopjobs.logical.operators import (
    Aggregate,
    Grouping,
    LogicalPlan,
    MapRecords,
    ReduceGroups,
    Scan,
    Write,
)
from hadoopjobs.physical.stage import HadoopMode
from hadoopjobs.planner import Statistics, choose_modes, plan_stages

PARTITIONER = JavaClasses(partitioner="a.Partitioner")


def command(*words: str) -> UserCode:
    return UserCode(b"", " ".join(words), words)


PYTHON = UserCode.pack(RecordFunction(), "Job.mapper")
SCAN = Scan(DatasetRef(("in",), "text"))


def modes(
    plan: LogicalPlan, asked: str = "auto", java: JavaClasses = NO_JAVA, output: str = "text"
) -> list[HadoopMode]:
    write = Write(plan, DatasetRef(("out",), output))
    stages = plan_stages(write, Statistics(1, 1))
    chosen = choose_modes(stages, asked, java, None, lambda dataset: dataset.format == "text")
    return [stage.hadoop for stage in chosen.stages if stage.hadoop is not None]


def mode(*given: Any, **more: Any) -> HadoopMode:
    (found,) = modes(*given, **more)
    return found


def reduced(reducer: UserCode, mapper: UserCode = PYTHON, **grouping: Any) -> LogicalPlan:
    return ReduceGroups(MapRecords(SCAN, mapper), reducer, grouping=Grouping(**grouping))


COMMANDS = reduced(command("uniq", "-c"), command("tr", " ", "\\n"), partitions=2)


def test_packed_records_unless_something_else_is_needed() -> None:
    assert mode(reduced(PYTHON)) == HadoopMode("columnar", "records are packed")
    assert mode(COMMANDS) == HadoopMode("columnar", "records are packed")
    assert mode(MapRecords(SCAN, PYTHON)).reason == "nothing is shuffled"
    combined = Aggregate(MapRecords(SCAN, PYTHON), PYTHON)
    assert mode(combined).reason == "records are packed, after they are combined"
    assert mode(combined, "columnar").reason == "as asked for"


def test_commands_become_a_job_of_streaming_when_text_is_asked_for() -> None:
    found = mode(COMMANDS, "text")
    streaming = found.streaming
    assert streaming is not None
    assert (found.shuffle, streaming.mapper) == ("text", 'tr " " \\n')
    assert (streaming.reducer, streaming.reduces) == ("uniq -c", 2)
    # whole lines are keys, so that they come out as they went in
    assert streaming.map_output == streaming.reduce_input == "keyonlytext"
    assert dict(streaming.settings)["mapreduce.partition.keypartitioner.options"] == "-k1,1"


def test_mappers_alone_as_text() -> None:
    streaming = mode(MapRecords(SCAN, command("cat")), "text").streaming
    assert streaming is not None
    assert (streaming.reduces, streaming.reducer) == (0, None)


@pytest.mark.parametrize(
    ("plan", "output", "why"),
    [
        (reduced(PYTHON), "text", "Job.mapper is no command"),
        (reduced(PYTHON, command("cat")), "text", "Job.mapper is no command"),
        (reduced(command("cat"), command("a'b\"c")), "text", "is no command that Streaming"),
        (COMMANDS, "json", "its output is json"),
        (reduced(PYTHON, lines=True, sort_values=True), "text", "its values are sorted"),
        (
            reduced(command("cat"), command("cat"), sort_values=True),
            "text",
            "its values are sorted",
        ),
        (
            ReduceGroups(MapRecords(Scan(DatasetRef(("in",), "csv")), command("cat")), PYTHON),
            "text",
            "its input is csv",
        ),
    ],
)
def test_a_stage_that_cannot_have_text_says_why(plan, output: str, why: str) -> None:
    with pytest.raises(UsageError, match=f"cannot have --shuffle text: .*{why}"):
        modes(plan, "text", output=output)


def test_a_java_partitioner_needs_text() -> None:
    found = mode(COMMANDS, java=PARTITIONER)
    assert found.streaming is not None
    assert (found.streaming.partitioner, found.streaming.map_output) == ("a.Partitioner", "text")
    assert found.reason == "commands run by Hadoop Streaming, partitioner a.Partitioner by Java"
    lines = mode(reduced(PYTHON, lines=True), java=PARTITIONER)
    assert (lines.shuffle, lines.streaming) == ("text", None)
    with pytest.raises(UsageError, match=r"cannot have partitioner a\.Partitioner"):
        modes(reduced(PYTHON), java=PARTITIONER)
    with pytest.raises(UsageError, match="leave --shuffle columnar away"):
        modes(COMMANDS, "columnar", PARTITIONER)


def test_formats_belong_to_the_first_and_the_last_stage() -> None:
    java = JavaClasses("a.Input", "a.Output", libjars=("x.jar",))
    two = ReduceGroups(MapRecords(reduced(PYTHON), PYTHON), PYTHON)
    first, last = modes(two, java=java)
    assert first == HadoopMode(
        "columnar",
        "records are packed; input format a.Input by Java",
        JavaClasses("a.Input", libjars=("x.jar",)),
    )
    assert last.java == JavaClasses(None, "a.Output", libjars=("x.jar",))
    assert last.reason == "records are packed; output format a.Output by Java"


def test_a_plan_with_modes_says_so() -> None:
    from hadoopjobs.physical.explain import explain_stages

    stages = plan_stages(Write(COMMANDS, DatasetRef(("out",), "text")), Statistics(1, 1))
    assert "hadoop" not in explain_stages(stages)
    chosen = choose_modes(stages, "auto", NO_JAVA, None, lambda _: True)
    assert explain_stages(chosen).splitlines()[-1] == "    hadoop  columnar: records are packed"
    assert dataclasses.replace(chosen.stages[0], hadoop=None) == stages.stages[0]
