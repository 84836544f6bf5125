"""Run a job on a runner as the session does, in few words."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hadoopjobs.core.listener import Listener
from hadoopjobs.core.sizes import parse_size
from hadoopjobs.session import Job, JobTarget, Settings, collect_job, run_job
from hadoopjobs.testing import JobRun

Records = list[tuple[Any, Any]]


class Heard(Listener):
    """Remembers what the user would have been told."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def said(self, text: str) -> None:
        self.texts.append(text)

    @property
    def statuses(self) -> list[str]:
        return [t.removeprefix("status: ") for t in self.texts if t.startswith("status: ")]


def settings_for(runner: str, memory: str = "256m", **more: Any) -> Settings:
    return Settings(
        runner=runner,
        memory_bytes=parse_size(memory),
        **{"workers": 2, "max_attempts": 1, **more},
    )


def run(
    job: Job | type[Job],
    runner: str,
    lines: Iterable[str] = (),
    *,
    paths: Sequence[str | Path] = (),
    jobconf: Mapping[str, str] | None = None,
    **settings: Any,
) -> JobRun:
    """What `job` makes of `lines`, or of the files `paths`."""
    heard = Heard()
    output = collect_job(
        job() if isinstance(job, type) else job,
        [str(path) for path in paths] or ["-"],
        settings_for(runner, **settings),
        job_settings=jobconf,
        stdin=io.BytesIO("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")),
        listener=heard,
    )
    return JobRun(output.pairs, output.result.counters, heard.statuses, output.result)


def output_of(job: Job | type[Job], runner: str, lines: Iterable[str] = (), **more: Any) -> Records:
    return run(job, runner, lines, **more).output


def write_output(
    job: type[Job],
    runner: str,
    paths: Sequence[str | Path],
    folder: Path,
    *,
    arguments: Sequence[str] = (),
    output_format: str | None = None,
    output_options: Mapping[str, str] | None = None,
    jobconf: Mapping[str, str] | None = None,
    **settings: Any,
) -> dict[str, bytes]:
    """The files that the job leaves in `folder`, by name."""
    target = JobTarget(
        output=str(folder),
        output_format=output_format,
        output_options=output_options or {},
        job_settings=jobconf or {},
    )
    run_job(job, [*arguments, *map(str, paths)], settings_for(runner, **settings), target)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def standard_output(
    job: type[Job],
    runner: str,
    paths: Sequence[str | Path],
    *,
    output_format: str | None = None,
    jobconf: Mapping[str, str] | None = None,
    **settings: Any,
) -> bytes:
    """What the job prints."""
    out = io.BytesIO()
    target = JobTarget(output_format=output_format, job_settings=jobconf or {})
    run_job(job, [str(p) for p in paths], settings_for(runner, **settings), target, stdout=out)
    return out.getvalue()


def partitions(count: object) -> dict[str, str]:
    return {"mapreduce.job.reduces": str(count)}
