"""Every test here that asks for `runner` runs once on each runner."""

from __future__ import annotations

import pytest

from hadoopjobs.session import RUNNERS
from tests.conformance.stores import s3_endpoint, store

__all__ = ["runner", "s3_endpoint", "store"]


@pytest.fixture(params=list(RUNNERS))
def runner(request: pytest.FixtureRequest) -> str:
    return str(request.param)
