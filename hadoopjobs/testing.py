"""Run a job in a user's own unit tests: no cluster, no files, no processes."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hadoopjobs.core.context import Counters
from hadoopjobs.core.errors import UsageError
from hadoopjobs.core.listener import Listener
from hadoopjobs.core.metrics import RunResult
from hadoopjobs.core.pairs import Key, Value
from hadoopjobs.session import Job, Settings, collect_job

_MEMORY_BYTES = 1 << 28


@dataclass(frozen=True)
class JobRun:
    """What a job gave. `statuses` are the messages of `set_status`, in order."""

    output: list[tuple[Key, Value]]
    counters: Counters
    statuses: list[str]
    result: RunResult

    def as_dict(self) -> dict[Key, Value]:
        """The output as a dict; the last value of a key wins."""
        return dict(self.output)


class _Statuses(Listener):
    def __init__(self) -> None:
        self.statuses: list[str] = []

    def said(self, text: str) -> None:
        if text.startswith("status: "):
            self.statuses.append(text.removeprefix("status: "))


def run(
    job: Job | type[Job],
    input: str | bytes | Iterable[str | bytes] = (),
    *,
    paths: Iterable[str] = (),
    runner: str = "inline",
    input_format: str | None = None,
) -> JobRun:
    """Run `job` over `input`, lines or a whole text, or over the files `paths`.

    With the default runner everything happens in this process, so breakpoints work and what the
    job raises comes out as `TaskError`, whose cause is the job's own exception.

    >>> from hadoopjobs import Count, Job
    >>> class Letters(Job):
    ...     aggregator = Count()
    ...     def mapper(self, _, line):
    ...         self.increment_counter("text", "lines")
    ...         for letter in line:
    ...             yield letter, 1
    >>> done = run(Letters, ["abba"])
    >>> done.output, done.counters
    ([('a', 2), ('b', 2)], {'text': {'lines': 1}})
    """
    instance = job() if isinstance(job, type) else job
    listener = _Statuses()
    named = list(paths)
    output = collect_job(
        instance,
        named or ["-"],
        Settings(runner=runner, memory_bytes=_MEMORY_BYTES, max_attempts=1),
        stdin=io.BytesIO(_as_bytes(input)),
        listener=listener,
        input_format=input_format,
    )
    return JobRun(output.pairs, output.result.counters, listener.statuses, output.result)


def _as_bytes(given: Any) -> bytes:
    if isinstance(given, bytes):
        return given
    if isinstance(given, str):
        return given.encode("utf-8", "surrogateescape")
    if not isinstance(given, Iterable):
        raise UsageError(f"the input is {given!r:.100}: give text or bytes, whole or as lines")
    return b"".join(_line(line).removesuffix(b"\n") + b"\n" for line in given)


def _line(given: Any) -> bytes:
    if isinstance(given, str | bytes):
        return _as_bytes(given)
    raise UsageError(
        f"the input has a line {given!r:.100}: give text or bytes, as files hold them; a mapper "
        "takes other records when it is called itself"
    )
