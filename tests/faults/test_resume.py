"""`--resume` goes on behind the last stage that a failed run finished, and only then."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.harness import JOBS, Finished, Sandbox, output_bytes

FAULTY = JOBS / "faulty.py"
RUNNERS = ["local", "memory"]
LINES = "".join(f"w{number % 7} w{number % 11} end\n" for number in range(60))


def run(sandbox: Sandbox, runner: str, *more: str, job: str = "Chain") -> Finished:
    path = sandbox.inputs / "text"
    if not path.exists():
        path.write_text(LINES)
    options = ["-r", runner, "--workers", "2", "--split-size", "100", "-o", str(sandbox.output)]
    state = ["--state", str(sandbox.folder / "state")]
    return sandbox.run(*options, f"{FAULTY}:{job}", str(path), *state, *more)


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
