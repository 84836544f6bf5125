"""Every job of the library gives on Hadoop what it gives in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.harness import lines, on_this_machine, parts, put, run
from tests.jobs.carried import JOBS
from tests.jobs.test_command_line import ARGUMENTS

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.slow,
    pytest.mark.usefixtures("home"),
    pytest.mark.timeout(400),
]


@pytest.mark.parametrize("name", ARGUMENTS)
def test_output_is_that_of_memory(name: str, hdfs_folder: str, capfdbinary) -> None:
    job = str(JOBS / f"{name}.py")
    there = [_on_hdfs(word, hdfs_folder) for word in ARGUMENTS[name]]
    assert run(job, *there, "-o", f"{hdfs_folder}/out") == 0
    found = parts(f"{hdfs_folder}/out")
    assert "_SUCCESS" in found
    assert lines(found) == on_this_machine(capfdbinary, job, *ARGUMENTS[name])


def _on_hdfs(word: str, folder: str) -> str:
    """A file of this machine as a file of the cluster; other words as they are."""
    path = Path(word)
    return put(f"{folder}/in/{path.name}", path.read_bytes()) if path.is_absolute() else word
