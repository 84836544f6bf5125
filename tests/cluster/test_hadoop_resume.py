"""`--resume` on a cluster goes on behind the last stage that a failed run finished."""

from __future__ import annotations

from pathlib import Path

import pytest

from hadoopjobs.storage import filesystem_for
from tests.cluster.harness import FAULTY, lines, names, on_this_machine, parts, put, run

pytestmark = pytest.mark.cluster

BROKEN = f"{FAULTY}:Broken"


def kept(home: str) -> list[str]:
    folder = f"{home}/.hadoopjobs"
    return [f"{folder}/{name}" for name in names(folder) if name.startswith("kept-")]


def test_a_failed_run_goes_on_where_it_stopped(
    home: str, text: str, hdfs_folder: str, tmp_path: Path, capfdbinary
) -> None:
    fault, out = tmp_path / "fault", f"{hdfs_folder}/out"
    words = [BROKEN, text, "--fault", str(fault), "-o", out, "--max-attempts", "1"]
    fault.touch()
    assert run(*words) == 1
    (folder,) = kept(home)
    said = capfdbinary.readouterr().err
    assert f"1 of 2 stages are done and kept in {folder}: run the same again".encode() in said
    assert names(out) == []

    assert run(*words, "--resume") == 1  # it is still there
    assert b"going on after stage 1 of 2" in capfdbinary.readouterr().err
    assert kept(home) == [folder]

    fault.unlink()
    assert run(*words, "--resume") == 0
    told = capfdbinary.readouterr().err
    assert b"going on after stage 1 of 2" in told
    assert told.count(b"application application_") == 1
    assert lines(parts(out)) == on_this_machine(capfdbinary, BROKEN, text)
    assert kept(home) == []


def test_an_input_that_changed_is_begun_with(
    home: str, text: str, hdfs_folder: str, tmp_path: Path, capfdbinary
) -> None:
    fault = tmp_path / "fault"
    fault.touch()
    words = [BROKEN, "--fault", str(fault), "-o", f"{hdfs_folder}/out", "--max-attempts", "1"]
    assert run(*words, text) == 1
    assert len(kept(home)) == 1
    fault.unlink()
    filesystem_for(text).delete(text)
    put(text, b"one other line\n")
    assert run(*words, text, "--resume") == 0
    assert b"there is nothing to go on with" in capfdbinary.readouterr().err
    assert lines(parts(f"{hdfs_folder}/out")) == on_this_machine(capfdbinary, BROKEN, text)
    assert kept(home) == []
