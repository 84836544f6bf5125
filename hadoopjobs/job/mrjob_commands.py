"""Substeps that are commands, have a command before them, or do all by themselves."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from hadoopjobs.core.command import may_find_nothing, pipe_lines
from hadoopjobs.core.functions import RecordFunction
from hadoopjobs.core.pairs import Key, Value
from hadoopjobs.job.mrjob_protocols import as_line, key_lines
from hadoopjobs.job.mrjob_task import Substep, start_job

_IN_MEMORY_BYTES = 16 << 20


def command_function(substep: Substep) -> RecordFunction:
    """A `*_cmd` substep: lines through the command, which is split as a shell would.

    mrjob never runs it in a shell, and neither do we.
    """
    arguments = shlex.split(substep.command or "")
    return _line_function(substep, lambda lines: pipe_lines(arguments, lines))


def filtered(substep: Substep, lines: Iterable[bytes]) -> Iterable[bytes]:
    """`lines` through the substep's `*_pre_filter`, if it has one.

    mrjob gives it to a shell, in a pipe whose status is that of the job's own process.
    """
    if substep.pre_filter is None:
        return lines
    return pipe_lines([*substep.shell, "-c", substep.pre_filter], lines, may_find_nothing)


def whole_function(substep: Substep) -> RecordFunction:
    """A side for which the job has its own `run_mapper`, `run_combiner` or `run_reducer`.

    It reads lines from the job's stdin and writes lines to its stdout, which is kept in a file
    once it is large.
    """

    def run(lines: Iterator[bytes]) -> Iterator[bytes]:
        job = start_job(substep)
        with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as written:
            ended = (line + b"\n" for line in filtered(substep, lines))
            job.sandbox(ended, written, job.stderr)
            getattr(job, f"run_{substep.side}")(substep.step)
            written.seek(0)
            for line in written:
                yield line.removesuffix(b"\n")

    return _line_function(substep, run)


def _line_function(
    substep: Substep, run: Callable[[Iterator[bytes]], Iterator[bytes]]
) -> RecordFunction:
    def stream(records: Iterator[tuple[Key, Any]]) -> Iterator[tuple[Key, Value]]:
        if substep.side == "mapper":
            lines: Iterator[bytes] = (line for _, line in records)
        else:
            lines = (line for _, group in records for line in group)
        written = run(lines)
        if substep.writes == "lines":
            yield from key_lines(written)
        else:
            yield from ((None, line) for line in written)

    return RecordFunction(stream=stream, freeze=as_line)
