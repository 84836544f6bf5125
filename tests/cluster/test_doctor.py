"""`hadoopjobs doctor` on a real cluster: it is well, and what is made wrong is told."""

from __future__ import annotations

import pytest

from hadoopjobs.cli.main import main

pytestmark = pytest.mark.cluster


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def lines_of(capsys, *arguments: str) -> tuple[int, list[str]]:
    code = main(["doctor", *arguments])
    return code, capsys.readouterr().out.splitlines()


def subjects(lines: list[str], level: str) -> set[str]:
    found = (line.partition("  ") for line in lines if line.startswith(level))
    return {rest.strip().partition(":")[0] for _, _, rest in found}


def test_a_cluster_that_is_well_has_no_problem(cluster, capsys):
    code, lines = lines_of(capsys)
    assert (code, subjects(lines, "problem")) == (0, set())
    assert subjects(lines, "ok") >= {
        "this machine", "cache", "configuration", "names", "ports", "clocks", "safe mode",
        "DataNodes", "staging", "space", "nodes", "queue", "containers", "Python on nodes",
        "Java on nodes", "streaming", "history",
    }  # fmt: skip


def test_what_a_job_asks_for_is_looked_at(cluster, capsys):
    words = ["-D", "mapreduce.map.memory.mb=999999", "--python", "/opt/no such/python3"]
    code, lines = lines_of(capsys, *words, "-D", "mapreduce.application.classpath=/nowhere/*")
    assert (code, subjects(lines, "problem")) == (1, {"containers", "Python on nodes", "streaming"})
    advice = [line.strip() for line in lines if line.startswith("  ")]
    assert any(line.startswith("→ ask for less with -D mapreduce.map.mem") for line in advice)
    assert any("name its place with --python PATH" in line for line in advice)


def test_a_queue_that_does_not_exist_is_told_and_nothing_is_sent_to_it(cluster, capsys):
    code, lines = lines_of(capsys, "-D", "mapreduce.job.queuename=no-such-queue")
    assert (code, subjects(lines, "problem")) == (1, {"queue"})
    assert "Python on nodes" not in subjects(lines, "ok")


def test_services_that_are_not_there_are_told(cluster, capsys):
    code, lines = lines_of(
        capsys,
        "-D", "mapreduce.jobhistory.webapp.address=localhost:1",
        "-D", "yarn.resourcemanager.webapp.address=no-such-host.invalid:8088",
    )  # fmt: skip
    told = "\n".join(lines)
    assert (code, subjects(lines, "problem")) == (1, {"names", "ports"})
    assert "JobHistoryServer at localhost:1: connection refused" in told
    assert "correct yarn.resourcemanager.webapp.address" in told
    assert "safe mode" in subjects(lines, "ok")
