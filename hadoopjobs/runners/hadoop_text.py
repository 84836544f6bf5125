"""A stage as a job of Hadoop Streaming itself: its commands, its formats, its text in the shuffle.

Nothing of ours runs on the nodes, so they need no Python.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hadoopjobs.core.context import Counters
from hadoopjobs.core.errors import UsageError
from hadoopjobs.core.metrics import TaskMetrics
from hadoopjobs.core.streaming import (
    TEXT_INPUT,
    TEXT_OUTPUT,
    Streaming,
    command_words,
    is_java_class,
)
from hadoopjobs.physical.stage import ScanSource, Stage
from hadoopjobs.runners.base import RunOptions
from hadoopjobs.runners.hadoop_java_splits import java_splits
from hadoopjobs.runners.hadoop_job import fits_in_master
from hadoopjobs.yarn import CacheFile, InputSplit, JobSpec, streaming_settings

ENVIRONMENT = "hadoopjobs-environment.sh"


@dataclass(frozen=True)
class TextJob:
    """What is submitted for one stage, apart from what all stages of the run share."""

    name: str
    stage: Stage
    streaming: Streaming
    splits: Sequence[InputSplit]
    inputs: Sequence[str]
    output: str

    @property
    def reduces(self) -> int:
        return self.streaming.reduces

    @property
    def is_small(self) -> bool:
        size = sum(split.length for split in self.splits)
        return fits_in_master(len(self.splits), self.reduces, size)


def text_job(name: str, stage: Stage, output: str, options: RunOptions) -> TextJob:
    """The job of a stage that has `streaming` and reads files."""
    streaming, source = stage.streaming, stage.inputs[0].source
    assert streaming is not None
    assert isinstance(source, ScanSource)
    splits = java_splits(source.dataset.uris, streaming.input_format or TEXT_INPUT, options)
    return TextJob(name, stage, streaming, splits, source.dataset.uris, output)


def text_spec(
    job: TextJob, options: RunOptions, cache: Sequence[CacheFile], *, is_uber: bool
) -> JobSpec:
    """The job to submit; of settings, those count which Streaming's own client would let count."""
    given = dict(options.settings)
    return JobSpec(
        given.pop("mapreduce.job.name", job.name),
        tuple(job.splits),
        _defaults(options, is_uber) | given | _own(job, options, given),
        reduces=job.reduces,
        cache=tuple(cache),
        is_uber=is_uber,
    )


def _own(job: TextJob, options: RunOptions, given: Mapping[str, str]) -> dict[str, str]:
    streaming, has_environment = job.streaming, bool(options.environment)

    def command(program: str | None) -> str | None:
        return program and _in_environment(program) if has_environment else program

    settings = streaming_settings(
        command(streaming.mapper),
        command(streaming.reducer) if job.reduces else None,
        command(streaming.combiner) if job.reduces else None,
        inputs=job.inputs,
        output=job.output,
        map_input=streaming.map_input,
        map_output=streaming.map_output,
        reduce_input=streaming.reduce_input,
        reduce_output=streaming.reduce_output,
        input_format=streaming.input_format or TEXT_INPUT,
        output_format=streaming.output_format or TEXT_OUTPUT,
        is_lazy=streaming.is_lazy,
        partitioner=streaming.partitioner if job.reduces else None,
    )
    return settings | dict(streaming.settings) | _classes_of_java(streaming, given)


def _classes_of_java(streaming: Streaming, given: Mapping[str, str]) -> dict[str, str]:
    """Where no command of ours writes, the user may know of which classes keys and values are."""
    found: dict[str, str] = {}
    for program, prefix in (
        (streaming.mapper, "mapreduce.map.output."),
        (streaming.reducer, "mapreduce.job.output."),
    ):
        if program is None or is_java_class(program):
            keys = (f"{prefix}key.class", f"{prefix}value.class")
            found |= {key: given[key] for key in keys if key in given}
    return found


def _defaults(options: RunOptions, is_uber: bool) -> dict[str, str]:
    settings = {
        "mapreduce.map.maxattempts": str(options.max_attempts),
        "mapreduce.reduce.maxattempts": str(options.max_attempts),
        "yarn.app.mapreduce.am.scheduler.heartbeat.interval-ms": "250",
    }
    if is_uber:  # one Java runs all, with the buffers of a task
        settings["mapreduce.task.io.sort.mb"] = "64"
    return settings


def _in_environment(program: str) -> str:
    return program if is_java_class(program) else f"/bin/sh {ENVIRONMENT} {program}"


def environment_script(variables: Iterable[tuple[str, str]]) -> bytes:
    """A script that runs its arguments with `variables`, which job.xml must not hold.

    It finds the program where Streaming does: first in the task's folder, and makes it executable.
    """
    exports = [f"export {name}={shlex.quote(value)}" for name, value in variables]
    return "\n".join([*exports, _RUN]).encode("utf-8", "surrogateescape")


_RUN = """\
program=$1
shift
if [ -f "$PWD/$program" ]; then
    program=$PWD/$program
    chmod a+x "$program" 2>/dev/null
fi
exec "$program" "$@"
"""


def check_commands(streaming: Streaming) -> None:
    """Raises `UsageError` for a command that has no word."""
    for side in ("mapper", "combiner", "reducer"):
        command = getattr(streaming, side)
        if command is not None and not command_words(command):
            raise UsageError(f"the {side} is empty: name a command")


_FRAMEWORK = "org.apache.hadoop.mapreduce.TaskCounter"
_FILES = "org.apache.hadoop.mapreduce.FileSystemCounter"
_OF_HADOOP = ("org.apache.hadoop.mapreduce.", "Shuffle Errors", "File Input Format Counters")


def users_counters(counters: Mapping[str, Mapping[str, int]]) -> Counters:
    """Those that the commands have written."""
    return {
        group: dict(found)
        for group, found in counters.items()
        if not group.startswith(_OF_HADOOP) and found
    }


def numbers(job: TextJob, counters: Mapping[str, Mapping[str, int]]) -> list[TaskMetrics]:
    """What Hadoop counted, as of one map task and one reduce task: it does not tell of each."""
    tasks, files = counters.get(_FRAMEWORK, {}), counters.get(_FILES, {})
    maps = TaskMetrics(job.stage.number, "map", 0)
    maps.records_in = tasks.get("MAP_INPUT_RECORDS", 0)
    maps.records_out = tasks.get("MAP_OUTPUT_RECORDS", 0)
    maps.bytes_read = sum(split.length for split in job.splits)
    maps.cpu_seconds = tasks.get("CPU_MILLISECONDS", 0) / 1000
    if not job.reduces:
        maps.bytes_output = files.get("HDFS_BYTES_WRITTEN", 0)
        return [maps]
    maps.bytes_shuffled = tasks.get("REDUCE_SHUFFLE_BYTES", 0)
    reduces = TaskMetrics(job.stage.number, "reduce", 0)
    reduces.records_in = tasks.get("REDUCE_INPUT_RECORDS", 0)
    reduces.records_out = tasks.get("REDUCE_OUTPUT_RECORDS", 0)
    reduces.bytes_read = maps.bytes_shuffled
    reduces.bytes_output = files.get("HDFS_BYTES_WRITTEN", 0)
    return [maps, reduces]
