"""A stage as a MapReduce job: Hadoop schedules, moves and commits; our tasks do the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hadoopjobs.core.hadoop_conf import HadoopConf
from hadoopjobs.core.streaming import TEXT_INPUT
from hadoopjobs.physical.stage import Stage
from hadoopjobs.runners.base import RunOptions
from hadoopjobs.yarn import CacheFile, InputSplit, JobSpec, streaming_settings

_MAPRED = "org.apache.hadoop.mapred"
_MODULE = "hadoopjobs.runtime.hadoop_task"
# The JVM only moves bytes: it needs the sort buffer, or room to fetch, and little more.
_HEAP_MB, _SORT_MB = 256, 64
_MASTER_HEAP_MB = 512
_AROUND_MB = 192  # the JVM beside its heap, and Python with its libraries
_LEAST_BUDGET_MB = 64
_DEFAULT_CONTAINER_MB = 1024
_MIB = 1 << 20

# Makes of the task file the splits that we would have made, but for the hosts.
_LINE_A_TASK = {
    "mapred.input.format.class": f"{_MAPRED}.lib.NLineInputFormat",
    "mapreduce.input.lineinputformat.linespermap": "1",
}

# An uber job runs its tasks one after the other in the job's master.
_UBER_MAPS, _UBER_REDUCES, _UBER_BYTES = 4, 1, 1 << 25


@dataclass(frozen=True)
class StageJob:
    """What is submitted for one stage, apart from what all stages of the run share."""

    name: str
    stage: Stage
    splits: Sequence[InputSplit]
    input_bytes: int
    inputs: Sequence[str]
    output: str

    @property
    def reduces(self) -> int:
        return 0 if self.stage.shuffle is None else self.stage.shuffle.partitions

    @property
    def is_small(self) -> bool:
        return fits_in_master(len(self.splits), self.reduces, self.input_bytes)


def fits_in_master(maps: int, reduces: int, input_bytes: int) -> bool:
    """Whether a job is done sooner in its master, one task after the other, than in containers."""
    return maps <= _UBER_MAPS and reduces <= _UBER_REDUCES and input_bytes <= _UBER_BYTES


def job_spec(
    job: StageJob,
    options: RunOptions,
    launcher: Sequence[str],
    orders_digest: str,
    cache: Sequence[CacheFile],
    *,
    is_uber: bool,
) -> JobSpec:
    """The job; settings that the user gave win where they can."""
    mapper, reducer = (
        _command(launcher, side, job.stage.number, orders_digest) for side in ("map", "reduce")
    )
    given = dict(options.settings)
    settings = _defaults(options, is_uber) | given | _wire(job, mapper, reducer)
    if options.hadoop_bin is not None and job.stage.java.input_format is None:
        settings |= _LINE_A_TASK
    return JobSpec(
        job.name,
        tuple(job.splits),
        settings,
        reduces=job.reduces,
        cache=tuple(cache),
        is_uber=is_uber,
    )


def _command(launcher: Sequence[str], side: str, stage: int, orders_digest: str) -> str:
    """A command line that Streaming, which splits it at spaces itself, reads as it is meant."""
    words = [*launcher, _MODULE, side, str(stage), orders_digest]
    return " ".join(f'"{word}"' if " " in word else word for word in words)


def _wire(job: StageJob, mapper: str, reducer: str) -> dict[str, str]:
    """What must be so for our tasks to understand Hadoop."""
    has_reduces, java = bool(job.reduces), job.stage.java
    is_packed = has_reduces and not job.stage.shuffles_text
    settings = streaming_settings(
        mapper,
        reducer if has_reduces else None,
        inputs=job.inputs,
        output=job.output,
        map_output="rawbytes" if is_packed else "text",
        input_format=java.input_format or TEXT_INPUT,
        output_format=java.output_format or f"{_MAPRED}.lib.NullOutputFormat",
        partitioner=f"{_MAPRED}.lib.BinaryPartitioner" if is_packed else java.partitioner,
    )
    if java.input_format is None:
        settings["stream.map.input.ignoreKey"] = "true"
    settings |= {
        "mapred.output.committer.class": f"{_MAPRED}.FileOutputCommitter",
        "mapreduce.fileoutputcommitter.algorithm.version": "1",
        "mapreduce.fileoutputcommitter.marksuccessfuljobs": "true",
        "mapreduce.partition.binarypartitioner.left.offset": "0",
        "mapreduce.partition.binarypartitioner.right.offset": "3",
        "stream.non.zero.exit.is.failure": "true",
    }
    return settings


def _defaults(options: RunOptions, is_uber: bool) -> dict[str, str]:
    settings = {
        "mapreduce.map.java.opts": f"-Xmx{_HEAP_MB}m",
        "mapreduce.reduce.java.opts": f"-Xmx{_HEAP_MB}m",
        "mapreduce.task.io.sort.mb": str(_SORT_MB),
        "mapreduce.map.output.compress": "false",  # blocks are compressed already
        "mapreduce.map.maxattempts": str(options.max_attempts),
        "mapreduce.reduce.maxattempts": str(options.max_attempts),
        # To Hadoop a task that has read its line is nearly done, so it could only guess.
        "mapreduce.map.speculative": "false",
        "mapreduce.reduce.speculative": "false",
        "mapreduce.job.reduce.slowstart.completedmaps": "0.8",
        "yarn.app.mapreduce.am.scheduler.heartbeat.interval-ms": "250",
    }
    if is_uber:
        settings["yarn.app.mapreduce.am.command-opts"] = f"-Xmx{_MASTER_HEAP_MB}m"
    return settings


def task_budget(settings: Mapping[str, str], conf: HadoopConf, side: str) -> int:
    """Bytes that a task may buffer, by the size of its container."""
    key = f"mapreduce.{side}.memory.mb"
    text = settings.get(key) or conf.get(key) or ""
    container = int(text) if text.strip().isdecimal() else _DEFAULT_CONTAINER_MB
    free = container - _HEAP_MB - _AROUND_MB
    return max(_LEAST_BUDGET_MB, free // 2) * _MIB
