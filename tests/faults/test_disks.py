"""Full disks, folders that may not be written, inputs that are not there: one clear line."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.harness import JOBS, Finished, Sandbox, output_bytes, slow

FAULTY = JOBS / "faulty.py"
COUNTING = f"{FAULTY}:Counting"


def numbers(count: int) -> str:
    """Lines that do not compress much."""
    return "\n".join(f"{number:07d} {number * 7919 % 999983:07d}" for number in range(count))


@pytest.fixture
def small_disk(sandbox: Sandbox) -> Iterator[Path]:
    """A file system of 256 KiB."""
    folder = sandbox.folder / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k,mode=0777", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"this user may not mount: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def bound(sandbox: Sandbox) -> tuple[str, ...]:
    """A prefix that runs a command as a user whom permissions bind: root without its powers."""
    if os.getuid():
        return ()
    powers = "-dac_override,-dac_read_search"
    prefix = ("setpriv", f"--inh-caps={powers}", f"--bounding-set={powers}", "--")
    secret = sandbox.folder / "secret"
    secret.touch(mode=0o000)
    if shutil.which("setpriv") is None or _succeeds(*prefix, "cat", str(secret)):
        pytest.skip("permissions do not bind this user")
    if not _succeeds(*prefix, "true"):
        pytest.skip("this user may not give up its powers")
    return prefix


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def assert_one_line(finished: Finished, *parts: str, code: int = 1) -> None:
    assert finished.code == code, finished.stderr
    for part in ("error: ", *parts):
        assert part in finished.last_line
    assert finished.stderr.count("error: ") == 1
    assert "Traceback" not in finished.stderr
    assert "Exception ignored" not in finished.stderr


@pytest.mark.parametrize("runner", ["local", "memory"])
def test_a_full_temporary_disk_is_told_in_one_line(sandbox, small_disk, runner):
    path = sandbox.write("text", numbers(120_000))
    sizes = ["--workers", "2", "--memory", "1m"]
    where = ["--temp-dir", str(small_disk), "-o", str(sandbox.output)]
    finished = sandbox.run("-q", "-r", runner, *sizes, *where, COUNTING, path)
    assert_one_line(finished, f"no space left on the disk of {small_disk}/", "--temp-dir")
    sandbox.assert_nothing_left()
    assert list(small_disk.iterdir()) == []


def test_a_disk_that_standard_input_fills_is_told_in_one_line(sandbox, small_disk):
    path = Path(sandbox.write("text", numbers(40_000)))
    where = ["--temp-dir", str(small_disk), "-o", str(sandbox.output)]
    finished = sandbox.run("-q", "-r", "local", *where, COUNTING, "-", stdin=path)
    assert_one_line(finished, f"no space left on the disk of {small_disk}", "--temp-dir")
    sandbox.assert_nothing_left()
    assert list(small_disk.iterdir()) == []


@pytest.mark.parametrize(
    "format_name", ["json", "parquet", *map(slow, ["avro", "orc", "sequencefile"])]
)
def test_a_full_disk_under_the_output_is_told_in_one_line(sandbox, small_disk, format_name):
    path, output = sandbox.write("text", numbers(40_000)), small_disk / "out"
    filler = small_disk / "filler"
    filler.write_bytes(bytes(224 << 10))
    options = ["-q", "-r", "memory", "--workers", "2", "--output-format", format_name]
    finished = sandbox.run(*options, "-o", str(output), COUNTING, path)
    assert_one_line(finished, str(small_disk), "no space")
    sandbox.assert_nothing_left()
    assert list(small_disk.iterdir()) == [filler]


def test_a_full_disk_does_not_hide_why_a_run_failed(sandbox, small_disk):
    """What is finished cannot be kept for --resume, and that is said beside."""
    path = sandbox.write("text", "one two\n" * 100)
    (sandbox.folder / "state.bad").touch()
    options = ["-r", "memory", "--workers", "2", "--temp-dir", str(small_disk)]
    job = [f"{FAULTY}:Chain", path, "--state", str(sandbox.folder / "state")]
    (small_disk / "filler").write_bytes(bytes(256 << 10))
    finished = sandbox.run(*options, *job)
    assert finished.code == 1
    assert "Chain[3].third failed: ValueError: the third step fails" in finished.stderr
    assert "the finished stages could not be kept for --resume: no space left" in finished.stderr
    assert list(small_disk.iterdir()) == [small_disk / "filler"]


def test_the_memory_runner_needs_no_temporary_folder_within_its_budget(sandbox):
    path = sandbox.write("text", "one two\n" * 1000)
    no_folder = sandbox.write("file", "")
    options = ["-q", "-r", "memory", "--temp-dir", f"{no_folder}/below", "-o", str(sandbox.output)]
    finished = sandbox.run(*options, COUNTING, path)
    assert finished.code == 0, finished.stderr
    sandbox.assert_nothing_left(output=True)


@pytest.mark.parametrize("runner", ["local", slow("memory")])
def test_an_impossible_temporary_folder_is_told_in_one_line(sandbox, runner):
    path, no_folder = sandbox.write("text", numbers(120_000)), sandbox.write("file", "")
    options = ["-q", "-r", runner, "--workers", "2", "--memory", "1m"]
    where = ["--temp-dir", f"{no_folder}/below", "-o", str(sandbox.output)]
    finished = sandbox.run(*options, *where, COUNTING, path)
    assert_one_line(finished, f"{no_folder}/below/hadoopjobs-")
    sandbox.assert_nothing_left()


@pytest.mark.parametrize("more", [[], ["--files", str(FAULTY)]])
def test_an_unwritable_temporary_folder_is_told_in_one_line(sandbox, bound, more):
    path, closed = sandbox.write("text", "one two\n"), sandbox.folder / "closed"
    closed.mkdir(mode=0o555)
    runner = "memory" if more else "local"
    options = ["-q", "-r", runner, "--temp-dir", str(closed), "-o", str(sandbox.output), *more]
    finished = sandbox.run(*options, COUNTING, path, prefix=bound)
    assert_one_line(finished, f"cannot write to {closed}", "--temp-dir")
    sandbox.assert_nothing_left()


def test_an_output_that_may_not_be_made_is_told_in_one_line(sandbox, bound):
    path = sandbox.write("text", "one two\n")
    sandbox.outputs.chmod(0o555)
    finished = sandbox.run("-q", "-o", str(sandbox.output), COUNTING, path, prefix=bound)
    assert_one_line(finished, f"cannot write {sandbox.output}: permission denied")
    sandbox.assert_nothing_left()


def test_an_input_that_may_not_be_read_is_told_in_one_line(sandbox, bound):
    path = sandbox.write("text", "one two\n")
    Path(path).chmod(0o000)
    finished = sandbox.run("-q", "-o", str(sandbox.output), COUNTING, path, prefix=bound)
    assert_one_line(finished, f"cannot read {path}: permission denied")
    sandbox.assert_nothing_left()


@pytest.mark.parametrize("name", ["missing", "two.*"])
def test_a_missing_input_is_told_in_one_line(sandbox, name):
    sandbox.write("text", "one two\n")
    wanted = str(sandbox.inputs / name)
    finished = sandbox.run("-q", "-o", str(sandbox.output), COUNTING, wanted)
    assert_one_line(finished, f"input {wanted} does not exist")
    sandbox.assert_nothing_left()


def test_an_output_that_exists_is_refused_before_any_work(sandbox):
    sandbox.output.mkdir()
    path, state = sandbox.write("text", "a bad line\n"), sandbox.folder / "state"
    job = [f"{FAULTY}:Flaky", path, "--state", str(state)]
    finished = sandbox.run("-q", "-o", str(sandbox.output), *job)
    assert_one_line(finished, f"cannot write {sandbox.output}: it exists", "--overwrite")
    assert not state.exists()
    assert list(sandbox.output.iterdir()) == []
    sandbox.assert_nothing_left(output=True)


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [([], 1, "it exists"), (["--overwrite"], 2, "cannot overwrite")],
)
def test_an_output_that_is_a_file_is_refused(sandbox, more, code, told):
    sandbox.output.write_text("precious")
    path = sandbox.write("text", "one two\n")
    finished = sandbox.run("-q", "-o", str(sandbox.output), *more, COUNTING, path)
    assert_one_line(finished, told, code=code)
    assert sandbox.output.read_text() == "precious"
    sandbox.assert_nothing_left(output=True)


def test_overwriting_keeps_the_old_output_if_the_run_fails(sandbox):
    sandbox.output.mkdir()
    (sandbox.output / "part-00000").write_text("old\n")
    path = sandbox.write("text", "a bad line\n")
    options = ["-q", "-o", str(sandbox.output), "--overwrite"]
    assert sandbox.run(*options, f"{FAULTY}:BadReducer", path).code == 1
    assert output_bytes(sandbox.output) == {"part-00000": b"old\n"}
    sandbox.assert_nothing_left(output=True)
    assert sandbox.run(*options, COUNTING, path).code == 0
    assert sorted(output_bytes(sandbox.output)) == ["_SUCCESS", "part-00000", "part-00001"]
    sandbox.assert_nothing_left(output=True)
