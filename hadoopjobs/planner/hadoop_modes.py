"""How each stage runs on Hadoop: what crosses its shuffle, and who reads and writes.

Packed records (columnar) give the same output as every other runner, and cost a fraction of lines
where much is shuffled; where little is, there is no difference. So lines (text) are for what needs
them: Java classes that look at keys, and those who ask for Streaming's own semantics.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import UsageError
from hadoopjobs.core.streaming import Encoding, JavaClasses, Streaming, command_of
from hadoopjobs.physical.stage import (
    ApplyMapper,
    ApplyReducer,
    DatasetSink,
    HadoopMode,
    PartsSink,
    PhysicalPlan,
    RecordShuffle,
    ScanSource,
    Stage,
)

_FIELDS = "org.apache.hadoop.mapred.lib.KeyFieldBased"
_LINES = ("text", "lines", "hadoop_text")
_LAYOUTS = ("pairs", "bytes")

# The whole line is the key, so that it comes out as it went in, also without a tab; what is before
# the first tab says where it goes.
_LINE_END = ("textinputformat.record.delimiter", "\n")
_BY_FIRST_FIELD = (
    ("mapreduce.partition.keypartitioner.options", "-k1,1"),
    ("mapreduce.job.output.key.comparator.class", f"{_FIELDS}Comparator"),
    ("mapreduce.partition.keycomparator.options", "-k1,1"),
    ("mapreduce.map.output.key.field.separator", "\t"),
)


ReadsLines: TypeAlias = Callable[[DatasetRef], bool]
"""Whether a data set is plain lines in all of its files."""


def choose_modes(
    plan: PhysicalPlan,
    asked: str,
    java: JavaClasses,
    streaming: Streaming | None,
    reads_lines: ReadsLines,
) -> PhysicalPlan:
    """`plan` with the mode of each stage; `asked` is columnar, text or auto.

    `streaming` is a job of Hadoop Streaming, which is the only stage. Raises `UsageError` where
    what is asked for cannot be.
    """
    if streaming is not None:
        (stage,) = plan.stages
        streaming = replace(streaming, libjars=(*streaming.libjars, *java.libjars))
        needs = f", {' and '.join(streaming.java)} by Java" if streaming.java else ""
        mode = HadoopMode("text", f"Hadoop Streaming's own{needs}", streaming=streaming)
        return PhysicalPlan((replace(stage, hadoop=mode),))
    return PhysicalPlan(
        tuple(
            replace(stage, hadoop=_mode(stage, asked, _of_stage(java, stage, plan), reads_lines))
            for stage in plan.stages
        )
    )


def _of_stage(java: JavaClasses, stage: Stage, plan: PhysicalPlan) -> JavaClasses:
    is_last = stage is plan.stages[-1]
    return JavaClasses(
        java.input_format if stage is plan.stages[0] else None,
        java.output_format if is_last else None,
        java.partitioner if stage.shuffle is not None else None,
        java.libjars,
    )


def _mode(stage: Stage, asked: str, java: JavaClasses, reads_lines: ReadsLines) -> HadoopMode:
    if java.output_format is not None and isinstance(stage.sink, PartsSink):
        raise UsageError(f"output format {java.output_format} writes files: name an output folder")
    needs = f"{java.named} by Java" if java else ""
    if asked == "columnar" and java.partitioner:
        raise UsageError(
            f"partitioner {java.partitioner} is a Java class, which sees keys as text: leave "
            "--shuffle columnar away"
        )
    if asked != "text" and not java.partitioner:
        return HadoopMode("columnar", _why_columnar(stage, asked, needs), java)
    reason = "; ".join(filter(None, ["as asked for" if asked == "text" else "", needs]))
    commands, why_not = _as_commands(stage, java, reads_lines)
    if commands is not None:
        return HadoopMode("text", f"commands run by Hadoop Streaming, {reason}", java, commands)
    if isinstance(stage.shuffle, RecordShuffle) and stage.shuffle.lines:
        if not stage.shuffle.sort_values:
            return HadoopMode("text", f"the lines of mrjob, {reason}", java)
        why_not = "its values are sorted, and Hadoop sorts keys only"
    if stage.shuffle is None and asked == "text":
        return HadoopMode("columnar", "nothing is shuffled", java)
    wanted = f"partitioner {java.partitioner}" if java.partitioner else "--shuffle text"
    raise UsageError(f"{stage.name} cannot have {wanted}: {why_not}")


def _why_columnar(stage: Stage, asked: str, needs: str) -> str:
    if asked == "columnar":
        why = "as asked for"
    elif stage.shuffle is None:
        why = "nothing is shuffled"
    elif isinstance(stage.shuffle, RecordShuffle):
        combined = stage.shuffle.combiner is not None or stage.shuffle.aggregator is not None
        why = "records are packed" + (", after they are combined" if combined else "")
    else:
        why = "its data is columns"
    return f"{why}; {needs}" if needs else why


def _as_commands(
    stage: Stage, java: JavaClasses, reads_lines: ReadsLines
) -> tuple[Streaming | None, str]:
    """The stage as a job of Streaming whose commands see and write the very lines that they would
    elsewhere; or why it cannot be one."""
    source, operators = stage.inputs[0].source, stage.inputs[0].operators
    if len(operators) != 1 or not isinstance(operators[0], ApplyMapper):
        return None, "its mapper is not one command"
    mapper = _command(operators[0].code.command)
    if mapper is None:
        return None, f"{operators[0].code.label} is no command that Streaming could run"
    if not isinstance(source, ScanSource):
        return None, "it reads what an earlier stage left"
    if source.layout not in _LAYOUTS or not (java.input_format or reads_lines(source.dataset)):
        return None, f"its input is {source.dataset.format}, and no plain lines"
    if isinstance(stage.sink, PartsSink):
        return None, "a later stage reads what it writes"
    sink = stage.sink.dataset if isinstance(stage.sink, DatasetSink) else stage.sink
    if sink.format not in _LINES or sink.options:
        return None, f"its output is {sink.format}, and no plain lines"
    encoding: Encoding = "text" if _sees_pairs(java) else "keyonlytext"
    lines = Streaming(
        mapper=mapper,
        reduces=0,
        map_output=encoding,
        reduce_input=encoding,
        reduce_output=encoding,
        input_format=java.input_format,
        output_format=java.output_format,
        libjars=java.libjars,
        settings=(_LINE_END,),
    )
    return (lines, "") if stage.shuffle is None else _with_reducer(stage, lines, java)


def _with_reducer(
    stage: Stage, lines: Streaming, java: JavaClasses
) -> tuple[Streaming | None, str]:
    shuffle = stage.shuffle
    if not isinstance(shuffle, RecordShuffle) or len(stage.reduce) != 1:
        return None, "its data is columns"
    reduce = stage.reduce[0]
    if not isinstance(reduce, ApplyReducer):
        return None, "it has no reducer"
    if shuffle.sort_values:
        return None, "its values are sorted, and Hadoop sorts keys only"
    if shuffle.partitioner is not None:
        return None, "its partitioner is in Python"
    reducer = _command(reduce.code.command)
    if reducer is None:
        return None, f"{reduce.code.label} is no command that Streaming could run"
    combiner = None if shuffle.combiner is None else _command(shuffle.combiner.command)
    if shuffle.combiner is not None and combiner is None:
        return None, f"{shuffle.combiner.label} is no command that Streaming could run"
    whole = replace(lines, reducer=reducer, combiner=combiner, reduces=shuffle.partitions)
    if _sees_pairs(java):
        return replace(whole, partitioner=java.partitioner), ""
    settings = (*lines.settings, *_BY_FIRST_FIELD)
    return replace(whole, partitioner=f"{_FIELDS}Partitioner", settings=settings), ""


def _sees_pairs(java: JavaClasses) -> bool:
    """Whether a Java class wants keys and values, and not lines as they are."""
    return bool(java.partitioner or java.output_format)


def _command(words: tuple[str, ...] | None) -> str | None:
    return None if words is None else command_of(words)
