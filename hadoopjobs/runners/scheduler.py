"""Runs the stages of a plan on a pool: tasks, retries, shuffles, commit.

The driver is one loop that waits for messages of workers; it starts no thread. What an
attempt writes counts only when the driver has accepted its result, so a task that runs twice
leaves one result.
"""

from __future__ import annotations

import dataclasses
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hadoopjobs.core.context import add_counters
from hadoopjobs.core.errors import HadoopJobsError, TaskError, WorkerLost
from hadoopjobs.core.metrics import RunResult, StageMetrics
from hadoopjobs.formats import plan_splits
from hadoopjobs.formats.base import Split
from hadoopjobs.formats.naming import whole_file_splits
from hadoopjobs.physical.stage import (
    DatasetSink,
    RecordShuffle,
    ScanSource,
    Stage,
    StageSource,
    StreamSink,
)
from hadoopjobs.runners.base import Run
from hadoopjobs.runners.output import OutputFolder, errors_of_stdout
from hadoopjobs.runners.pool import Lost, Pool
from hadoopjobs.runners.resume import Checkpoints
from hadoopjobs.runners.store import BlockStore
from hadoopjobs.runtime.key_order import KeyOrder
from hadoopjobs.runtime.key_ranges import EVERYTHING, KeyRange, divide
from hadoopjobs.runtime.part_block import unpack_part
from hadoopjobs.runtime.run_file import OutputPlace, Segment, read_segment
from hadoopjobs.runtime.task import TaskResult, TaskSpec
from hadoopjobs.runtime.worker import Failure, Progress

Part = list[Segment]


@dataclass
class _Work:
    """One task, over all of its attempts."""

    side: str
    index: int
    input_index: int = 0
    split: Split | None = None
    segments: tuple[Segment, ...] = ()
    key_range: KeyRange = EVERYTHING
    attempt: int = 0
    share: float = 0.0


class Scheduler:
    """Runs one `Run`; used once."""

    def __init__(
        self,
        run: Run,
        runner: str,
        pool: Pool,
        store: BlockStore,
        checkpoints: Checkpoints,
        outputs: Mapping[int, OutputFolder],
        task_budget_bytes: int,
        working_folder: str | None,
    ) -> None:
        self._run = run
        self._pool = pool
        self._store = store
        self._checkpoints = checkpoints
        self._outputs = outputs
        self._budget = task_budget_bytes
        self._working_folder = working_folder
        self._settings = run.options.settings
        self._parts: dict[int, list[Part]] = {}
        self._places: dict[int, list[OutputPlace]] = {}
        self._skipped = 0
        self._result = RunResult(run.name, runner)

    def execute(self) -> RunResult:
        """Run all stages; the output of each is published when it is done.

        After an error the caller stops the pool and then abandons the outputs.
        """
        started = time.monotonic()
        last = self._run.plan.stages[-1].number
        if last in self._outputs:
            self._outputs[last].prepare()
        kept = self._checkpoints.load(self._run.plan, self._run.listener)
        for number in self._outputs.keys() - kept.keys() - {last}:  # those kept are published
            self._outputs[number].prepare()
        for stage in self._run.plan.stages:
            self._stage(stage, kept.get(stage.number))
            self._free_inputs(stage)
        if last in self._outputs:
            self._result.output = self._outputs[last].uri
        self._hand_over()
        self._result.wall_seconds = time.monotonic() - started
        tasks = [task for stage in self._result.stages for task in stage.tasks]
        self._result.peak_memory = max((task.peak_memory for task in tasks), default=0)
        return self._result

    def _hand_over(self) -> None:
        """Give the caller what the last stage left, unless it went to a folder."""
        last = self._run.plan.stages[-1]
        if isinstance(last.sink, DatasetSink):
            return
        payloads = (
            payload
            for part in self._parts[last.number]
            for segment in part
            for payload in read_segment(segment)
        )
        if isinstance(last.sink, StreamSink):
            for payload in payloads:
                with errors_of_stdout():
                    self._run.stdout.write(payload)
            with errors_of_stdout():
                self._run.stdout.flush()
        elif self._run.collect is not None:
            for payload in payloads:
                self._run.collect(unpack_part(payload))

    def _stage(self, stage: Stage, kept: list[Part] | None) -> None:
        output = self._outputs.get(stage.number)
        metrics = StageMetrics(stage.number, stage.name)
        self._result.stages.append(metrics)
        if kept is not None:
            self._parts[stage.number] = kept
            metrics.resumed = True
            return
        started = time.monotonic()
        maps = self._map_work(stage)
        reduces = 0 if stage.shuffle is None else stage.shuffle.partitions
        self._run.listener.stage_started(stage.name, len(maps), reduces)
        if stage.shuffle is None:
            results = self._tasks(stage, maps, metrics, output)
        else:
            map_results = self._tasks(stage, maps, metrics, None)
            places = self._places.pop(stage.number, [])
            partitions = [
                tuple(segment for result in map_results for segment in result.outputs[partition])
                for partition in range(reduces)
            ]
            work = self._reduce_work(stage, partitions)
            results = self._tasks(stage, work, metrics, output)
            for place in places:
                self._store.discard(place)
        self._parts[stage.number] = [
            result.outputs[0] if result.outputs else [] for result in results
        ]
        metrics.wall_seconds = time.monotonic() - started
        self._run.listener.stage_finished(stage.name, reduces)
        if output is not None:
            output.publish()
        if stage is not self._run.plan.stages[-1]:
            self._checkpoints.finished(stage, self._parts[stage.number])

    def _map_work(self, stage: Stage) -> list[_Work]:
        work: list[_Work] = []
        for number, stage_input in enumerate(stage.inputs):
            source = stage_input.source
            if isinstance(source, StageSource):
                for part in self._parts[source.stage]:
                    work.append(_Work("map", len(work), number, segments=tuple(part)))
            else:
                splits = self._splits(source) or [None]  # init and final run without records too
                for split in splits:
                    work.append(_Work("map", len(work), number, split=split))
        return work

    def _reduce_work(self, stage: Stage, partitions: list[tuple[Segment, ...]]) -> list[_Work]:
        shuffle = stage.shuffle
        if not (isinstance(shuffle, RecordShuffle) and shuffle.divisible and len(partitions) == 1):
            return [_Work("reduce", i, segments=part) for i, part in enumerate(partitions)]
        ranges = divide(partitions[0], KeyOrder(shuffle), self._pool.slots)
        return [
            _Work("reduce", i, segments=part, key_range=keys)
            for i, (keys, part) in enumerate(ranges)
        ]

    def _splits(self, source: ScanSource) -> Sequence[Split | None]:
        if source.layout == "files":
            return whole_file_splits(source.dataset)
        return plan_splits(source.dataset, self._run.options.split_bytes or 1 << 26)

    def _free_inputs(self, stage: Stage) -> None:
        """Free what earlier stages left, once no later stage reads it."""
        later = {
            stage_input.source.stage
            for other in self._run.plan.stages[stage.number + 1 :]
            for stage_input in other.inputs
            if isinstance(stage_input.source, StageSource)
        }
        for number in [n for n in self._places if n < stage.number and n not in later]:
            for place in self._places.pop(number):
                self._store.discard(place)

    def _tasks(
        self,
        stage: Stage,
        work: Sequence[_Work],
        metrics: StageMetrics,
        output: OutputFolder | None,
    ) -> list[TaskResult]:
        """Run `work` to its end; results in its order."""
        results: dict[int, TaskResult] = {}
        waiting = deque(work)
        idle = list(range(self._pool.slots))[::-1]
        running: dict[int, tuple[_Work, OutputPlace]] = {}
        while waiting or running:
            while waiting and idle:
                slot, item = idle.pop(), waiting.popleft()
                place = self._store.place(
                    f"stage-{stage.number}-{item.side}-{item.index}-attempt-{item.attempt}"
                )
                running[slot] = (item, place)
                self._pool.submit(slot, self._spec(stage, item, place, output))
            for slot, message in self._pool.wait():
                if slot not in running:  # an idle worker died; the pool forks another
                    continue
                item, place = running[slot]
                if isinstance(message, Progress):
                    self._progress(message, item)
                else:
                    del running[slot]
                    idle.append(slot)
                    if isinstance(message, TaskResult):
                        self._accept(stage, item, place, message, metrics, output)
                        results[item.index] = message
                        message.metrics.worker = slot
                    else:
                        self._store.discard(place)
                        if output is not None:
                            output.reject(item.index, item.attempt)
                        metrics.failed_attempts += 1
                        self._retry(stage, item, message)
                        waiting.appendleft(item)
                self._show_progress(work, results, running)
        return [results[item.index] for item in work]

    def _progress(self, message: Progress, item: _Work) -> None:
        if message.share >= 0:
            item.share = message.share
        if message.status:
            self._run.listener.said(f"status: {message.status}")

    def _show_progress(
        self,
        work: Sequence[_Work],
        results: dict[int, TaskResult],
        running: dict[int, tuple[_Work, OutputPlace]],
    ) -> None:
        done = len(results) + sum(item.share for item, _ in running.values())
        share = min(1.0, done / max(1, len(work)))
        if work and work[0].side == "map":
            self._run.listener.progressed(share, 0.0)
        else:
            self._run.listener.progressed(1.0, share)

    def _spec(
        self, stage: Stage, item: _Work, place: OutputPlace, output: OutputFolder | None
    ) -> TaskSpec:
        return TaskSpec(
            stage=stage.number,
            side=item.side,
            index=item.index,
            attempt=item.attempt,
            input_index=item.input_index,
            splits=() if item.split is None else (item.split,),
            segments=item.segments,
            key_range=item.key_range,
            place=place,
            final=None if output is None else output.attempt_path(item.index, item.attempt),
            budget_bytes=self._budget,
            skip_bad_records=self._run.options.skip_bad_records,
            settings=self._settings,
            working_folder=self._working_folder,
        )

    def _accept(
        self,
        stage: Stage,
        item: _Work,
        place: OutputPlace,
        result: TaskResult,
        metrics: StageMetrics,
        output: OutputFolder | None,
    ) -> None:
        self._store.settle(place)
        self._places.setdefault(stage.number, []).append(place)
        if output is not None:
            output.accept(item.index, item.attempt)
        for text in result.skipped:
            self._skipped += 1
            self._run.listener.said(f"skipped {text}")
        if self._skipped > self._run.options.skip_bad_records:
            raise TaskError(
                f"{self._skipped} bad records were met, "
                f"--skip-bad-records allows {self._run.options.skip_bad_records}",
                stage=stage.name,
                side=item.side,
            )
        metrics.tasks.append(result.metrics)
        add_counters(metrics.counters, result.counters)

    def _retry(self, stage: Stage, item: _Work, message: Any) -> None:
        """Note the failed attempt; raise if it was the last that the task may have."""
        attempts = item.attempt + 1
        name = f"{item.side} task {item.index} of stage {stage.number + 1}"
        if isinstance(message, Failure) and (
            message.final or attempts >= self._run.options.max_attempts
        ):
            if message.error is None:
                raise RuntimeError(f"{name} failed with an error of ours:\n{message.trace}")
            if isinstance(message.error, TaskError):
                message.error.attempts = attempts
            raise message.error
        if isinstance(message, Lost) and attempts >= self._run.options.max_attempts:
            raise WorkerLost(f"{name} failed {attempts} times: {message}{message.advice}")
        why = _first_line(message.error) if isinstance(message, Failure) else str(message)
        self._run.listener.said(f"{name}, attempt {attempts}: {why}; trying again")
        item.attempt += 1
        item.share = 0.0


def _first_line(error: HadoopJobsError | None) -> str:
    if isinstance(error, TaskError):
        return error.summary.splitlines()[0]
    return "it failed" if error is None else str(error).splitlines()[0]


def with_split_bytes(run: Run, input_bytes: int) -> Run:
    """`run` with a split size, if it has none, that gives each worker a task, of 64 MiB at most.

    A task pays for each different key anew, so few large tasks cost less than many small ones.
    """
    if run.options.split_bytes is not None:
        return run
    wanted = -(-input_bytes // run.options.workers)
    split_bytes = max(1 << 20, min(1 << 26, wanted))
    return dataclasses.replace(
        run, options=dataclasses.replace(run.options, split_bytes=split_bytes)
    )
