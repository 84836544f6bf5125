"""Every test here that asks for `runner` runs once on each runner."""

from __future__ import annotations

import pytest

from hadoopjobs.session import RUNNERS


@pytest.fixture(params=list(RUNNERS))
def runner(request: pytest.FixtureRequest) -> str:
    return str(request.param)
