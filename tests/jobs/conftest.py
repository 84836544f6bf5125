"""Runs a job on each runner of this machine, over carried data or over a few bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hadoopjobs import Job
from hadoopjobs.session import Settings, collect_job

Pairs = list[tuple[Any, Any]]


@pytest.fixture(params=["inline", "local", "memory"])
def runner(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pairs_of(runner: str, tmp_path: Path) -> Callable[..., Pairs]:
    """`pairs_of(job, *inputs)`: what the job gives for paths and for bytes, which become files.

    `split_bytes` is small by default for bytes, so that a few lines make several tasks.
    """

    def run(job: Job, *inputs: Path | bytes, split_bytes: int | None = None) -> Pairs:
        paths = []
        for number, given in enumerate(inputs):
            if isinstance(given, bytes):
                split_bytes = split_bytes or 64
                path = tmp_path / f"input-{number}"
                path.write_bytes(given)
                given = path
            paths.append(str(given))
        settings = Settings(
            runner=runner,
            memory_bytes=1 << 28,
            workers=2,
            temp_dir=str(tmp_path),
            split_bytes=split_bytes,
        )
        return collect_job(job, paths, settings).pairs

    return run
