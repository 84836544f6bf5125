"""One task of a stage in a container of YARN: `MODULE map|reduce STAGE DIGEST`.

Hadoop Streaming starts it. What it reads and writes there is the wire of `hadoop_shuffle`; records
never cross it. A map task reads its own split of the input, and the last tasks of a stage write
their part into the folder that Hadoop gives to the attempt and publishes when it has succeeded.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, BinaryIO

from hadoopjobs.core.errors import HadoopJobsError, TaskError
from hadoopjobs.core.hadoop_conf import HadoopConf, Setting, load_hadoop_conf
from hadoopjobs.core.job_files import load_job_file
from hadoopjobs.formats.naming import output_extension
from hadoopjobs.physical.stage import (
    DatasetSink,
    PhysicalPlan,
    RecordShuffle,
    ScanSource,
    Stage,
)
from hadoopjobs.runtime.attempt import run_task
from hadoopjobs.runtime.hadoop_lines import send_groups, send_output, spool, spooled_split
from hadoopjobs.runtime.hadoop_orders import (
    ORDERS,
    RESULTS,
    MapWork,
    Orders,
    read_map_work,
    read_orders,
)
from hadoopjobs.runtime.hadoop_report import (
    Reporter,
    failure_told,
    keep_alive,
    say,
    say_failure,
    told_of,
)
from hadoopjobs.runtime.hadoop_shuffle import Arrivals, send_runs
from hadoopjobs.runtime.run_file import OutputPlace, Segment
from hadoopjobs.runtime.sources import fetch
from hadoopjobs.runtime.task import TaskResult, TaskSpec
from hadoopjobs.storage import filesystem_for, use_hadoop_conf

_COPY_BYTES = 1 << 20

# Settings as Streaming hands them to a task: variables with _ in place of each dot.
_ATTEMPT, _PARTITION = "mapreduce_task_attempt_id", "mapreduce_task_partition"
_MAPS, _USER = "mapreduce_job_maps", "mapreduce_job_user_name"
_OUTPUT, _INPUT_FILE = "mapreduce_task_output_dir", "mapreduce_map_input_file"


def main(arguments: list[str]) -> int:
    """Run the task; the exit code."""
    side, stage, expected_digest = arguments
    wire_in, wire_out = _take_wire()
    orders = None
    try:
        with open(ORDERS, "rb") as file:
            orders = read_orders(file.read(), expected_digest)
        _surroundings(orders)
        task = _Task(orders, int(stage), side, os.environ[_ATTEMPT])
        if side == "map":
            task.map(wire_in, wire_out)
        else:
            task.reduce(wire_in, wire_out)
        return 0
    except BaseException as error:
        say_failure(error)
        if orders is not None:
            _leave_word(orders, error)
        return 1


def _take_wire() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output as Hadoop gave them; user code gets others, so that what it
    prints is found in the container's log and not in the data."""
    wire_in, wire_out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return wire_in, wire_out


def _surroundings(orders: Orders) -> None:
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if "HADOOP_USER_NAME" not in os.environ and _USER in os.environ:
        os.environ["HADOOP_USER_NAME"] = os.environ[_USER]
    os.environ.update(orders.environment)
    own = load_hadoop_conf(os.environ)
    if not own.get("fs.defaultFS"):  # the node's site files are not where containers see them
        settings = [Setting(key, value, "the driver") for key, value in orders.hadoop]
        own = HadoopConf(settings, os.environ)
    use_hadoop_conf(own)
    for job_file in orders.job_files:
        load_job_file(job_file)
    keep_alive()
    gc.disable()  # as in the workers of other runners: `Task.done` calls it


def _leave_word(orders: Orders, error: BaseException) -> None:
    """Say why, where the driver looks for it."""
    attempt = os.environ.get(_ATTEMPT, "unknown")
    uri = f"{orders.failures}/{attempt}.json"
    try:
        with filesystem_for(uri).open_write(uri) as file:
            file.write(json.dumps(failure_told(error)).encode())
    except HadoopJobsError as second:
        say(f"the driver cannot be told: {second}")


class _Task:
    """One attempt."""

    def __init__(self, orders: Orders, stage: int, side: str, attempt_id: str) -> None:
        self._orders = orders
        self._plan: PhysicalPlan = pickle.loads(orders.plan)  # checked, and the user's own
        if side == "map":
            self._plan = _for_hadoop_to_sort(self._plan)
        self._stage: Stage = self._plan.stages[stage]
        self._side = side
        self._attempt_id = attempt_id
        self._attempt = int(attempt_id.rpartition("_")[2])
        self._output = os.environ.get(_OUTPUT, "")

    def map(self, wire_in: BinaryIO, wire_out: BinaryIO) -> None:
        work = self._work(wire_in)
        report = Reporter(counts_progress=True)
        with self._local(work.part) as segments:
            spec = self._spec(work.index, report, work=work, segments=segments)
            try:
                result = run_task(self._plan, spec, report)
            except TaskError as error:
                if spec.is_spooled:  # the user knows the file that Hadoop has read
                    error.uri, error.offset = os.environ.get(_INPUT_FILE), None
                raise
        shuffle = self._stage.shuffle
        if shuffle is None:
            self._finish(result, [], wire_out)
        elif self._stage.shuffles_text:
            assert isinstance(shuffle, RecordShuffle)
            send_groups(wire_out, result.outputs, shuffle)
            wire_out.close()
            self._tell(result, [])
        else:
            result.metrics.bytes_written += result.metrics.bytes_shuffled
            send_runs(wire_out, work.index, result.outputs, told_of(result))
            wire_out.close()
        self._remove_files()
        report.finished(result)

    def _work(self, wire_in: BinaryIO) -> MapWork:
        """As the driver says it, or to read what a Java input format hands over."""
        if self._stage.java.input_format is None:
            return read_map_work(wire_in.read())
        path = os.path.abspath(f"{self._attempt_id}.input")
        source = self._stage.inputs[0].source
        assert isinstance(source, ScanSource)
        split = spooled_split(path, spool(wire_in, path), source.dataset.format)
        return MapWork(int(os.environ[_PARTITION]), 0, (split,))

    def reduce(self, wire_in: BinaryIO, wire_out: BinaryIO) -> None:
        index = int(os.environ[_PARTITION])
        maps = int(os.environ[_MAPS])
        report = Reporter(counts_progress=False)
        if self._stage.shuffles_text:
            lines = os.path.abspath(f"{self._attempt_id}.input")
            spool(wire_in, lines)
            result = run_task(self._plan, self._spec(index, report, lines=lines), report)
            self._finish(result, [], wire_out)
        else:
            arrivals = Arrivals(f"{self._attempt_id}.arrivals", maps)
            arrivals.take(wire_in)
            spec = self._spec(index, report, segments=tuple(arrivals.segments))
            result = run_task(self._plan, spec, report)
            arrivals.remove()
            self._finish(result, arrivals.told, wire_out)
        self._remove_files()
        report.finished(result)

    def _spec(
        self,
        index: int,
        report: Reporter,
        *,
        work: MapWork | None = None,
        segments: tuple[Segment, ...] = (),
        lines: str | None = None,
    ) -> TaskSpec:
        orders = self._orders
        is_map = self._side == "map"
        return TaskSpec(
            stage=self._stage.number,
            side=self._side,
            index=index,
            attempt=self._attempt,
            input_index=0 if work is None else work.input_index,
            splits=() if work is None else work.splits,
            segments=segments,
            place=OutputPlace(os.path.abspath(f"{self._attempt_id}.runs"), primary_is_disk=True),
            final=self._final(index),
            budget_bytes=orders.map_budget_bytes if is_map else orders.reduce_budget_bytes,
            skip_bad_records=orders.skip_bad_records,
            settings=orders.settings,
            on_hadoop=True,
            lines=lines,
            is_spooled=is_map and self._stage.java.input_format is not None,
        )

    def _final(self, index: int) -> str | None:
        sink = self._stage.sink
        if not isinstance(sink, DatasetSink):
            return None
        if self._stage.java.output_format is not None:
            return os.path.abspath(f"{self._attempt_id}.output")
        extension = output_extension(sink.dataset.format, dict(sink.dataset.options))
        return f"{self._output}/part-{index:05d}{extension}"

    @contextmanager
    def _local(self, part: str | None) -> Iterator[tuple[Segment, ...]]:
        """A part of an earlier stage as a file of this node."""
        if part is None:
            yield ()
            return
        path = os.path.abspath(f"{self._attempt_id}.part")
        length = fetch(part, path)
        yield (Segment(path, 0, length, 0),)
        os.unlink(path)

    def _finish(self, result: TaskResult, told: list[Any], wire_out: BinaryIO) -> None:
        """Leave the part, unless its sink has or Java takes it, and the numbers of this task and
        `told`."""
        index = result.metrics.index
        if self._stage.java.output_format is not None:
            send_output(wire_out, self._final(index), result.outputs)
            wire_out.close()
        elif not isinstance(self._stage.sink, DatasetSink):
            self._write(f"part-{index:05d}", _blocks(result))
        self._tell(result, told)

    def _tell(self, result: TaskResult, told: list[Any]) -> None:
        name = f"{RESULTS}/{self._side}-{result.metrics.index:05d}"
        self._write(name, [json.dumps([*told, told_of(result)]).encode()])

    def _remove_files(self) -> None:
        """Tasks of an uber job share a folder."""
        for name in ("runs", "input"):
            with suppress(FileNotFoundError):
                os.unlink(f"{self._attempt_id}.{name}")

    def _write(self, name: str, pieces: Any) -> None:
        uri = f"{self._output}/{name}"
        with filesystem_for(uri).open_write(uri) as file:
            for piece in pieces:
                file.write(piece)


def _for_hadoop_to_sort(plan: PhysicalPlan) -> PhysicalPlan:
    """`plan` with one partition where lines cross the shuffle: Hadoop parts them by their keys."""
    stages = (
        replace(stage, shuffle=replace(stage.shuffle, partitions=1))
        if stage.shuffles_text and isinstance(stage.shuffle, RecordShuffle)
        else stage
        for stage in plan.stages
    )
    return PhysicalPlan(tuple(stages))


def _blocks(result: TaskResult) -> Iterator[bytes]:
    for segment in (segment for part in result.outputs for segment in part):
        with open(segment.path, "rb") as file:
            file.seek(segment.offset)
            left = segment.length
            while left:
                piece = file.read(min(_COPY_BYTES, left))
                left -= len(piece)
                yield piece


if __name__ == "__main__":
    # The module, not this copy of it called __main__: user code may import it by its name.
    from hadoopjobs.runtime import hadoop_task

    code = hadoop_task.main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(code)  # threads of libraries are not waited for
