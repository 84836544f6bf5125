"""From a job to its logical plan."""

from __future__ import annotations

import os
import shlex
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hadoopjobs.core.aggregators import Aggregator
from hadoopjobs.core.dataset import DatasetRef, as_options
from hadoopjobs.core.errors import ConfigError, HadoopJobsError, JobLoadError
from hadoopjobs.core.functions import RecordFunction, UserCode
from hadoopjobs.core.streaming import java_classes
from hadoopjobs.job.commands import check_command, command_mapper, command_reducer, filtered
from hadoopjobs.job.job import Job
from hadoopjobs.job.step import Step
from hadoopjobs.logical.operators import (
    Aggregate,
    AggregateBatches,
    Grouping,
    LogicalPlan,
    MapBatches,
    MapRecords,
    ReduceBatches,
    ReduceGroups,
    Scan,
    ScanLayout,
    Write,
)
from hadoopjobs.logical.program import Program

_REDUCES = ("mapreduce.job.reduces", "mapred.reduce.tasks")


def plan_job(
    job: Job,
    inputs: Sequence[str],
    output: str | None,
    *,
    input_format: str | None = None,
    output_format: str | None = None,
    input_options: Mapping[str, Any] | None = None,
    output_options: Mapping[str, Any] | None = None,
    settings: Mapping[str, str] | None = None,
) -> Program:
    """The program of `job` over `inputs`; without `output` it writes to standard output.

    `settings` win over the job's own JOBCONF.
    """
    own = _asked(job, "jobconf")
    jobconf = {name: _text(value) for name, value in own.items()} | dict(settings or {})
    job._run_settings = jobconf
    steps = _steps_of(job)
    source = DatasetRef(
        tuple(inputs) or ("-",), input_format or job.input_format, as_options(input_options)
    )
    plan: LogicalPlan = Scan(source, _scan_layout(steps[0]))
    for number, step in enumerate(steps):
        plan = _plan_step(job, plan, step, number, len(steps), _reduces(jobconf))
    target = DatasetRef(
        () if output is None else (output,),
        output_format or job.output_format,
        as_options(output_options),
    )
    return Program(
        Write(plan, target),
        type(job).__name__,
        settings=tuple(sorted(jobconf.items())),
        side_files=side_files_of(job),
        java=java_classes(jobconf),
    )


def _steps_of(job: Job) -> list[Step]:
    steps: list[Step] = list(_asked(job, "steps") or ())
    name = type(job).__name__
    if not steps:
        raise JobLoadError(f"{name}.steps() gave no step")
    for step in steps:
        if not isinstance(step, Step):
            raise JobLoadError(f"{name}.steps() gave a {type(step).__name__}: it must give Steps")
    return steps


def _asked(job: Job, method: str) -> Any:
    """What the user's `method` gives; what it raises is told in one line, with its place."""
    try:
        return getattr(job, method)()
    except HadoopJobsError:
        raise
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        what = traceback.format_exception_only(error)[-1].strip()
        raise JobLoadError(
            f"{type(job).__name__}.{method}() failed: {what} ({last.filename}, line {last.lineno})"
        ) from error


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _reduces(jobconf: Mapping[str, str]) -> int | None:
    """How many reduce tasks each step has; with 0, as in Hadoop, the mappers' output is the
    result and neither combiner nor reducer runs."""
    for name in _REDUCES:
        if name in jobconf:
            try:
                count = int(jobconf[name])
            except ValueError:
                count = -1
            if count < 0:
                raise ConfigError(f"{name}={jobconf[name]!r} is not a number of reduce tasks")
            return count
    return None


def _scan_layout(step: Step) -> ScanLayout:
    if step.mapper_raw:
        return "files"
    return "columns" if step.is_columnar else "pairs"


def _plan_step(
    job: Job, plan: LogicalPlan, step: Step, number: int, steps: int, partitions: int | None
) -> LogicalPlan:
    name = type(job).__name__ + (f"[{number + 1}]" if steps > 1 else "")
    partitions = partitions if step.partitions is None else step.partitions
    is_map_only = partitions == 0
    if step.mapper_raw and number:
        raise JobLoadError(f"{name}: mapper_raw reads files, so only the first step can have it")
    if step.map_batches is not None:
        plan = MapBatches(plan, UserCode.pack(step.map_batches, f"{name}.map_batches"))
    elif step.has_side("mapper"):
        plan = MapRecords(plan, _side_code(job, step, "mapper", name))
    if is_map_only:
        return plan
    if step.is_columnar:
        return _columnar_reduce(plan, step, name, partitions)
    grouping = Grouping(
        partitions=partitions,
        sort_values=step.sort_values,
        partitioner=step.partitioner and UserCode.pack(step.partitioner, f"{name}.partitioner"),
    )
    if isinstance(step.aggregator, Aggregator):
        return Aggregate(
            plan, UserCode.pack(step.aggregator, type(step.aggregator).__name__), grouping
        )
    if step.aggregator is not None:
        raise JobLoadError(f"{name}: an aggregator for each column needs map_batches")
    if step.has_side("reducer"):
        has_combiner = step.has_side("combiner")
        combiner = _side_code(job, step, "combiner", name) if has_combiner else None
        return ReduceGroups(plan, _side_code(job, step, "reducer", name), combiner, grouping)
    return plan


def _columnar_reduce(
    plan: LogicalPlan, step: Step, name: str, partitions: int | None
) -> LogicalPlan:
    if step.reduce_batches is not None:
        code = UserCode.pack(step.reduce_batches, f"{name}.reduce_batches")
        return ReduceBatches(plan, code, step.batch_keys, partitions)
    if step.aggregator is None:
        return plan
    if isinstance(step.aggregator, Aggregator):
        functions: str | tuple[tuple[str, str], ...] = _column_function(step.aggregator, name)
    else:
        functions = tuple(
            (column, _column_function(aggregator, name))
            for column, aggregator in step.aggregator.items()
        )
    return AggregateBatches(plan, functions, step.batch_keys, partitions)


def _column_function(aggregator: Aggregator, name: str) -> str:
    if aggregator.column_function is None:
        raise JobLoadError(
            f"{name}: {type(aggregator).__name__} cannot fold columns; use a mapper instead of "
            "map_batches, or reduce_batches instead of the aggregator"
        )
    return aggregator.column_function


def _side_code(job: Job, step: Step, side: str, name: str) -> UserCode:
    command = getattr(step, f"{side}_cmd")
    pre_filter = getattr(step, f"{side}_pre_filter")
    for words in filter(None, (command, pre_filter)):
        check_command(words, f"{name}.{side}")
    if command:
        make = command_mapper if side == "mapper" else command_reducer
        code = UserCode.pack(make(command), f"{name}.{side}_cmd: {command}")
        return replace(code, command=tuple(shlex.split(command)))
    function = RecordFunction(
        each=step.mapper_raw if side == "mapper" and step.mapper_raw else getattr(step, side),
        init=getattr(step, f"{side}_init"),
        final=getattr(step, f"{side}_final"),
    )
    called = _called(job, function.each, side)
    if function.each is None and side == "mapper":
        function.each = _identity
    if pre_filter:
        function = filtered(pre_filter, function, grouped=side != "mapper")
    return UserCode.pack(function, f"{name}.{called}")


def _called(job: Job, function: Any, side: str) -> str:
    """What the user calls the function, if it is a method with a name of its own."""
    own = getattr(function, "__name__", side)
    if own == side or not hasattr(job, own):
        return side
    return f"{own} as combiner" if side == "combiner" else own


def _identity(key: Any, value: Any) -> list[tuple[Any, Any]]:
    return [(key, value)]


def side_files_of(job: Job) -> tuple[tuple[str, str, str], ...]:
    """(path, name, kind) of what the class declares; relative paths start at the job's file."""
    module = sys.modules.get(type(job).__module__)
    folder = os.path.dirname(os.path.abspath(getattr(module, "__file__", None) or "."))
    declared = ((job.FILES, "file"), (job.DIRS, "dir"), (job.ARCHIVES, "archive"))
    return tuple(parse_side_file(path, kind, folder) for paths, kind in declared for path in paths)


def parse_side_file(text: str, kind: str, folder: str = "") -> tuple[str, str, str]:
    """`path#name`, or `path` to be called as its file is.

    >>> parse_side_file("data/stop words.txt#stop.txt", "file")
    ('data/stop words.txt', 'stop.txt', 'file')
    """
    path, _, name = text.rpartition("#") if "#" in text else (text, "", "")
    name = name or os.path.basename(path.rstrip("/"))
    if "/" in name or name in ("", ".", ".."):
        raise ConfigError(f"{text!r}: a side file's name must not hold a slash")
    return os.path.join(folder, path), name, kind
