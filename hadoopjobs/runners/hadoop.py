"""Runs stages on a Hadoop cluster: one MapReduce job each, submitted without Java.

Read `_ClusterRun.start` first. The tasks are in `runtime/hadoop_task.py`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, ClassVar

from hadoopjobs.core.context import add_counters
from hadoopjobs.core.errors import (
    ConfigError,
    HadoopJobsError,
    ServiceError,
    TaskError,
    UsageError,
)
from hadoopjobs.core.hadoop_conf import HadoopConf
from hadoopjobs.core.listener import Listener
from hadoopjobs.core.metrics import RunResult, StageMetrics
from hadoopjobs.physical.stage import DatasetSink, PartsSink, Stage, StageSource
from hadoopjobs.runners.base import Run, Runner
from hadoopjobs.runners.hadoop_failure import Failures
from hadoopjobs.runners.hadoop_inputs import LocalInputs
from hadoopjobs.runners.hadoop_job import StageJob
from hadoopjobs.runners.hadoop_output import ClusterOutput
from hadoopjobs.runners.hadoop_prepare import prepare
from hadoopjobs.runners.hadoop_results import Caller, fetch_parts, parts_in, take_results
from hadoopjobs.runners.hadoop_resume import ClusterCheckpoints
from hadoopjobs.runners.hadoop_splits import Part
from hadoopjobs.runners.hadoop_stage import job_of
from hadoopjobs.runners.hadoop_state import LeftRuns, Pending, RunState
from hadoopjobs.runners.hadoop_storage import ClusterStore, RunFolder, home_folder
from hadoopjobs.runners.hadoop_submission import Submission
from hadoopjobs.runners.hadoop_text import check_commands
from hadoopjobs.runners.machine import input_uris
from hadoopjobs.runners.output import output_folder
from hadoopjobs.runners.output_folder import OutputFolder
from hadoopjobs.runtime.task import TaskResult
from hadoopjobs.storage import hadoop_conf, scheme_of
from hadoopjobs.yarn import YarnClient, yarn_client


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
        state = RunState(
            plan=run.plan,
            options=run.options,
            folder=folder,
            inputs=LocalInputs(folder),
            output=_output_of(run),
            result=RunResult(run.name, HadoopRunner.name),
            cluster_plan=run.plan,
        )
        with _client(conf) as client:
            return _ClusterRun(state, client, Caller(run.stdout, run.listener, run.collect)).start()


def attach(application_id: str, stdout: BinaryIO, listener: Listener) -> RunResult | None:
    """Go on with a run that was left: see its application end, run the stages after it, publish
    the output. None if this user has left no such run.

    What interrupts it leaves the run once more.
    """
    conf = hadoop_conf()
    state = LeftRuns(RunFolder(home_folder(conf)).root).load(application_id)
    if state is None:
        return None
    with _client(conf) as client:
        return _ClusterRun(state, client, Caller(stdout, listener), is_attached=True).go_on()


@contextmanager
def _client(conf: HadoopConf) -> Iterator[YarnClient]:
    client = yarn_client(conf, os.environ)
    try:
        yield client
    finally:
        client.session.close()


class _ClusterRun:
    """One run, or what is left of one; used once."""

    def __init__(
        self, state: RunState, client: YarnClient, caller: Caller, *, is_attached: bool = False
    ) -> None:
        self._state = state
        self._client = client
        self._caller = caller
        self._listener = caller.listener
        self._options = state.options
        self._is_attached = is_attached
        self._store = ClusterStore()
        self._failures = Failures(f"{state.folder.uri}/failures")
        self._submission = Submission(state, client, self._listener, self._failures)
        self._checkpoints = ClusterCheckpoints(state.options, state.folder.root)
        self._left = LeftRuns(state.folder.root)

    def start(self) -> RunResult:
        """Run all stages, or with `detach` no more than the submission of the first."""
        with self._cleaned_up():
            output = self._state.output
            if isinstance(output, ClusterOutput):
                output.prepare(input_uris(self._state.plan))
            elif output is not None:
                output.prepare()
            self._state.folder.make()
            prepare(self._state, self._client, self._failures.folder, self._listener)
            self._run_stages(self._kept())
        return self._state.result

    def go_on(self) -> RunResult:
        """The rest of a run that was left while the job of a stage ran."""
        state = self._state
        assert state.pending is not None
        stage, job = state.cluster_plan.stages[state.pending.stage], state.pending.job
        self._listener.stage_started(stage.name, len(job.splits), job.reduces)
        was_left_as = state.pending.application_id
        try:
            with self._cleaned_up():
                self._run_stages({})
        finally:
            if state.result.application != was_left_as:
                self._left.forget(was_left_as)
        return state.result

    @contextmanager
    def _cleaned_up(self) -> Iterator[None]:
        """Leaves nothing behind but the output, or a run that goes on without us."""
        state = self._state
        try:
            yield
        except HadoopJobsError as error:
            self._in_the_users_words(error)
            raise
        finally:
            if state.result.application is None:
                if state.output is not None:
                    state.output.abandon()
                state.folder.remove()

    def _run_stages(self, kept: dict[int, list[Part]]) -> None:
        """Run those that are neither `kept` nor done; publish the output, if the last is done.

        What is finished when one fails is kept.
        """
        state = self._state
        first = 0 if state.pending is None else state.pending.stage
        try:
            for stage in state.cluster_plan.stages[first:]:
                if stage.number in kept:
                    self._take_kept(stage, kept[stage.number])
                else:
                    pending = state.pending or self._begin(stage)
                    if self._options.detach and not self._is_attached:
                        self._leave(pending)
                        return
                    self._finish(stage, pending)
                self._free_inputs(stage)
        except BaseException as error:
            is_left = self._is_attached and isinstance(error, KeyboardInterrupt | ServiceError)
            if is_left and state.pending is not None:
                self._leave(state.pending)
            elif isinstance(error, Exception) and state.last is not None:
                self._checkpoints.keep(state.plan, *state.last, self._listener)
            raise
        self._hand_over()
        self._checkpoints.clear()
        state.result.wall_seconds = time.time() - state.started
        tasks = [task for stage_done in state.result.stages for task in stage_done.tasks]
        state.result.peak_memory = max((task.peak_memory for task in tasks), default=0)

    def _kept(self) -> dict[int, list[Part]]:
        if not self._options.resume:
            return {}
        return self._checkpoints.load(self._state.plan, self._listener)

    def _leave(self, pending: Pending) -> None:
        """Let the job go on alone; `attach` finds the run by it."""
        app = pending.application_id
        try:
            self._left.save(self._state)
        except BaseException:
            self._submission.stop(pending)
            raise
        self._state.result.application = app
        stages = len(self._state.plan.stages)
        rest = "" if stages == 1 else f" and runs the stages after {pending.stage + 1} of {stages}"
        self._listener.said(
            f"{app} goes on alone: `hadoopjobs app attach {app}` waits for it{rest}, "
            f"`hadoopjobs app kill {app}` ends it"
        )

    def _take_kept(self, stage: Stage, parts: list[Part]) -> None:
        state = self._state
        state.result.stages.append(StageMetrics(stage.number, stage.name, resumed=True))
        state.parts[stage.number] = parts
        state.last = stage.number, parts

    def _begin(self, stage: Stage) -> Pending:
        """Submit the job of `stage`."""
        started = time.time()
        job = job_of(self._state, stage)
        self._listener.stage_started(stage.name, len(job.splits), job.reduces)
        submitted = self._submission.submit(job, is_uber=job.is_small)
        pending = Pending(stage.number, job, submitted, job.is_small, started)
        self._state.pending = pending
        return pending

    def _finish(self, stage: Stage, pending: Pending) -> None:
        """See the job of `stage` to its end, and take what it gave."""
        state, job, output = self._state, pending.job, pending.job.output
        metrics = StageMetrics(stage.number, stage.name)
        self._submission.wait(pending, metrics, leaves=self._is_attached)
        state.pending = None
        state.result.stages.append(metrics)
        if isinstance(job, StageJob):
            tasks = self._maps_of(pending, job) + job.reduces
            for result in take_results(output, tasks, stage.name):
                self._accept(stage, metrics, result)
        is_last = state.is_last(stage)
        if not isinstance(state.output, ClusterOutput) or not is_last:
            state.parts[stage.number] = parts_in(output)
        if not is_last:
            state.last = stage.number, state.parts[stage.number]
        metrics.wall_seconds = time.time() - pending.started
        self._listener.stage_finished(stage.name, job.reduces)

    def _maps_of(self, pending: Pending, job: StageJob) -> int:
        """How many map tasks ran; of splits that Java has made only Hadoop knows it."""
        if self._options.hadoop_bin is None or job.stage.java.input_format is None:
            return len(job.splits)
        app = pending.application_id
        return self._client.ask_job(app, lambda service: service.job(app)).maps or 0

    def _accept(self, stage: Stage, metrics: StageMetrics, result: TaskResult) -> None:
        state, allowed = self._state, self._options.skip_bad_records
        for text in result.skipped:
            state.skipped += 1
            self._listener.said(f"skipped {text}")
        if state.skipped > allowed:
            raise TaskError(
                f"{state.skipped} bad records were met, --skip-bad-records allows {allowed}",
                stage=stage.name,
                side=result.metrics.side,
            )
        metrics.tasks.append(result.metrics)
        add_counters(metrics.counters, result.counters)

    def _free_inputs(self, stage: Stage) -> None:
        """Remove what earlier stages left, once no later stage reads it."""
        state = self._state
        later = {
            given.source.stage
            for other in state.cluster_plan.stages[stage.number + 1 :]
            for given in other.inputs
            if isinstance(given.source, StageSource)
        }
        for number in [n for n in state.parts if n < stage.number and n not in later]:
            del state.parts[number]
            self._store.delete(f"{state.folder.uri}/stage-{number}")

    def _hand_over(self) -> None:
        """Publish the output, or give the caller what the last stage left."""
        state, last = self._state, self._state.plan.stages[-1]
        output = state.output
        if isinstance(output, ClusterOutput):
            output.publish()
        elif output is not None:
            fetch_parts(state.parts[last.number], output)
        else:
            self._caller.take(last, state.parts[last.number], self._options.temp_dir)
        state.result.output = None if output is None else output.uri

    def _in_the_users_words(self, error: HadoopJobsError) -> None:
        """Name files as the user did, not as the nodes did."""
        error.args = tuple(
            self._state.inputs.in_the_users_words(text) if isinstance(text, str) else text
            for text in error.args
        )
        if isinstance(error, TaskError):
            error.uri = error.uri and self._state.inputs.in_the_users_words(error.uri)
            error.user_traceback = self._state.packages.in_the_users_words(error.user_traceback)


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
        if run.options.detach:
            raise UsageError(
                f"nobody would be there to write {uri} on this machine: with --detach name a "
                "folder of hdfs://, or leave -o away and get the results when you attach"
            )
        return output_folder(sink.dataset, run.options.overwrite, lambda: input_uris(run.plan))
    if scheme != "hdfs":
        raise ConfigError(
            f"cannot write {uri}: the hadoop runner writes to hdfs:// or to this machine"
        )
    if run.options.detach and run.options.overwrite:
        raise UsageError("--detach cannot overwrite: remove the old output first")
    return ClusterOutput(sink.dataset, run.options.overwrite, is_in_place=run.options.detach)
