"""`--resume` goes on behind the last stage that a failed run finished, and only then."""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest

from hadoopjobs.runners.folder_lock import FolderLock
from tests.faults.harness import JOBS, Finished, Sandbox, Started, output_bytes

FAULTY = JOBS / "faulty.py"
RUNNERS = ["local", "memory"]
LINES = "".join(f"w{number % 7} w{number % 11} end\n" for number in range(60))


def run(sandbox: Sandbox, runner: str, *more: str, job: str = "Chain") -> Finished:
    return start(sandbox, runner, *more, job=job).finish()


def start(sandbox: Sandbox, runner: str, *more: str, job: str = "Chain") -> Started:
    path = sandbox.inputs / "text"
    if not path.exists():
        path.write_text(LINES)
    options = ["-r", runner, "--workers", "2", "--split-size", "100", "-o", str(sandbox.output)]
    state = ["--state", str(sandbox.folder / "state")]
    return sandbox.start(*options, f"{FAULTY}:{job}", str(path), *state, *more)


def break_step(sandbox: Sandbox, name: str = "bad") -> Path:
    path = sandbox.folder / f"state.{name}"
    path.touch()
    return path


def calls(sandbox: Sandbox) -> dict[str, int]:
    """How often each mapper was called since this was asked last."""
    counts = {}
    for name in ("first", "second", "third"):
        path = sandbox.folder / f"state.{name}"
        counts[name] = path.stat().st_size if path.exists() else 0
        path.unlink(missing_ok=True)
    return counts


def reference() -> list[str]:
    """The lines of the output, by a program of its own."""
    words = Counter(LINES.split())
    lengths: Counter[int] = Counter()
    for word, count in words.items():
        lengths[count] += len(word)
    groups: Counter[int] = Counter()
    for count, total in lengths.items():
        groups[total % 5] += count
    return sorted(f"{group}\t{total}\n" for group, total in groups.items())


def written(sandbox: Sandbox) -> list[str]:
    files = output_bytes(sandbox.output)
    assert "_SUCCESS" in files
    return sorted(line for data in files.values() for line in data.decode().splitlines(True))


def kept(sandbox: Sandbox) -> list[Path]:
    return sorted(sandbox.temporary.glob("hadoopjobs-*/kept-*"))


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_failed_run_goes_on_where_it_stopped(sandbox, runner):
    bad = break_step(sandbox)
    failed = run(sandbox, runner)
    assert failed.code == 1
    assert not sandbox.output.exists()
    (folder,) = kept(sandbox)
    assert f"2 of 3 stages are done and kept in {folder}: run the same again" in failed.stderr
    assert folder.stat().st_mode & 0o077 == 0
    assert calls(sandbox)["first"] == 60

    bad.unlink()
    resumed = run(sandbox, runner, "--resume")
    assert resumed.code == 0, resumed.stderr
    assert "going on after stage 2 of 3" in resumed.stderr
    counted = calls(sandbox)
    assert (counted["first"], counted["second"]) == (0, 0)
    assert counted["third"] > 0
    assert written(sandbox) == reference()
    sandbox.assert_nothing_left(output=True)


@pytest.mark.slow
def test_one_runner_goes_on_with_what_another_kept(sandbox):
    bad = break_step(sandbox)
    assert run(sandbox, "memory").code == 1
    bad.unlink()
    calls(sandbox)
    assert run(sandbox, "local", "--resume").code == 0
    assert calls(sandbox)["first"] == 0
    assert written(sandbox) == reference()


def test_a_resumed_run_that_fails_later_can_be_resumed_again(sandbox):
    first, second = break_step(sandbox, "bad-second"), break_step(sandbox)
    assert "1 of 3 stages are done" in run(sandbox, "local").stderr
    first.unlink()
    failed = run(sandbox, "local", "--resume")
    assert "going on after stage 1 of 3" in failed.stderr
    assert "2 of 3 stages are done" in failed.stderr
    again = run(sandbox, "local", "--resume")
    assert "going on after stage 2 of 3" in again.stderr
    assert again.code == 1
    second.unlink()
    calls(sandbox)
    assert run(sandbox, "memory", "--resume").code == 0
    counted = calls(sandbox)
    assert (counted["first"], counted["second"]) == (0, 0)
    assert written(sandbox) == reference()
    sandbox.assert_nothing_left(output=True)


@pytest.mark.slow
def test_without_the_option_all_is_run_again_and_what_was_kept_goes(sandbox):
    bad = break_step(sandbox)
    assert run(sandbox, "local").code == 1
    bad.unlink()
    calls(sandbox)
    assert run(sandbox, "local").code == 0
    assert calls(sandbox)["first"] == 60
    assert written(sandbox) == reference()
    sandbox.assert_nothing_left(output=True)


def test_with_nothing_kept_it_starts_at_the_beginning(sandbox):
    finished = run(sandbox, "memory", "--resume")
    assert "there is nothing to go on with: starting with the first stage" in finished.stderr
    assert written(sandbox) == reference()
    sandbox.assert_nothing_left(output=True)


def test_damaged_files_are_not_gone_on_with(sandbox):
    bad = break_step(sandbox)
    assert run(sandbox, "local").code == 1
    (folder,) = kept(sandbox)
    (parts,) = folder.glob("*.parts")
    index, data = folder / "finished.json", parts.read_bytes()
    flipped = (
        data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]
    )
    damages = [(parts, flipped), (parts, data[:-3]), (index, b'{"stages": 7}'), (index, b"")]
    saved = sandbox.folder / "saved"
    shutil.copytree(folder, saved)
    bad.unlink()
    for path, damaged in damages:
        shutil.copytree(saved, folder, dirs_exist_ok=True)
        folder.chmod(0o700)
        path.write_bytes(damaged)
        calls(sandbox)
        finished = run(sandbox, "local", "--resume", "--overwrite")
        assert finished.code == 0, finished.stderr
        assert f"what was kept in {folder} is damaged" in finished.stderr
        assert calls(sandbox)["first"] == 60
        assert written(sandbox) == reference()
        sandbox.assert_nothing_left(output=True)


def test_another_plan_is_not_taken_for_the_same(sandbox):
    bad = break_step(sandbox)
    assert run(sandbox, "local").code == 1
    bad.unlink()
    calls(sandbox)
    finished = run(sandbox, "local", "--resume", "-D", "mapreduce.job.reduces=3")
    assert finished.code == 0
    assert calls(sandbox)["first"] == 60
    assert len(list(sandbox.output.glob("part-*"))) == 3


@pytest.mark.slow
def test_changed_input_is_not_taken_for_the_same(sandbox):
    bad = break_step(sandbox)
    assert run(sandbox, "local").code == 1
    bad.unlink()
    (sandbox.inputs / "text").write_text(LINES + "one more\n")
    calls(sandbox)
    assert run(sandbox, "local", "--resume").code == 0
    assert calls(sandbox)["first"] == 61


def test_a_folder_that_others_may_write_to_is_not_read(sandbox):
    bad = break_step(sandbox)
    assert run(sandbox, "local").code == 1
    (folder,) = kept(sandbox)
    folder.chmod(0o777)
    bad.unlink()
    calls(sandbox)
    assert run(sandbox, "local", "--resume").code == 0
    assert calls(sandbox)["first"] == 60


def test_a_job_of_one_step_keeps_nothing(sandbox):
    finished = run(sandbox, "local", "--deaths", "99", job="FlakyReducer")
    assert finished.code == 0
    (sandbox.inputs / "text").write_text("so bad\n")
    failed = run(sandbox, "local", "--deaths", "99", "--overwrite", job="FlakyReducer")
    assert failed.code == 1
    assert "--resume" not in failed.stderr
    sandbox.assert_nothing_left(output=True)


def test_it_is_kept_in_the_temporary_folder_that_was_named(sandbox):
    break_step(sandbox)
    named = sandbox.folder / "named"
    failed = run(sandbox, "local", "--temp-dir", str(named))
    assert f"kept in {named}/hadoopjobs-" in failed.stderr
    assert kept(sandbox) == []


@pytest.mark.parametrize("what", ["variable", "side file"])
def test_a_run_with_other_surroundings_starts_anew(sandbox, what):
    side = Path(sandbox.write("side.txt", "A"))
    bad = break_step(sandbox)
    around = ["--files", str(side), "--cmdenv"]
    assert run(sandbox, "local", *around, "X=1").code == 1
    bad.unlink()
    if what == "side file":
        side.write_text("BB")
    calls(sandbox)
    finished = run(sandbox, "local", *around, f"X={2 if what == 'variable' else 1}", "--resume")
    assert finished.code == 0
    assert "there is nothing to go on with" in finished.stderr
    assert calls(sandbox)["first"] > 0


@pytest.mark.parametrize("changed", ["input", "setting"])
def test_a_later_failure_of_the_job_replaces_what_it_kept(sandbox, changed):
    break_step(sandbox)
    assert run(sandbox, "local").code == 1
    (before,) = kept(sandbox)
    if changed == "input":
        (sandbox.inputs / "text").write_text(LINES + "one more\n")
    settings = ["-D", "mapreduce.job.reduces=3"] if changed == "setting" else []
    assert run(sandbox, "local", *settings).code == 1
    (after,) = kept(sandbox)
    assert after != before


def test_a_success_removes_what_the_job_kept_over_other_input(sandbox):
    bad = break_step(sandbox)
    assert run(sandbox, "local").code == 1
    bad.unlink()
    (sandbox.inputs / "text").write_text(LINES + "one more\n")
    assert run(sandbox, "local").code == 0
    sandbox.assert_nothing_left(output=True)


def test_what_other_jobs_kept_stays(sandbox):
    break_step(sandbox)
    assert run(sandbox, "local").code == 1
    (before,) = kept(sandbox)
    path = sandbox.write("words", "a\n")
    assert sandbox.run("-r", "local", str(JOBS / "three_steps.py"), path).code == 0
    (sandbox.inputs / "text").write_text(LINES + "one more\n")
    assert run(sandbox, "local", "-o", str(sandbox.outputs / "other")).code == 1
    assert len(kept(sandbox)) == 2
    assert before in kept(sandbox)


def kept_once(sandbox: Sandbox, name: str, days: float) -> Path:
    """What some job is said to have kept so many days ago."""
    (root,) = sandbox.temporary.glob("hadoopjobs-*")
    folder = root / f"kept-{name}"
    folder.mkdir(mode=0o700)
    for file in (folder / "lock", folder / "finished.json"):
        file.touch()
    then = time.time() - days * 24 * 3600
    os.utime(folder / "finished.json", (then, then))
    return folder


def test_after_some_days_the_next_run_that_keeps_something_removes_it(sandbox):
    break_step(sandbox)
    assert run(sandbox, "local").code == 1
    (own,) = kept(sandbox)
    old, read = kept_once(sandbox, "old", 8), kept_once(sandbox, "read", 8)
    young = kept_once(sandbox, "young", 6)
    lock = FolderLock(str(read), shared=True)
    try:
        assert run(sandbox, "local").code == 1
    finally:
        lock.release()
    assert kept(sandbox) == sorted([own, read, young])
    assert not old.exists()


def test_what_a_run_reads_is_neither_removed_nor_replaced(sandbox):
    bad = break_step(sandbox)
    assert run(sandbox, "local").code == 1
    (folder,) = kept(sandbox)
    before = output_bytes(folder)
    lock = FolderLock(str(folder), shared=True)  # as a run has it that goes on there
    failed = run(sandbox, "local")
    assert f"could not be kept for --resume: another run uses {folder}" in failed.stderr
    bad.unlink()
    assert run(sandbox, "local").code == 0
    assert output_bytes(folder) == before
    lock.release()
    assert run(sandbox, "local", "--overwrite").code == 0
    sandbox.assert_nothing_left(output=True)


def test_a_run_that_goes_on_holds_what_it_reads(sandbox):
    break_step(sandbox)
    assert run(sandbox, "local").code == 1
    (folder,) = kept(sandbox)
    waits = sandbox.folder / "state.wait"
    waits.touch()
    going_on = start(sandbox, "local", "--resume")
    going_on.wait_for(sandbox.folder / "state.waiting")
    with pytest.raises(BlockingIOError):
        FolderLock(str(folder))
    waits.unlink()
    assert going_on.finish().code == 1
    FolderLock(str(folder)).release()
