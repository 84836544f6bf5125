"""Runs that are left to the cluster, and come back to."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from hadoopjobs.cli.main import main
from hadoopjobs.core.errors import NoSpace
from hadoopjobs.core.hadoop_conf import load_hadoop_conf
from hadoopjobs.runners.hadoop_state import LeftRuns
from hadoopjobs.runners.hadoop_storage import home_folder
from hadoopjobs.storage import filesystem_for
from hadoopjobs.storage.uris import name_of
from hadoopjobs.yarn import yarn_client
from tests.cluster.harness import (
    FAULTY,
    ROOT,
    WORD_COUNT,
    lines,
    names,
    on_this_machine,
    parts,
    put,
    run,
)

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("home")]


def runs_left() -> list[str]:
    root = f"{home_folder(load_hadoop_conf(os.environ))}/.hadoopjobs"
    return [name for name in names(root) if name.startswith(("run-", "left-"))]


def wait_for_the_end(app: str) -> str | None:
    client = yarn_client(load_hadoop_conf(os.environ), os.environ)
    try:
        for _ in range(240):
            report = client.resource_manager.report(app)
            if report.has_ended:
                return report.final_status
            time.sleep(0.5)
    finally:
        client.session.close()
    raise AssertionError(f"{app} does not end")


def files_in(folder: str) -> dict[str, bytes]:
    """Without the folder that our own tasks leave for whoever attaches."""
    fs = filesystem_for(folder)
    found = [status for status in fs.list(folder) if not status.is_dir]
    return {name_of(status.uri): fs.read_range(status.uri, 0, status.length) for status in found}


def leave(capfd, *words: str) -> str:
    assert run("--detach", *words) == 0
    told = capfd.readouterr()
    app = told.out.strip()
    assert f"`hadoopjobs app attach {app}`" in told.err
    return app


def test_the_output_is_there_before_anybody_comes_back(text: str, hdfs_folder: str, capfd) -> None:
    before = runs_left()
    out = f"{hdfs_folder}/new/out"
    app = leave(capfd, WORD_COUNT, text, "-o", out)
    assert wait_for_the_end(app) == "SUCCEEDED"
    expected = [b'"one"\t100', b'"seven"\t1', b'"three"\t99', b'"two"\t100']
    found = files_in(out)
    assert "_SUCCESS" in found
    assert lines(found) == expected
    assert main(["app", "attach", app]) == 0
    assert f"output in {out}" in capfd.readouterr().err
    assert parts(out) == found
    assert runs_left() == before
    assert main(["app", "attach", app]) == 2
    assert "no run of yours was left with" in capfd.readouterr().err


def test_attach_runs_the_stages_that_follow(text: str, capfdbinary) -> None:
    before = runs_left()
    assert run("--detach", f"{FAULTY}:TwoSteps", text) == 0
    app = capfdbinary.readouterr().out.decode().strip()
    assert main(["app", "attach", app]) == 0
    told = capfdbinary.readouterr()
    assert b"seen=300" in told.err
    assert sorted(told.out.splitlines()) == on_this_machine(capfdbinary, f"{FAULTY}:TwoSteps", text)
    assert runs_left() == before


def test_a_failure_is_told_when_attached(text: str, hdfs_folder: str, capfd) -> None:
    words = [f"{FAULTY}:Raises", text, "-o", f"{hdfs_folder}/out", "--max-attempts", "1"]
    app = leave(capfd, *words)
    assert main(["app", "attach", app]) == 1
    assert "ValueError: this line is not liked" in capfd.readouterr().err
    assert names(hdfs_folder) == ["in put"]


def test_an_interrupt_leaves_again(text: str, hdfs_folder: str, capfd) -> None:
    app = leave(capfd, f"{FAULTY}:Slow", text, "-o", f"{hdfs_folder}/out")
    process = subprocess.Popen(
        [sys.executable, "-m", "hadoopjobs", "app", "attach", app],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored in background
    )
    time.sleep(5)
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert f"{app} goes on alone" in told
    assert main(["app", "kill", app]) == 0
    assert wait_for_the_end(app) == "KILLED"
    assert main(["app", "attach", app]) == 1
    assert f"{app} was killed" in capfd.readouterr().err
    assert names(hdfs_folder) == ["in put"]


def test_a_run_that_cannot_be_left_is_ended(
    text: str, hdfs_folder: str, capfd, monkeypatch
) -> None:
    def refuse(*_: object) -> None:
        raise NoSpace("no room for it")

    monkeypatch.setattr(LeftRuns, "save", refuse)
    assert run("--detach", f"{FAULTY}:Slow", text, "-o", f"{hdfs_folder}/out") == 1
    told = capfd.readouterr().err
    assert "error: no room for it" in told
    app = re.search(r"application_\d+_\d+", told)
    assert app is not None
    assert wait_for_the_end(app[0]) == "KILLED"
    assert names(hdfs_folder) == ["in put"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["-o", "/tmp/out"], "nobody would be there to write"),
        (["-o", "{}/out", "--overwrite"], "--detach cannot overwrite"),
    ],
)
def test_what_cannot_be_left(text: str, hdfs_folder: str, capfd, more, message) -> None:
    more = [word.format(hdfs_folder) for word in more]
    assert run("--detach", WORD_COUNT, text, *more) == 2
    assert message in capfd.readouterr().err


def test_an_output_that_exists_stays(text: str, hdfs_folder: str, capfd) -> None:
    put(f"{hdfs_folder}/out/part-00000", b"old")
    assert run("--detach", WORD_COUNT, text, "-o", f"{hdfs_folder}/out") == 1
    assert "it exists; remove it or pass --overwrite" in capfd.readouterr().err
    assert parts(f"{hdfs_folder}/out") == {"part-00000": b"old"}
