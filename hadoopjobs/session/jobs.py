"""Run a job: once, or round after round until it is satisfied."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from hadoopjobs.core.dataset import DatasetRef, as_options
from hadoopjobs.core.errors import UsageError
from hadoopjobs.core.functions import JobFile
from hadoopjobs.core.listener import Listener
from hadoopjobs.core.metrics import RunResult
from hadoopjobs.core.pairs import Key, Pairs, Value
from hadoopjobs.formats import open_writer
from hadoopjobs.formats.convert import to_pairs
from hadoopjobs.job.front import program_of
from hadoopjobs.job.job import Job
from hadoopjobs.job.options import parse_arguments
from hadoopjobs.job.plan import plan_job
from hadoopjobs.logical.program import Program
from hadoopjobs.runners.output import errors_of_stdout, output_folder
from hadoopjobs.session.programs import STDIN, run_program, scan_of, spool_stdin
from hadoopjobs.session.settings import Settings
from hadoopjobs.storage import filesystem_for, resolve_inputs

_MAX_ROUNDS = 10_000


@dataclass
class Output:
    """What a job gave: its pairs, and the numbers of the run."""

    pairs: list[tuple[Key, Value]] = field(default_factory=list)
    result: RunResult = field(default_factory=lambda: RunResult("", ""))

    def take(self, batch: Any) -> None:
        pairs: Pairs = to_pairs(batch)
        self.pairs += zip(pairs.keys, pairs.values, strict=True)


def collect_job(
    job: Job,
    inputs: Sequence[str],
    settings: Settings,
    *,
    job_settings: Mapping[str, str] | None = None,
    stdin: BinaryIO | None = None,
    listener: Listener | None = None,
    job_file: JobFile | None = None,
    input_format: str | None = None,
) -> Output:
    """Run `job` and give its output as pairs, which must fit in memory.

    A job with `next_round` is run again until that gives None; the numbers are those of all
    rounds, one after the other.
    """
    target = JobTarget(input_format=input_format, job_settings=job_settings or {})
    with ExitStack() as cleanup:
        uris = spool_stdin(inputs, settings, stdin, cleanup)
        output, last = _collect_rounds(job, uris, settings, target, listener, job_file)
        if last is None:
            return output
        whole = _collect_round(last, uris, settings, target, listener, job_file)
        whole.result = _together(output.result, whole.result)
        return whole


def _collect_rounds(
    job: Job,
    inputs: Sequence[str],
    settings: Settings,
    target: JobTarget,
    listener: Listener | None,
    job_file: JobFile | None,
) -> tuple[Output, Job | None]:
    """The output of the last round; or of the round before one that is known to be the last, and
    the job for that one."""
    so_far: RunResult | None = None
    for _ in range(_MAX_ROUNDS):
        output = _collect_round(job, inputs, settings, target, listener, job_file)
        if so_far is not None:
            output.result = _together(so_far, output.result)
        so_far = output.result
        following = job.next_round(output.pairs)
        if following is None or following.is_last_round():
            return output, following
        job = following
    raise UsageError(f"{type(job).__name__} has not come to an end after {_MAX_ROUNDS} rounds")


def _collect_round(
    job: Job,
    inputs: Sequence[str],
    settings: Settings,
    target: JobTarget,
    listener: Listener | None,
    job_file: JobFile | None,
) -> Output:
    output = Output()
    program = _program_of_round(job, inputs, dataclasses.replace(target, output=None))
    output.result = run_program(
        program, settings, listener=listener, job_file=job_file, collect=output.take
    )
    return output


def _program_of_round(job: Job, inputs: Sequence[str], target: JobTarget) -> Program:
    return plan_job(
        job,
        inputs,
        target.output,
        input_format=target.input_format,
        output_format=target.output_format,
        input_options=target.input_options,
        output_options=target.output_options,
        settings=target.job_settings,
    )


@dataclass(frozen=True)
class JobTarget:
    """Where a job's output goes and in which formats it reads and writes; None: as it says."""

    output: str | None = None
    input_format: str | None = None
    output_format: str | None = None
    input_options: Mapping[str, str] = field(default_factory=dict)
    output_options: Mapping[str, str] = field(default_factory=dict)
    job_settings: Mapping[str, str] = field(default_factory=dict)


def program_of_job(
    job_class: type,
    arguments: Sequence[str],
    target: JobTarget,
    runner_name: str = "local",
    shuffle: str = "auto",
) -> Program:
    """The program that a job class gives with the arguments of its command line, for a runner."""
    return program_of(
        job_class,
        arguments,
        output=target.output,
        input_format=target.input_format,
        output_format=target.output_format,
        input_options=target.input_options,
        output_options=target.output_options,
        settings=target.job_settings,
        runner_name=runner_name,
        wants_lines=shuffle == "text",
    )


def reads_stdin(job_class: type, arguments: Sequence[str]) -> bool:
    """Whether the job, called so, would read standard input."""
    return STDIN in scan_of(program_of_job(job_class, arguments, JobTarget()).plan).dataset.uris


def run_job(
    job_class: type,
    arguments: Sequence[str],
    settings: Settings,
    target: JobTarget,
    *,
    stdout: BinaryIO | None = None,
    listener: Listener | None = None,
    job_file: JobFile | None = None,
    resume_name: str | None = None,
) -> RunResult:
    """Run a job class, ours or mrjob's, with the arguments of its command line."""
    if issubclass(job_class, Job) and job_class.is_iterative():
        if settings.detach:
            raise UsageError(f"{job_class.__name__} runs in rounds, which --detach cannot leave")
        if settings.resume and listener is not None:
            listener.said("this job runs in rounds, which are not kept: starting with the first")
        return _run_iterative(job_class, arguments, settings, target, stdout, listener, job_file)
    program = program_of_job(job_class, arguments, target, settings.runner, settings.shuffle)
    return run_program(
        program,
        settings,
        stdout=stdout,
        listener=listener,
        job_file=job_file,
        resume_name=resume_name,
    )


def _run_iterative(
    job_class: type[Job],
    arguments: Sequence[str],
    settings: Settings,
    target: JobTarget,
    stdout: BinaryIO | None,
    listener: Listener | None,
    job_file: JobFile | None,
) -> RunResult:
    job, inputs = parse_arguments(job_class, arguments)
    written = DatasetRef(
        () if target.output is None else (target.output,),
        target.output_format or job.output_format,
        as_options(target.output_options),
    )
    folder = None
    cleanup = ExitStack()
    if written.uris:
        wanted = [uri for uri in inputs if uri != STDIN]
        folder = output_folder(
            written, settings.overwrite, lambda: (s.uri for s in resolve_inputs(wanted))
        )
        folder.prepare()  # what will not work is told now; until the end nothing lies there
        folder.abandon()
    try:
        uris = spool_stdin(inputs or [STDIN], settings, None, cleanup)
        output, last = _collect_rounds(job, uris, settings, target, listener, job_file)
        if last is not None:
            program = _program_of_round(last, uris, target)
            result = run_program(
                program, settings, stdout=stdout, listener=listener, job_file=job_file
            )
            output.result.output = result.output
            return _together(output.result, result)
        batch = Pairs([key for key, _ in output.pairs], [value for _, value in output.pairs])
        if folder is None:
            with errors_of_stdout():
                _write_pairs(batch, written, stdout or sys.stdout.buffer)
        else:
            folder.prepare()
            with filesystem_for(target.output or "").open_write(folder.attempt_path(0, 0)) as file:
                _write_pairs(batch, written, file)
            folder.accept(0, 0)
            folder.publish()
            output.result.output = folder.uri
    except BaseException:
        if folder is not None:
            folder.abandon()
        raise
    finally:
        cleanup.close()
    return output.result


def _write_pairs(batch: Pairs, written: DatasetRef, stream: BinaryIO) -> None:
    writer = open_writer(written.format, stream, written.options)
    writer.write(batch)
    writer.close()
    stream.flush()


def _together(earlier: RunResult, later: RunResult) -> RunResult:
    for stage in later.stages:
        stage.number += len(earlier.stages)
    earlier.stages += later.stages
    earlier.wall_seconds += later.wall_seconds
    return earlier
