"""A physical plan as text, stage by stage."""

from __future__ import annotations

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.physical.stage import (
    ApplyReducer,
    ApplyReducerBatches,
    ColumnShuffle,
    DatasetSink,
    FinishAggregate,
    MapOperator,
    PhysicalPlan,
    RecordShuffle,
    ReduceOperator,
    ScanSource,
    Shuffle,
    Sink,
    Stage,
    StreamSink,
)


def explain_stages(plan: PhysicalPlan) -> str:
    """What each stage reads, does, shuffles and writes."""
    return "\n".join(["Stages", *(line for stage in plan.stages for line in _stage(stage))])


def _stage(stage: Stage) -> list[str]:
    lines = [f"  Stage {stage.number + 1}"]
    for stage_input in stage.inputs:
        source = stage_input.source
        if isinstance(source, ScanSource):
            files = ", ".join(source.dataset.uris)
            lines.append(f"    map     read {files} ({source.dataset.format}) as {source.layout}")
        else:
            lines.append(f"    map     read the parts of stage {source.stage + 1}")
        lines += [f"            {_map(operator)}" for operator in stage_input.operators]
    if stage.shuffle is not None:
        lines.append(f"    shuffle {_shuffle(stage.shuffle)}")
        lines += [f"    reduce  {_reduce(operator)}" for operator in stage.reduce]
    lines.append(f"    write   {_sink(stage.sink)}")
    if stage.hadoop is not None:
        lines.append(f"    hadoop  {stage.hadoop.shuffle}: {stage.hadoop.reason}")
    return lines


def _map(operator: MapOperator) -> str:
    return f"{type(operator).__name__} {operator.code.label}"


def _reduce(operator: ReduceOperator) -> str:
    name = type(operator).__name__
    if isinstance(operator, ApplyReducer | FinishAggregate | ApplyReducerBatches):
        return f"{name} {operator.code.label}"
    return name


def _shuffle(shuffle: Shuffle) -> str:
    count = f"{shuffle.partitions} partition{'' if shuffle.partitions == 1 else 's'}"
    if isinstance(shuffle, ColumnShuffle):
        keys = ", ".join(shuffle.keys) or "the first column"
        order = "aggregated on both sides" if shuffle.functions else "sorted"
        return f"columns by {keys}, {count}, {order}"
    return ", ".join(["records by key", count, *_record_shuffle(shuffle)])


def _record_shuffle(shuffle: RecordShuffle) -> list[str]:
    parts = ["sorted"]
    if shuffle.combiner is not None:
        parts.append(f"combined by {shuffle.combiner.label}")
    if shuffle.aggregator is not None:
        parts.append(f"folded by {shuffle.aggregator.label} on the map side")
    if shuffle.partitioner is not None:
        parts.append(f"partitioned by {shuffle.partitioner.label}")
    if shuffle.divisible:
        parts.append("reduced in ranges of keys")
    if shuffle.sort_values:
        parts.append("values sorted")
    return parts


def _sink(sink: Sink) -> str:
    if isinstance(sink, DatasetSink):
        return _dataset(sink.dataset)
    if isinstance(sink, StreamSink):
        return f"stdout ({sink.format})"
    copy = "" if sink.copy is None else f", and {_dataset(sink.copy)}"
    return f"parts for a later stage{copy}"


def _dataset(dataset: DatasetRef) -> str:
    return f"{', '.join(dataset.uris)} ({dataset.format})"
