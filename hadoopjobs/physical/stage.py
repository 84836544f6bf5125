"""The physical plan: stages, as plain data that pickles, prints and compares equal.

A stage is inputs with their map-side operators, then a shuffle or none, then reduce-side
operators, then a sink. Hadoop runs one MapReduce job per stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.functions import UserCode
from hadoopjobs.core.streaming import NO_JAVA, JavaClasses, Streaming

ShuffleForm: TypeAlias = Literal["columnar", "text"]
Layout: TypeAlias = Literal["pairs", "bytes", "texts", "columns", "files"]


@dataclass(frozen=True)
class ScanSource:
    """Files; one map task for each split."""

    dataset: DatasetRef
    layout: Layout


@dataclass(frozen=True)
class StageSource:
    """What an earlier stage left; one map task for each of its parts."""

    stage: int


@dataclass(frozen=True)
class ApplyMapper:
    """Records through a user's `RecordFunction`."""

    code: UserCode


@dataclass(frozen=True)
class ApplyMapperBatches:
    """Arrow record batches through a user's function."""

    code: UserCode


MapOperator: TypeAlias = ApplyMapper | ApplyMapperBatches


@dataclass(frozen=True)
class ApplyReducer:
    """Groups of records through a user's `RecordFunction`."""

    code: UserCode


@dataclass(frozen=True)
class FinishAggregate:
    """Groups of aggregator states merged and finished, one pair a key."""

    code: UserCode


@dataclass(frozen=True)
class Ungroup:
    """Groups back to pairs: a sort without a reducer."""


@dataclass(frozen=True)
class ApplyReducerBatches:
    """Batches of whole groups, sorted by key, through a user's function."""

    code: UserCode


@dataclass(frozen=True)
class FinishColumnAggregate:
    """Partial aggregates of columns merged; the shuffle says how."""


ReduceOperator: TypeAlias = (
    ApplyReducer | FinishAggregate | Ungroup | ApplyReducerBatches | FinishColumnAggregate
)


@dataclass(frozen=True)
class RecordShuffle:
    """Pairs grouped by key, each partition sorted by the bytes of its keys.

    At most one of `combiner` (a `RecordFunction`) and `aggregator` is given; both shrink
    groups before they are written. See `logical.Grouping` for the rest.
    """

    partitions: int
    combiner: UserCode | None = None
    aggregator: UserCode | None = None
    sort_values: bool = False
    key_bytes: UserCode | None = None
    value_bytes: UserCode | None = None
    partitioner: UserCode | None = None
    divisible: bool = False
    lines: bool = False


@dataclass(frozen=True)
class ColumnShuffle:
    """Rows partitioned by a hash of `keys` (empty: the first column).

    With `functions` the rows are aggregated on both sides and come in no order; without, each
    partition is sorted by the keys.
    """

    partitions: int
    keys: tuple[str, ...] = ()
    functions: str | tuple[tuple[str, str], ...] | None = None


Shuffle: TypeAlias = RecordShuffle | ColumnShuffle


@dataclass(frozen=True)
class DatasetSink:
    """A folder with one file a task, published whole."""

    dataset: DatasetRef


@dataclass(frozen=True)
class StreamSink:
    """The caller's standard output, in the order of the tasks."""

    format: str
    options: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class PartsSink:
    """Batches for a later stage, kept as they are, and written to `copy` too if that is given."""

    copy: DatasetRef | None = None


Sink: TypeAlias = DatasetSink | StreamSink | PartsSink


@dataclass(frozen=True)
class StageInput:
    source: ScanSource | StageSource
    operators: tuple[MapOperator, ...] = ()


@dataclass(frozen=True)
class HadoopMode:
    """How a stage runs on Hadoop, and why.

    shuffle    columnar  runs of packed records cross it
               text      lines cross it, which Hadoop sorts and partitions by their keys
    java       classes of Hadoop, or of the user's, that take part
    streaming  Hadoop Streaming itself runs all of the stage; None: our tasks run the operators
    """

    shuffle: ShuffleForm
    reason: str
    java: JavaClasses = NO_JAVA
    streaming: Streaming | None = None


@dataclass(frozen=True)
class Stage:
    """Without a shuffle there is no reduce side, and one part for each map task, in order.

    `hadoop` is for the runner of that name only.
    """

    number: int
    name: str
    inputs: tuple[StageInput, ...]
    shuffle: Shuffle | None
    reduce: tuple[ReduceOperator, ...]
    sink: Sink
    hadoop: HadoopMode | None = None

    @property
    def streaming(self) -> Streaming | None:
        return None if self.hadoop is None else self.hadoop.streaming

    @property
    def java(self) -> JavaClasses:
        return NO_JAVA if self.hadoop is None else self.hadoop.java

    @property
    def shuffles_text(self) -> bool:
        return self.hadoop is not None and self.hadoop.shuffle == "text"


@dataclass(frozen=True)
class PhysicalPlan:
    """Stages in the order in which they run; a stage reads only from earlier ones."""

    stages: tuple[Stage, ...]
