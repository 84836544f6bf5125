"""Cut a logical plan into stages at its shuffles."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hadoopjobs.core.errors import PlanError
from hadoopjobs.logical.operators import (
    Aggregate,
    AggregateBatches,
    Grouping,
    LogicalPlan,
    MapBatches,
    MapRecords,
    Materialise,
    ReduceBatches,
    ReduceGroups,
    Scan,
    Tee,
    Write,
)
from hadoopjobs.physical.stage import (
    ApplyMapper,
    ApplyMapperBatches,
    ApplyReducer,
    ApplyReducerBatches,
    ColumnShuffle,
    DatasetSink,
    FinishAggregate,
    FinishColumnAggregate,
    MapOperator,
    PartsSink,
    PhysicalPlan,
    RecordShuffle,
    ReduceOperator,
    ScanSource,
    Shuffle,
    Sink,
    Stage,
    StageInput,
    StageSource,
    StreamSink,
    Ungroup,
)

_PARTITION_BYTES = 1 << 25
_AGGREGATE_PARTITION_BYTES = 1 << 28  # partial aggregates of columns are small, and merge fast
COLLECT = "collect"
"""The format of a target that is the caller itself: batches come back as they are."""


@dataclass(frozen=True)
class Statistics:
    """What the planner is told of the machine, or the cluster, and the input.

    A reduce task that gets less than `task_bytes` of the input costs more than it saves.
    """

    input_bytes: int
    cores: int
    task_bytes: int = 1


def default_partitions(statistics: Statistics, partition_bytes: int = _PARTITION_BYTES) -> int:
    """One partition for each `partition_bytes` of input, at most four a core, at least one."""
    wanted = -(-statistics.input_bytes // max(partition_bytes, statistics.task_bytes))
    return max(1, min(4 * statistics.cores, wanted))


def plan_stages(plan: Write, statistics: Statistics) -> PhysicalPlan:
    """The stages of `plan`, in the order in which they run."""
    builder = _Builder(statistics)
    builder.add(plan.child)
    return builder.finish(_sink(plan))


def _sink(plan: Write) -> Sink:
    if plan.target.uris:
        return DatasetSink(plan.target)
    if plan.target.format == COLLECT:
        return PartsSink()
    return StreamSink(plan.target.format, plan.target.options)


class _Builder:
    """Walks the plan from its leaf and holds the stage that is open."""

    def __init__(self, statistics: Statistics) -> None:
        self._statistics = statistics
        self._done: list[Stage] = []
        self._input: StageInput | None = None
        self._shuffle: Shuffle | None = None
        self._reduce: tuple[ReduceOperator, ...] = ()

    def add(self, node: LogicalPlan) -> None:
        if isinstance(node, Scan):
            self._input = StageInput(ScanSource(node.dataset, node.layout))
            return
        if isinstance(node, Write):
            raise PlanError("Write stands inside a plan")
        self.add(node.child)
        if isinstance(node, Materialise):
            self._close(PartsSink())
        elif isinstance(node, Tee):
            self._close(PartsSink(node.target))
        elif isinstance(node, MapRecords):
            self._map(ApplyMapper(node.code))
        elif isinstance(node, MapBatches):
            self._map(ApplyMapperBatches(node.code))
        elif isinstance(node, ReduceGroups):
            reducer = Ungroup() if node.reducer is None else ApplyReducer(node.reducer)
            shuffle = replace(self._record_shuffle(node.grouping), combiner=node.combiner)
            self._cut(shuffle, reducer)
        elif isinstance(node, Aggregate):
            shuffle = replace(self._record_shuffle(node.grouping), aggregator=node.code)
            self._cut(shuffle, FinishAggregate(node.code))
        elif isinstance(node, AggregateBatches):
            partitions = node.partitions or default_partitions(
                self._statistics, _AGGREGATE_PARTITION_BYTES
            )
            self._cut(ColumnShuffle(partitions, node.keys, node.functions), FinishColumnAggregate())
        else:
            assert isinstance(node, ReduceBatches)
            partitions = self._partitions(node.partitions)
            self._cut(ColumnShuffle(partitions, node.keys), ApplyReducerBatches(node.code))

    def _partitions(self, asked: int | None) -> int:
        return asked or default_partitions(self._statistics)

    def _record_shuffle(self, grouping: Grouping) -> RecordShuffle:
        return RecordShuffle(
            partitions=self._partitions(grouping.partitions),
            sort_values=grouping.sort_values,
            key_bytes=grouping.key_bytes,
            value_bytes=grouping.value_bytes,
            partitioner=grouping.partitioner,
            divisible=grouping.divisible,
            lines=grouping.lines,
        )

    def _map(self, operator: MapOperator) -> None:
        if self._shuffle is not None:
            self._close(PartsSink())
        assert self._input is not None
        self._input = replace(self._input, operators=(*self._input.operators, operator))

    def _cut(self, shuffle: Shuffle, reducer: ReduceOperator) -> None:
        if self._shuffle is not None:
            self._close(PartsSink())
        self._shuffle = shuffle
        self._reduce = (reducer,)

    def _close(self, sink: Sink) -> None:
        assert self._input is not None
        number = len(self._done)
        labels = [op.code.label for op in self._input.operators]
        labels += [_label(operator) for operator in self._reduce]
        name = f"stage {number + 1} ({' → '.join(label for label in labels if label)})"
        self._done.append(Stage(number, name, (self._input,), self._shuffle, self._reduce, sink))
        self._input = StageInput(StageSource(number))
        self._shuffle, self._reduce = None, ()

    def finish(self, sink: Sink) -> PhysicalPlan:
        self._close(sink)
        return PhysicalPlan(tuple(self._done))


def _label(operator: ReduceOperator) -> str:
    if isinstance(operator, ApplyReducer | FinishAggregate | ApplyReducerBatches):
        return operator.code.label
    return "aggregate" if isinstance(operator, FinishColumnAggregate) else "sort"
