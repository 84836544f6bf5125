"""The wiring, and the file to read first: program → optimise → plan → run."""

from __future__ import annotations

import dataclasses
import io
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import BinaryIO

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import ConfigError, UsageError
from hadoopjobs.core.functions import JobFile
from hadoopjobs.core.listener import Listener
from hadoopjobs.core.metrics import RunResult
from hadoopjobs.formats import detect
from hadoopjobs.formats.base import Batch
from hadoopjobs.logical.explain import explain_logical
from hadoopjobs.logical.operators import Scan, Write
from hadoopjobs.logical.program import Program
from hadoopjobs.optimizer import optimise
from hadoopjobs.physical.explain import explain_stages
from hadoopjobs.physical.stage import PhysicalPlan
from hadoopjobs.planner import COLLECT, Statistics, choose_modes, plan_stages
from hadoopjobs.runners import runner_named
from hadoopjobs.runners.base import Run, RunOptions, SideFile
from hadoopjobs.runners.scheduler import with_split_bytes
from hadoopjobs.runners.spool import spool_stream
from hadoopjobs.session.settings import Settings, cores_of, default_memory
from hadoopjobs.storage import filesystem_for, resolve_inputs

STDIN = "-"
_LARGE_CODE = 1 << 20
_CLUSTER_CORES, _CONTAINER_BYTES = 25, 1 << 28


def run_program(
    program: Program,
    settings: Settings,
    *,
    stdout: BinaryIO | None = None,
    stdin: BinaryIO | None = None,
    listener: Listener | None = None,
    job_file: JobFile | None = None,
    resume_name: str | None = None,
    collect: Callable[[Batch], None] | None = None,
) -> RunResult:
    """Run `program` and give its numbers; results go to the program's target or to `stdout`.

    With `collect`, the results go there instead, as batches.
    Raises `HadoopJobsError`; then there is no output.
    """
    listener = listener or Listener()
    for note in program.notes:
        listener.said(note)
    if collect is not None:
        target = DatasetRef((), COLLECT)
        program = dataclasses.replace(
            program, plan=dataclasses.replace(program.plan, target=target)
        )
    with ExitStack() as cleanup:
        program = _with_spooled_stdin(program, settings, stdin, cleanup)
        plan, input_bytes = plan_program(program, settings)
        _warn_of_large_code(plan, listener)
        options = _run_options(program, settings, job_file)
        name = resume_name or program.name
        options = dataclasses.replace(options, resume_job=_resume_job(program, name))
        if len(plan.stages) > 1:
            options = dataclasses.replace(options, resume_key=_resume_key(program, settings, name))
        if stdout is None:
            stdout = sys.stdout.buffer if collect is None else io.BytesIO()
        run = Run(program.name, plan, options, stdout, listener, collect)
        if settings.runner != "hadoop":  # whose own splits are as large as a container is worth
            run = with_split_bytes(run, input_bytes)
        return runner_named(settings.runner)().run(run)


def plan_program(program: Program, settings: Settings) -> tuple[PhysicalPlan, int]:
    """The stages of `program`, and the bytes of its inputs, standard input left out.

    Raises `FileMissing`.
    """
    logical = optimise(program.plan)
    uris = [uri for uri in scan_of(logical).dataset.uris if uri != STDIN]
    input_bytes = sum(status.length for status in resolve_inputs(uris))
    plan = plan_stages(logical, _statistics(input_bytes, settings))
    return _on_hadoop(program, plan, settings), input_bytes


def _on_hadoop(program: Program, plan: PhysicalPlan, settings: Settings) -> PhysicalPlan:
    """The way in which each stage runs there. Raises `UsageError` for another runner, if it is
    Hadoop only that can run the program."""
    java = dataclasses.replace(program.java, libjars=(*program.java.libjars, *settings.libjars))
    if settings.runner == "hadoop":
        return choose_modes(plan, settings.shuffle, java, program.streaming, _reads_lines)
    if settings.detach:
        raise UsageError("--detach is for -r hadoop only: other runs end with this command")
    if settings.shuffle != "auto":
        raise UsageError(f"--shuffle {settings.shuffle} is for -r hadoop only")
    needs = program.streaming.java if program.streaming is not None else ()
    if needs or java.input_format or java.output_format:
        raise UsageError(f"{needs[0] if needs else java.named} needs Java: run it with -r hadoop")
    return plan


def _reads_lines(dataset: DatasetRef) -> bool:
    if dataset.format != "auto":
        return dataset.format in ("text", "lines")
    statuses = [status for status in resolve_inputs(dataset.uris) if status.length]
    return all(detect(filesystem_for(status.uri), status) == "text" for status in statuses)


def _statistics(input_bytes: int, settings: Settings) -> Statistics:
    if settings.runner == "hadoop":  # whose containers cost seconds; the planner asks no cluster
        return Statistics(input_bytes, settings.workers or _CLUSTER_CORES, _CONTAINER_BYTES)
    return Statistics(input_bytes, cores_of(settings))


def explain_program(program: Program, settings: Settings) -> str:
    """The logical plan and the stages, for people."""
    logical = optimise(program.plan)
    physical, _ = plan_program(program, settings)
    return f"{explain_logical(logical)}\n\n{explain_stages(physical)}\n"


def scan_of(plan: Write) -> Scan:
    """The leaf of a plan with one input."""
    node = plan.child
    while not isinstance(node, Scan):
        node = node.child
    return node


def _run_options(program: Program, settings: Settings, job_file: JobFile | None) -> RunOptions:
    conf = dict(program.settings)
    attempts = settings.max_attempts or _attempts(conf.get("mapreduce.map.maxattempts", "4"))
    side_files = (*program.side_files, *settings.side_files)
    if settings.temp_dir is not None and os.path.isfile(settings.temp_dir):
        raise ConfigError(f"--temp-dir {settings.temp_dir} is a file: name a folder")
    return RunOptions(
        workers=cores_of(settings),
        memory_bytes=settings.memory_bytes or default_memory(),
        temp_dir=settings.temp_dir,
        max_attempts=attempts,
        skip_bad_records=settings.skip_bad_records,
        split_bytes=settings.split_bytes,
        overwrite=settings.overwrite,
        settings=program.settings,
        environment=(*program.environment, *settings.environment),
        side_files=tuple(SideFile(*side_file) for side_file in side_files),
        job_files=() if job_file is None else (job_file,),
        node_packages=settings.node_packages,
        node_python=settings.node_python,
        py_files=settings.py_files,
        resume=settings.resume,
        detach=settings.detach,
        hadoop_bin=settings.hadoop_bin,
    )


def _attempts(text: str) -> int:
    if not text.isdecimal() or text == "0":
        raise ConfigError(f"mapreduce.map.maxattempts={text!r} is not a number of attempts")
    return int(text)


def _with_spooled_stdin(
    program: Program, settings: Settings, stdin: BinaryIO | None, cleanup: ExitStack
) -> Program:
    scan = scan_of(program.plan)
    uris = spool_stdin(scan.dataset.uris, settings, stdin, cleanup)
    return dataclasses.replace(
        program, plan=replace_scan(program.plan, dataclasses.replace(scan.dataset, uris=uris))
    )


def spool_stdin(
    uris: Sequence[str], settings: Settings, stdin: BinaryIO | None, cleanup: ExitStack
) -> tuple[str, ...]:
    """`uris` with a file that lasts until `cleanup` in place of `-`."""
    if STDIN not in uris:
        return tuple(uris)
    limit = 0 if settings.runner == "local" else (settings.memory_bytes or default_memory()) // 4
    path = cleanup.enter_context(spool_stream(stdin or sys.stdin.buffer, limit, settings.temp_dir))
    return tuple(path if uri == STDIN else uri for uri in uris)


def replace_scan(plan: Write, dataset: DatasetRef) -> Write:
    """`plan` over another data set."""

    def rebuilt(node: object) -> object:
        if isinstance(node, Scan):
            return dataclasses.replace(node, dataset=dataset)
        return dataclasses.replace(node, child=rebuilt(node.child))  # type: ignore[type-var, attr-defined]

    new = rebuilt(plan)
    assert isinstance(new, Write)
    return new


def _resume_job(program: Program, name: str) -> str:
    return repr((name, os.getcwd(), program.plan.target.uris))


def _resume_key(program: Program, settings: Settings, name: str) -> str:
    statuses = resolve_inputs(scan_of(program.plan).dataset.uris)
    inputs = [(s.uri, s.length, s.modified) for s in statuses]
    environment = (*program.environment, *settings.environment)
    files = [
        (side_file, _version_of(side_file[0]))
        for side_file in (*program.side_files, *settings.side_files)
    ]
    return repr((_resume_job(program, name), inputs, program.settings, environment, files))


def _version_of(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _warn_of_large_code(plan: PhysicalPlan, listener: Listener) -> None:
    for stage in plan.stages:
        codes = [operator.code for given in stage.inputs for operator in given.operators]
        for code in codes:
            if len(code.payload) > _LARGE_CODE:
                listener.said(
                    f"warning: {code.label} carries {len(code.payload) >> 20} MiB to each worker; "
                    "load large data in mapper_init, from a file named in FILES"
                )
