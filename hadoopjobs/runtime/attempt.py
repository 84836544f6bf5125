"""One attempt of one task, measured, in the environment that Hadoop gives it."""

from __future__ import annotations

import os
import resource
import time

from hadoopjobs.core.context import TaskContext, enter_task
from hadoopjobs.physical.stage import PhysicalPlan
from hadoopjobs.runtime.failure import failure_of
from hadoopjobs.runtime.input_variables import variables_of
from hadoopjobs.runtime.memory import peak_bytes
from hadoopjobs.runtime.pipeline import run_pipeline
from hadoopjobs.runtime.task import Report, Task, TaskResult, TaskSpec


def run_task(plan: PhysicalPlan, spec: TaskSpec, report: Report) -> TaskResult:
    """Run one attempt. Whatever user code raises comes out as `TaskError`."""
    stage = plan.stages[spec.stage]
    task = Task(stage, spec, report)
    enter_task(task.context)
    metrics = task.metrics
    metrics.started = time.time()
    wall, cpu = time.monotonic(), _cpu_seconds()
    try:
        with _environment(spec):
            try:
                run_pipeline(task)
            finally:
                task.context.end()
    except BaseException as error:
        raise failure_of(error, task) from error
    finally:
        task.writer.close()
        enter_task(TaskContext())
    metrics.wall_seconds = time.monotonic() - wall
    metrics.cpu_seconds = _cpu_seconds() - cpu
    metrics.bytes_written += task.writer.disk_bytes
    metrics.bytes_spilled += task.writer.overflow_bytes
    metrics.peak_memory = peak_bytes()
    metrics.skipped = len(task.skipped)
    return TaskResult(metrics, task.outputs, task.context.counters, task.skipped)


def _cpu_seconds() -> float:
    """Seconds of processor time of this process and of the commands that it waited for."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


class _environment:
    """The environment variables and the working folder that Hadoop gives a streaming task.

    Source: Hadoop MapReduce Streaming, "How do I get the JobConf variables in a streaming job's
    mapper/reducer": names with every character that is not a letter or digit made `_`.
    """

    def __init__(self, spec: TaskSpec) -> None:
        kind = "m" if spec.side == "map" else "r"
        task = f"task_local_{spec.stage + 1:04d}_{kind}_{spec.index:06d}"
        settings: dict[str, str] = {}
        if not spec.on_hadoop:
            settings |= spec.settings
            settings.setdefault("mapreduce.job.id", f"job_local_{spec.stage + 1:04d}")
            settings["mapreduce.task.id"] = task
            settings["mapreduce.task.attempt.id"] = f"attempt{task[4:]}_{spec.attempt}"
            settings["mapreduce.task.partition"] = str(spec.index)
            settings["mapreduce.task.ismap"] = str(spec.side == "map").lower()
        self._variables = {
            "".join(c if c.isalnum() else "_" for c in name): value
            for name, value in settings.items()
        }
        if spec.splits and not spec.is_spooled:
            self._variables |= variables_of(spec.splits[0])
        self._folder = spec.working_folder
        self._kept: dict[str, str | None] = {}
        self._kept_folder = ""

    def __enter__(self) -> None:
        self._kept = {name: os.environ.get(name) for name in self._variables}
        os.environ.update(self._variables)
        if self._folder is not None:
            self._kept_folder = os.getcwd()
            os.chdir(self._folder)

    def __exit__(self, *_: object) -> None:
        for name, value in self._kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if self._folder is not None:
            os.chdir(self._kept_folder)
