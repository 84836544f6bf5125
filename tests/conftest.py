"""Options and fixtures that every test may use."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from hadoopjobs.storage import use_hadoop_conf

collect_ignore = ["faults/jobs"]  # jobs that tests run, not tests
OPT_IN_MARKS = ("slow", "spark", "cluster")

# Time limits belong to pytest; a machine under load must not fail a property.
settings.register_profile(
    "hadoopjobs", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("hadoopjobs")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hadoopjobs")
    for mark in OPT_IN_MARKS:
        group.addoption(f"--{mark}", action="store_true", help=f"run the tests marked {mark} too")
    group.addoption(
        "--update-golden", action="store_true", help="write the expected plans in tests/golden anew"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what nobody asked for; `-m EXPRESSION` is a question for itself."""
    if config.getoption("markexpr"):
        return
    left_out = {mark for mark in OPT_IN_MARKS if not config.getoption(f"--{mark}")}
    deselected = [item for item in items if any(map(item.get_closest_marker, left_out))]
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = [item for item in items if item not in set(deselected)]


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether expected files are to be written instead of compared."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hide what the developer's machine says about clusters and runners, and what a test before
    this one said of them in this process."""
    prefixes = ("HADOOP", "HDFS_", "HIVE_", "MRJOB_", "SPARK_", "YARN_")
    for name in [name for name in os.environ if name.startswith(prefixes)]:
        monkeypatch.delenv(name)
    yield
    use_hadoop_conf(None)
