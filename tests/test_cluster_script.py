"""scripts/cluster: what it says, in one line, where it cannot start or has nothing to do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "hadoop"


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def programs(folder: Path, **texts: str) -> str:
    """A PATH of these programs alone, each a shell script."""
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def java(folder: Path, version: str = "17.0.1") -> str:
    """A JAVA_HOME whose Java says its version and no more."""
    programs(folder, nothing="")
    programs(folder / "bin", java=f"echo 'openjdk version \"{version}\"' >&2")
    return str(folder)


def is_bound(taken: socket.socket, port: int) -> bool:
    try:
        taken.bind(("127.0.0.1", port))
    except OSError:
        return False
    taken.listen()
    return True


def free_port_base() -> int:
    # Where no other worker of the tests looks at the same time.
    for base in range(20000 + os.getpid() % 200 * 20, 26000, 20):
        with ExitStack() as stack:
            taken = [stack.enter_context(socket.socket()) for _ in range(20)]
            if all(is_bound(one, base + offset) for offset, one in enumerate(taken)):
                return base
    pytest.skip("no free ports")


@pytest.mark.parametrize("command", ["status", "env", "kill --daemon namenode", "cut 1"])
def test_nothing_can_be_asked_of_a_cluster_that_is_not_there(tmp_path: Path, command: str) -> None:
    folder = tmp_path / "none"
    answer = run(*command.split(), "--dir", folder)
    expected = f"error: no cluster in {folder}: start one with scripts/cluster start\n"
    assert (answer.returncode, answer.stdout, answer.stderr) == (1, "", expected)
    assert not folder.exists()


def test_stopping_what_does_not_run_is_no_error(tmp_path: Path) -> None:
    answer = run("stop", "--dir", tmp_path / "none")
    assert (answer.returncode, answer.stderr) == (0, f"no cluster in {tmp_path / 'none'}\n")


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--dir", "/tmp/a b", "Hadoop takes folders of letters"),
        ("--dir", "/tmp/a,b", "Hadoop takes folders of letters"),
        ("--port-base", "80", "choose one from 1024 to 32000"),
        ("--prefix", "a/b", "use at most eight small letters and digits"),
        ("--subnet", "10.0.0.0/8", "use a private network like 10.77.0.0/24"),
        ("--subnet", "here", "Expected 4 octets"),
    ],
)
def test_odd_options_are_refused(tmp_path: Path, option: str, value: str, message: str) -> None:
    answer = run("start", "--dir", tmp_path / "cluster", option, value)
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"error: {option} ")
    assert message in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert not (tmp_path / "cluster").exists()


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/mine").touch()
    started = run("start", "--dir", tmp_path)
    stopped = run("stop", "--dir", tmp_path)
    assert (started.returncode, stopped.returncode) == (1, 0)
    assert started.stderr.endswith("(data): name an empty or a new folder\n")
    assert (tmp_path / "data/mine").exists()


def test_missing_java_is_told_with_its_package(tmp_path: Path) -> None:
    path = programs(tmp_path / "bin")
    answer = run("start", "--dir", tmp_path / "cluster", PATH=path, JAVA_HOME="")
    expected = (
        "error: missing java; on Debian and Ubuntu: apt-get install openjdk-17-jre-headless\n"
    )
    assert (answer.returncode, answer.stderr) == (1, expected)


def test_old_java_is_refused(tmp_path: Path) -> None:
    home = java(tmp_path / "java", "11.0.2")
    answer = run("start", "--dir", tmp_path / "cluster", JAVA_HOME=home)
    assert answer.returncode == 1
    assert f"{home} is Java 11, Hadoop wants 17" in answer.stderr


def test_missing_maven_is_told_with_its_package(tmp_path: Path) -> None:
    answer = run(
        "start",
        *("--dir", tmp_path / "cluster", "--port-base", free_port_base()),
        PATH=programs(tmp_path / "bin"),
        JAVA_HOME=java(tmp_path / "java"),
        XDG_CACHE_HOME=str(tmp_path / "cache"),
    )
    expected = "error: missing mvn; on Debian and Ubuntu: apt-get install maven\n"
    assert (answer.returncode, answer.stderr) == (1, expected)


def test_jars_that_are_not_complete_are_not_taken(tmp_path: Path) -> None:
    copies_one = """
        for argument; do case $argument in -Djars=*) folder=${argument#-Djars=} ;; esac; done
        /bin/mkdir -p $folder
        echo cut short > $folder/hadoop-common-3.4.2.jar"""
    answer = run(
        "start",
        *("--dir", tmp_path / "cluster", "--port-base", free_port_base()),
        PATH=programs(tmp_path / "bin", mvn=copies_one),
        JAVA_HOME=java(tmp_path / "java"),
        XDG_CACHE_HOME=str(tmp_path / "cache"),
    )
    assert answer.returncode == 1
    assert "of Hadoop's jars are not those of jars.sha256" in answer.stderr
    names = {path.name for path in (tmp_path / "cache/hadoopjobs/hadoop-3.4.2").iterdir()}
    assert all(name == "lock" or name.endswith(".partial") for name in names)


def test_a_used_port_is_told_by_its_number(tmp_path: Path) -> None:
    with socket.socket() as taken:
        number = next(port for port in range(27000, 30000) if is_bound(taken, port))
        answer = run(
            "start",
            *("--dir", tmp_path / "cluster"),
            *("--port-base", number - 3),
            JAVA_HOME=java(tmp_path / "java"),
        )
    expected = (
        f"error: port {number} (datanode web) is in use: end what uses it, or choose others "
        "with --port-base\n"
    )
    assert (answer.returncode, answer.stderr) == (1, expected)
    assert not (tmp_path / "cluster").exists()
