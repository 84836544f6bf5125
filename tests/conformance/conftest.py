"""Every test here that asks for `runner` runs once on each runner.

On a cluster a job takes ten seconds and more, so `hadoop` runs the modules of `ON_HADOOP` only.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hadoopjobs.session import RUNNERS
from tests.conformance.stores import s3_endpoint, store
from tests.node_python import conf_with_python

__all__ = ["runner", "s3_endpoint", "store"]

HADOOP = "hadoop"
ON_HADOOP = ("test_commands", "test_columns", "test_odd_records", "test_record_jobs")

# Read before the tests' own fixtures hide what the machine says about clusters.
_CONF_DIR = os.environ.get("HADOOP_CONF_DIR")


@pytest.fixture(
    params=[
        pytest.param(name, marks=pytest.mark.cluster) if name == HADOOP else name
        for name in RUNNERS
    ]
)
def runner(
    request: pytest.FixtureRequest,
    _no_settings_of_this_machine: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    name = str(request.param)
    if name == HADOOP:
        monkeypatch.setenv("HADOOP_CONF_DIR", str(_conf_dir(tmp_path_factory)))
    return name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what does not run on a cluster."""
    items[:] = [item for item in items if not _is_left_out(item)]


def _is_left_out(item: pytest.Item) -> bool:
    call = getattr(item, "callspec", None)
    on_hadoop = call is not None and call.params.get("runner") == HADOOP
    return on_hadoop and item.path.stem not in ON_HADOOP


def _conf_dir(factory: pytest.TempPathFactory) -> Path:
    """The cluster's site files, with the Python of these tests for its nodes."""
    if _CONF_DIR is None:
        pytest.fail("HADOOP_CONF_DIR names no cluster: run scripts/test --cluster")
    return conf_with_python(Path(_CONF_DIR), factory.mktemp("cluster") / "conf")
