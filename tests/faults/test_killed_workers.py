"""`kill -9` of whoever takes part in a run: the result is the same, or there is one clear error."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults.harness import (
    JOBS,
    Finished,
    Sandbox,
    Started,
    kill,
    open_files,
    output_bytes,
    slow,
    wait_until,
)

JOB = JOBS / "three_steps.py"
FAULTY = JOBS / "faulty.py"
RUNNERS = ["local", "memory"]


def text(sandbox: Sandbox, lines: int) -> str:
    chosen = random.Random(lines)
    words = [f"w{number}" for number in range(lines)]
    rows = (" ".join(chosen.choices(words, k=12)) for _ in range(lines))
    return sandbox.write("text", "\n".join(rows))


def start(sandbox: Sandbox, runner: str, path: str) -> Started:
    options = ["-r", runner, "--workers", "2", "--split-size", "64k", "--overwrite"]
    metrics = ["--metrics", str(sandbox.folder / "metrics")]
    return sandbox.start(*options, *metrics, "-o", str(sandbox.output), str(JOB), path)


def undisturbed(sandbox: Sandbox, runner: str, path: str) -> tuple[dict[str, bytes], float]:
    """The output, and the processor seconds of the workers."""
    assert start(sandbox, runner, path).finish().code == 0
    metrics = json.loads((sandbox.folder / "metrics").read_text())
    return output_bytes(sandbox.output), metrics["cpu_seconds"]


def cpu_seconds(pid: int) -> float:
    """Processor time of a process: unlike the clock, it does not run while others have the machine.

    Source: Linux, Documentation/scheduler/sched-stats.rst, /proc/<pid>/schedstat.
    """
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


def writes_output(pid: int) -> bool:
    """Whether the process has a file of the output open, not yet committed."""
    hidden = (path for path in open_files(pid) if "/._hadoopjobs-" in path)
    return any(path.endswith(".tmp") for path in hidden)  # as files are named while written


def kill_one_after(run: Started, seconds: float, chosen: random.Random) -> tuple[int, bool] | None:
    """Kill a random one of the busy workers when all have used so much processor time.

    Gives its number, and whether it was writing a file of the output; None if the run was over.
    """
    used: dict[int, float] = {}
    base: dict[int, float] = {}
    while run.process.poll() is None:
        busy = []
        for worker in run.workers():
            now = cpu_seconds(worker) - base.setdefault(worker, cpu_seconds(worker))
            if now > used.get(worker, 0.0):
                busy.append(worker)
            used[worker] = now
        if busy and sum(used.values()) >= seconds:
            victim = chosen.choice(busy)
            commits = writes_output(victim)
            if kill(victim):
                return victim, commits
        time.sleep(0.002)
    return None


def kill_one_that_commits(run: Started, chosen: random.Random) -> tuple[int, bool] | None:
    """Kill a random one of the workers that write a file of the output, a moment after it began.

    Random moments of a whole run seldom hit this short phase.
    """
    while run.process.poll() is None:
        writers = [worker for worker in run.workers() if writes_output(worker)]
        if writers:
            victim = chosen.choice(writers)
            time.sleep(chosen.random() * 0.002)
            commits = writes_output(victim)
            if kill(victim):
                return victim, commits
        time.sleep(0.0005)
    return None


@dataclass
class Tally:
    """What the killed workers were doing."""

    runs: int = 0
    hits: int = 0
    hit: Counter[str] = field(default_factory=Counter)

    def note(self, finished: Finished, commits: bool) -> None:
        self.runs += 1
        killed = re.search(r"(\w+) task \d+ of stage (\d), .* SIGKILL; trying", finished.stderr)
        if killed is not None:
            self.hits += 1
            side, stage = killed.groups()
            self.hit["commit" if commits else "merge" if side == "reduce" else side] += 1
            self.hit[f"stage {stage}"] += 1


def kill_in_each_of(sandbox: Sandbox, runner: str, count: int, lines: int) -> Tally:
    """So many runs, each with one worker killed; each ends with the output of a run undisturbed.

    Every fifth is killed while it commits, the others anywhere.
    """
    path = text(sandbox, lines)
    expected, work = undisturbed(sandbox, runner, path)
    tally = Tally()
    for number in range(count):
        chosen = random.Random(f"{runner} {number}")
        moment = work * 0.9 * (number + chosen.random()) / count
        run = start(sandbox, runner, path)
        if number % 5 == 4:
            victim = kill_one_that_commits(run, chosen)
        else:
            victim = kill_one_after(run, moment, chosen)
        finished = run.finish()
        assert finished.code == 0, finished.stderr
        assert output_bytes(sandbox.output) == expected, (number, finished.stderr)
        sandbox.assert_nothing_left(output=True)
        tally.note(finished, victim is not None and victim[1])
    print(f"{runner}: {tally.runs} runs, {tally.hits} hit a running task: {dict(tally.hit)}")
    return tally


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_killed_worker_changes_nothing(sandbox, runner):
    assert kill_in_each_of(sandbox, runner, 3, 1200).hits >= 1


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("runner", RUNNERS)
def test_fifty_killed_workers_change_nothing(sandbox, runner):
    tally = kill_in_each_of(sandbox, runner, 50, 5000)
    assert tally.hits >= 45
    assert min(tally.hit[phase] for phase in ("map", "merge", "commit")) >= 1
    assert sum(tally.hit[f"stage {number}"] > 0 for number in (1, 2, 3)) >= 2  # 2 is short


def attempts(sandbox: Sandbox) -> list[str]:
    return [str(path) for path in sandbox.outputs.glob("._hadoopjobs-*/part-*.attempt-0")]


def stopped_with_attempts(sandbox: Sandbox, runner: str, path: str) -> Started:
    """A run whose driver is stopped while a file of an attempt is there; such a moment is short,
    so a run that got past it is followed by another."""
    for _ in range(20):
        run = start(sandbox, runner, path)
        has_ended = run.process.poll
        while not attempts(sandbox) and has_ended() is None:
            time.sleep(0.0005)
        if has_ended() is None:
            os.kill(run.process.pid, signal.SIGSTOP)
            if attempts(sandbox):
                return run
            os.kill(run.process.pid, signal.SIGCONT)
        assert run.finish().code == 0
    pytest.fail("no run could be stopped in time")


@pytest.mark.parametrize("runner", ["local", slow("memory")])
def test_a_worker_killed_between_its_last_byte_and_the_rename_leaves_one_result(sandbox, runner):
    """The driver is stopped meanwhile, so the attempt is whole and not yet taken over."""
    path = text(sandbox, 1500)
    expected, _ = undisturbed(sandbox, runner, path)
    run = stopped_with_attempts(sandbox, runner, path)
    workers, written = run.workers(), set(attempts(sandbox))
    done = wait_until(lambda: not written & {f for w in workers for f in open_files(w)}, 60)
    for worker in workers:
        kill(worker)
    os.kill(run.process.pid, signal.SIGCONT)
    finished = run.finish()
    assert done
    assert finished.code == 0, finished.stderr
    assert output_bytes(sandbox.output) == expected
    sandbox.assert_nothing_left(output=True)


def sleepy(sandbox: Sandbox, runner: str, *more: str, job: str = "Sleepy") -> tuple[Started, Path]:
    """A run of which one task says that it is there and then sleeps for ever."""
    path, state = sandbox.write("text", "a bad line\n" + "x y\n" * 20), sandbox.folder / "state"
    options = ["-r", runner, "--workers", "2", "--split-size", "40", "-o", str(sandbox.output)]
    run = sandbox.start(*options, f"{FAULTY}:{job}", path, "--state", str(state), *more)
    run.wait_for(state)
    return run, state


@pytest.mark.parametrize("runner", ["local", slow("memory")])
def test_a_killed_nursery_ends_the_run_in_one_line(sandbox, runner):
    run, _ = sleepy(sandbox, runner)
    nursery = run.nursery()
    assert nursery is not None
    kill(nursery)
    finished = run.finish(30)
    assert finished.code == 1
    assert finished.last_line == (
        "error: the process that starts the workers died: was killed by SIGKILL; run the job again"
    )
    sandbox.assert_nothing_left()


@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize("side", [slow("map"), "reduce"])
def test_a_killed_driver_leaves_nothing(sandbox, runner, side):
    run, _ = sleepy(sandbox, runner, "--side", side)
    assert list(sandbox.outputs.iterdir()) != []
    kill(run.process.pid)
    assert run.finish(30).code == -signal.SIGKILL
    sandbox.assert_nothing_left()


def test_the_commands_of_a_killed_driver_die_with_all_their_children(sandbox):
    run, _ = sleepy(sandbox, "local", job="SleepyCommand")
    assert len(sandbox.processes()) >= 6
    kill(run.process.pid)
    run.finish(30)
    sandbox.assert_nothing_left()


def test_the_commands_of_a_killed_worker_die_with_it(sandbox):
    run, _ = sleepy(sandbox, "local", "--max-attempts", "1", job="SleepyCommand")
    for worker in run.workers():
        kill(worker)
    finished = run.finish(30)
    assert finished.code == 1
    assert "its worker was killed by SIGKILL" in finished.last_line
    sandbox.assert_nothing_left()


def test_a_killed_driver_gives_back_the_output_that_it_was_about_to_replace(sandbox):
    sandbox.output.mkdir()
    (sandbox.output / "part-00000").write_text("old\n")
    run, _ = sleepy(sandbox, "local", "--overwrite")
    (staging,) = sandbox.outputs.glob("._hadoopjobs-*")
    os.kill(run.process.pid, signal.SIGSTOP)
    sandbox.output.rename(staging / "replaced")  # as the driver does just before its last rename
    kill(run.process.pid)
    run.finish(30)
    sandbox.assert_nothing_left(output=True)
    assert output_bytes(sandbox.output) == {"part-00000": b"old\n"}


def killed_inline(sandbox: Sandbox, *more: str) -> Path:
    """The hidden folder that a killed run on `inline` leaves: it has no process but its own."""
    run, state = sleepy(sandbox, "inline", *more)
    kill(run.process.pid)
    run.finish(30)
    state.unlink()
    (left,) = sandbox.outputs.glob("._hadoopjobs-*")
    return left


@pytest.mark.parametrize("runner", ["inline", slow("local"), "memory"])
def test_the_next_run_removes_what_a_killed_one_on_inline_left(sandbox, runner):
    left = killed_inline(sandbox)
    other = sandbox.outputs / left.name.replace("-out-", "-out-2-")
    left.joinpath("some").mkdir()
    other.mkdir()  # beside another target: none of ours
    path = sandbox.write("good", "x y\n")
    job = [str(JOBS / "three_steps.py"), path]
    assert sandbox.run("-r", runner, "-o", str(sandbox.output), *job).code == 0
    assert not left.exists()
    other.rmdir()
    sandbox.assert_nothing_left(output=True)


def test_the_next_run_leaves_what_a_living_one_is_about_to_write(sandbox):
    run, state = sleepy(sandbox, "inline")
    (staging,) = sandbox.outputs.glob("._hadoopjobs-*")
    state.unlink()
    path = sandbox.write("good", "x y\n")
    job = [str(JOBS / "three_steps.py"), path]
    assert sandbox.run("-r", "inline", "-o", str(sandbox.output), *job).code == 0
    assert (staging / "parts").exists()
    run.interrupt_group()
    assert run.finish(30).code == 130
    sandbox.assert_nothing_left(output=True)


def test_the_next_run_gives_back_what_a_killed_one_on_inline_was_about_to_replace(sandbox):
    sandbox.output.mkdir()
    (sandbox.output / "part-00000").write_text("old\n")
    left = killed_inline(sandbox, "--overwrite")
    sandbox.output.rename(left / "replaced")  # as the driver does just before its last rename
    path = sandbox.write("good", "x y\n")
    refused = sandbox.run("-o", str(sandbox.output), str(JOBS / "three_steps.py"), path)
    assert refused.last_line.endswith("out: it exists; remove it or pass --overwrite")
    sandbox.assert_nothing_left(output=True)
    assert output_bytes(sandbox.output) == {"part-00000": b"old\n"}


@pytest.mark.parametrize("runner", ["local", slow("memory")])
def test_a_killed_driver_leaves_nothing_of_its_standard_input(sandbox, runner):
    path, state = sandbox.write("text", "a bad line\n" * 500_000), sandbox.folder / "state"
    options = ["-r", runner, "--memory", "8m", "--workers", "2", "-o", str(sandbox.output)]
    job = [f"{FAULTY}:Sleepy", "-", "--state", str(state)]
    run = sandbox.start(*options, *job, stdin=Path(path))
    run.wait_for(state)
    kill(run.process.pid)
    run.finish(30)
    sandbox.assert_nothing_left()


def test_a_killed_driver_leaves_no_folder_above_its_output(sandbox):
    path, state = sandbox.write("text", "bad\n"), sandbox.folder / "state"
    deep = sandbox.outputs / "new" / "newer" / "out"
    run = sandbox.start("-o", str(deep), f"{FAULTY}:Sleepy", path, "--state", str(state))
    run.wait_for(state)
    kill(run.process.pid)
    run.finish(30)
    sandbox.assert_nothing_left()
