"""Runs stages on a Hadoop cluster: one MapReduce job each, submitted without Java.

Read `_ClusterRun.execute` first. The tasks are in `runtime/hadoop_task.py`.
"""

from __future__ import annotations

import os
import pickle
import time
from typing import ClassVar

from hadoopjobs.core.context import add_counters
from hadoopjobs.core.errors import (
    ConfigError,
    HadoopJobsError,
    TaskError,
    UsageError,
)
from hadoopjobs.core.metrics import RunResult, StageMetrics
from hadoopjobs.physical.stage import (
    DatasetSink,
    PartsSink,
    ScanSource,
    Stage,
    StageSource,
    StreamSink,
)
from hadoopjobs.runners.base import Run, Runner
from hadoopjobs.runners.hadoop_cache import jar_cache, side_cache
from hadoopjobs.runners.hadoop_follow import Failures
from hadoopjobs.runners.hadoop_inputs import LocalInputs
from hadoopjobs.runners.hadoop_java_splits import java_splits
from hadoopjobs.runners.hadoop_job import StageJob, job_spec, task_budget
from hadoopjobs.runners.hadoop_output import ClusterOutput
from hadoopjobs.runners.hadoop_packages import Packages, ship_packages
from hadoopjobs.runners.hadoop_results import file_pieces, parts_in, payloads, take_results
from hadoopjobs.runners.hadoop_resume import ClusterCheckpoints
from hadoopjobs.runners.hadoop_splits import Part, input_splits, map_tasks, task_file
from hadoopjobs.runners.hadoop_storage import ClusterStore, RunFolder, home_folder
from hadoopjobs.runners.hadoop_submission import Submission
from hadoopjobs.runners.hadoop_text import (
    ENVIRONMENT,
    TextJob,
    check_commands,
    environment_script,
    text_job,
    text_spec,
)
from hadoopjobs.runners.machine import input_uris
from hadoopjobs.runners.output import errors_of_stdout, output_folder
from hadoopjobs.runners.output_folder import OutputFolder
from hadoopjobs.runtime.hadoop_orders import ORDERS, Orders, digest
from hadoopjobs.runtime.part_block import unpack_part
from hadoopjobs.runtime.sources import fetch
from hadoopjobs.runtime.task import TaskResult
from hadoopjobs.storage import hadoop_conf, scheme_of
from hadoopjobs.yarn import (
    CacheFile,
    JobSpec,
    YarnClient,
    yarn_client,
)

_STORAGE_SETTINGS = ("fs.defaultFS", "dfs.", "hadoop.security.authentication", "fs.permissions.")


class HadoopRunner(Runner):
    """Tasks in containers of YARN; sorted runs cross Hadoop's shuffle; parts lie in HDFS."""

    name: ClassVar[str] = "hadoop"

    def run(self, run: Run) -> RunResult:
        _refuse_step_outputs(run)
        for stage in run.plan.stages:
            if stage.streaming is not None:
                check_commands(stage.streaming)
        conf = hadoop_conf()
        folder = RunFolder(home_folder(conf))
        client = yarn_client(conf, os.environ)
        try:
            return _ClusterRun(run, client, folder).execute()
        finally:
            client.session.close()


class _ClusterRun:
    """One run; used once."""

    def __init__(self, run: Run, client: YarnClient, folder: RunFolder) -> None:
        self._run = run
        self._client = client
        self._folder = folder
        self._store = ClusterStore()
        self._failures = Failures(f"{folder.uri}/failures")
        self._submission = Submission(run, client, folder, self._failures)
        self._inputs = LocalInputs(folder, run.listener)
        self._output = _output_of(run)
        self._plan = run.plan
        self._checkpoints = ClusterCheckpoints(run.options, folder.root)
        self._last: tuple[int, list[Part]] | None = None  # the last stage finished, and its parts
        self._parts: dict[int, list[Part]] = {}
        self._result = RunResult(run.name, HadoopRunner.name)
        self._skipped = 0
        self._digest = ""
        self._packages = Packages((), (), ())
        self._side_files: tuple[CacheFile, ...] = ()
        self._cache: tuple[CacheFile, ...] = ()

    def execute(self) -> RunResult:
        """Run all stages; the output is published when the last is done."""
        started = time.monotonic()
        output = self._output
        try:
            if isinstance(output, ClusterOutput):
                output.prepare(input_uris(self._run.plan))
            elif output is not None:
                output.prepare()
            self._folder.make()
            self._prepare()
            self._run_stages()
            self._hand_over()
            self._checkpoints.clear()
        except HadoopJobsError as error:
            self._in_the_users_words(error)
            raise
        finally:
            if output is not None:
                output.abandon()
            self._folder.remove()
        self._result.wall_seconds = time.monotonic() - started
        tasks = [task for stage in self._result.stages for task in stage.tasks]
        self._result.peak_memory = max((task.peak_memory for task in tasks), default=0)
        return self._result

    def _run_stages(self) -> None:
        """Run those that no earlier run finished; what is finished when one fails is kept."""
        plan, listener = self._run.plan, self._run.listener
        kept = self._checkpoints.load(plan, listener) if self._run.options.resume else {}
        try:
            for stage in self._plan.stages:
                if stage.number in kept:
                    self._take_kept(stage, kept[stage.number])
                else:
                    self._stage(stage)
                self._free_inputs(stage)
        except Exception:
            if self._last is not None:
                self._checkpoints.keep(plan, *self._last, listener)
            raise

    def _take_kept(self, stage: Stage, parts: list[Part]) -> None:
        self._result.stages.append(StageMetrics(stage.number, stage.name, resumed=True))
        self._parts[stage.number] = parts
        self._last = stage.number, parts

    def _prepare(self) -> None:
        """Put on the cluster what all stages need."""
        options = self._run.options
        self._plan = self._inputs.copied(self._run.plan)
        self._side_files = tuple(side_cache(options.side_files, self._folder))
        if any(stage.streaming is None for stage in self._plan.stages):
            self._prepare_python()
        if options.environment and any(stage.streaming for stage in self._plan.stages):
            self._folder.put(ENVIRONMENT, environment_script(options.environment))

    def _prepare_python(self) -> None:
        """What our own tasks need."""
        options, conf = self._run.options, self._client.conf
        plan = pickle.dumps(self._plan, protocol=5)
        self._packages = ship_packages(
            options, self._client, home_folder(conf), plan, self._run.listener
        )
        orders = self._orders(plan).to_json()
        self._digest = digest(orders)
        uri = self._folder.put("orders.json", orders)
        self._cache = (CacheFile(uri, ORDERS), *self._packages.cache, *self._side_files)

    def _orders(self, plan: bytes) -> Orders:
        options, conf = self._run.options, self._client.conf
        settings = dict(options.settings)
        return Orders(
            plan=plan,
            job_files=self._packages.job_files,
            settings=options.settings,
            environment=options.environment,
            hadoop=tuple(
                (key, conf.get(key) or "")
                for key in conf.keys()  # noqa: SIM118  it is no dict
                if key.startswith(_STORAGE_SETTINGS) and "password" not in key
            ),
            map_budget_bytes=task_budget(settings, conf, "map"),
            reduce_budget_bytes=task_budget(settings, conf, "reduce"),
            skip_bad_records=options.skip_bad_records,
            failures=self._failures.folder,
        )

    def _stage(self, stage: Stage) -> None:
        metrics = StageMetrics(stage.number, stage.name)
        self._result.stages.append(metrics)
        started = time.monotonic()
        job = self._job(stage) if stage.streaming is None else self._text_job(stage)
        self._run.listener.stage_started(stage.name, len(job.splits), job.reduces)
        self._submission.run(
            job,
            lambda *, is_uber: self._spec(job, is_uber=is_uber),
            metrics,
            keeps_folder=self._last is not None,
        )
        if isinstance(job, StageJob):
            tasks = len(job.splits) + job.reduces
            for result in take_results(job.output, tasks, stage.name):
                self._accept(stage, metrics, result)
        if not isinstance(self._output, ClusterOutput) or stage is not self._plan.stages[-1]:
            self._parts[stage.number] = parts_in(job.output)
        if stage is not self._plan.stages[-1]:
            self._last = stage.number, self._parts[stage.number]
        metrics.wall_seconds = time.monotonic() - started
        self._run.listener.stage_finished(stage.name, job.reduces)

    def _job(self, stage: Stage) -> StageJob:
        name, output = self._name_of(stage), self._folder_of(stage)
        source = stage.inputs[0].source
        if stage.java.input_format is not None and isinstance(source, ScanSource):
            uris = source.dataset.uris
            splits = java_splits(uris, stage.java.input_format, self._run.options)
            return StageJob(name, stage, splits, sum(s.length for s in splits), uris, output)
        tasks = map_tasks(stage, self._parts, self._run.options.split_bytes)
        content, ranges = task_file(tasks)
        uri = self._folder.put(f"tasks-{stage.number}.jsonl", content)
        size = sum(task.length for task in tasks)
        return StageJob(name, stage, input_splits(uri, tasks, ranges), size, [uri], output)

    def _text_job(self, stage: Stage) -> TextJob:
        return text_job(self._name_of(stage), stage, self._folder_of(stage), self._run.options)

    def _name_of(self, stage: Stage) -> str:
        name, stages = self._run.name, len(self._plan.stages)
        return name if stages == 1 else f"{name} ({stage.number + 1} of {stages})"

    def _folder_of(self, stage: Stage) -> str:
        """Where the job of `stage` leaves its parts."""
        if stage is self._plan.stages[-1] and isinstance(self._output, ClusterOutput):
            return self._output.folder
        return f"{self._folder.uri}/stage-{stage.number}"

    def _spec(self, job: StageJob | TextJob, *, is_uber: bool) -> JobSpec:
        options = self._run.options
        if isinstance(job, StageJob):
            launcher = self._packages.launcher
            cache = [*self._cache, *jar_cache(job.stage.java.libjars)]
            return job_spec(job, options, launcher, self._digest, cache, is_uber=is_uber)
        cache = [*self._side_files, *jar_cache(job.streaming.libjars)]
        if options.environment:
            cache.append(CacheFile(f"{self._folder.uri}/{ENVIRONMENT}", ENVIRONMENT))
        return text_spec(job, options, cache, is_uber=is_uber)

    def _accept(self, stage: Stage, metrics: StageMetrics, result: TaskResult) -> None:
        for text in result.skipped:
            self._skipped += 1
            self._run.listener.said(f"skipped {text}")
        if self._skipped > self._run.options.skip_bad_records:
            raise TaskError(
                f"{self._skipped} bad records were met, "
                f"--skip-bad-records allows {self._run.options.skip_bad_records}",
                stage=stage.name,
                side=result.metrics.side,
            )
        metrics.tasks.append(result.metrics)
        add_counters(metrics.counters, result.counters)

    def _free_inputs(self, stage: Stage) -> None:
        """Remove what earlier stages left, once no later stage reads it."""
        later = {
            given.source.stage
            for other in self._plan.stages[stage.number + 1 :]
            for given in other.inputs
            if isinstance(given.source, StageSource)
        }
        for number in [n for n in self._parts if n < stage.number and n not in later]:
            del self._parts[number]
            self._store.delete(f"{self._folder.uri}/stage-{number}")

    def _hand_over(self) -> None:
        """Publish the output, or give the caller what the last stage left."""
        output, last = self._output, self._plan.stages[-1]
        if isinstance(output, ClusterOutput):
            output.publish()
            self._result.output = output.uri
            return
        parts = self._parts[last.number]
        if output is not None:
            for index, part in enumerate(parts):
                fetch(part.uri, output.attempt_path(index, 0))
                output.accept(index, 0)
            output.publish()
            self._result.output = output.uri
        elif isinstance(last.sink, StreamSink):
            is_text = last.streaming is not None or last.java.output_format is not None
            temp_dir = self._run.options.temp_dir
            for payload in file_pieces(parts) if is_text else payloads(parts, temp_dir):
                with errors_of_stdout():
                    self._run.stdout.write(payload)
            with errors_of_stdout():
                self._run.stdout.flush()
        elif self._run.collect is not None:
            for payload in payloads(parts, self._run.options.temp_dir):
                self._run.collect(unpack_part(payload))

    def _in_the_users_words(self, error: HadoopJobsError) -> None:
        """Name files as the user did, not as the nodes did."""
        error.args = tuple(
            self._inputs.in_the_users_words(text) if isinstance(text, str) else text
            for text in error.args
        )
        if isinstance(error, TaskError):
            error.uri = error.uri and self._inputs.in_the_users_words(error.uri)
            error.user_traceback = self._packages.in_the_users_words(error.user_traceback)


def _refuse_step_outputs(run: Run) -> None:
    for stage in run.plan.stages:
        if isinstance(stage.sink, PartsSink) and stage.sink.copy is not None:
            raise UsageError(
                "the hadoop runner keeps no output of single steps: leave --step-output-dir away"
            )


def _output_of(run: Run) -> ClusterOutput | OutputFolder | None:
    sink = run.plan.stages[-1].sink
    if not isinstance(sink, DatasetSink):
        return None
    (uri,) = sink.dataset.uris
    scheme = scheme_of(uri)
    if scheme == "file":
        return output_folder(sink.dataset, run.options.overwrite, lambda: input_uris(run.plan))
    if scheme != "hdfs":
        raise ConfigError(
            f"cannot write {uri}: the hadoop runner writes to hdfs:// or to this machine"
        )
    return ClusterOutput(sink.dataset, run.options.overwrite)
