"""Ctrl-C and its like: exit code 130, no process, no file."""

from __future__ import annotations

import random
import shutil
import signal
import time

import pytest

from tests.faults.harness import JOBS, Sandbox, Started, output_bytes, slow

FAULTY = JOBS / "faulty.py"


def start(sandbox: Sandbox, job: str, runner: str, *more: str) -> Started:
    path = sandbox.write("text", "a bad line\n" + "x y\n" * 20)
    options = ["-r", runner, "--workers", "2", "--split-size", "40", "-o", str(sandbox.output)]
    state = ["--state", str(sandbox.folder / "state")]
    return sandbox.start(*options, f"{FAULTY}:{job}", path, *state, *more)


def assert_interrupted(sandbox: Sandbox, run: Started) -> None:
    finished = run.finish(30)
    assert finished.last_line == "interrupted"
    assert finished.code == 130
    assert "Traceback" not in finished.stderr
    sandbox.assert_nothing_left()


@pytest.mark.parametrize("runner", [slow("inline"), "local", "memory"])
@pytest.mark.parametrize("side", ["map", slow("reduce")])
def test_control_c_leaves_nothing(sandbox, runner, side):
    run = start(sandbox, "Sleepy", runner, "--side", side)
    run.wait_for(sandbox.folder / "state")
    run.interrupt_group()
    assert_interrupted(sandbox, run)


@pytest.mark.parametrize("runner", ["inline", "local", slow("memory")])
def test_control_c_ends_commands_and_all_their_children(sandbox, runner):
    run = start(sandbox, "SleepyCommand", runner)
    run.wait_for(sandbox.folder / "state")
    run.interrupt_group()
    assert_interrupted(sandbox, run)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, slow(signal.SIGHUP)])
def test_signals_to_the_driver_alone_do_the_same(sandbox, number):
    run = start(sandbox, "SleepyCommand", "local")
    run.wait_for(sandbox.folder / "state")
    run.process.send_signal(number)
    assert_interrupted(sandbox, run)


def test_control_c_again_and_again_leaves_nothing(sandbox):
    run = start(sandbox, "Sleepy", "local")
    run.wait_for(sandbox.folder / "state")
    for _ in range(20):
        if run.process.poll() is None:
            run.interrupt_group()
            time.sleep(0.002)
    run.finish(30)
    sandbox.assert_nothing_left()


def test_control_c_keeps_the_output_that_was_to_be_replaced(sandbox):
    sandbox.output.mkdir()
    (sandbox.output / "part-00000").write_text("old\n")
    run = start(sandbox, "Sleepy", "memory", "--overwrite")
    run.wait_for(sandbox.folder / "state")
    run.interrupt_group()
    assert run.finish(30).code == 130
    sandbox.assert_nothing_left(output=True)
    assert (sandbox.output / "part-00000").read_text() == "old\n"


@pytest.mark.slow
@pytest.mark.parametrize("runner", ["local", "memory"])
def test_control_c_at_any_moment_leaves_nothing(sandbox, runner):
    words = "\n".join(f"w{number % 700} w{number % 40}" for number in range(15000))
    path = sandbox.write("words", words)
    chosen = random.Random(3)
    codes = set()
    for _ in range(40):
        options = ["-r", runner, "--workers", "2", "-o", str(sandbox.output)]
        run = sandbox.start(*options, str(JOBS / "three_steps.py"), path)
        time.sleep(chosen.uniform(0.0, 1.5))
        run.interrupt_group()
        finished = run.finish(30)
        codes.add(finished.code)
        is_there = sandbox.output.exists()  # it may be published when the signal comes
        assert is_there or finished.code != 0
        sandbox.assert_nothing_left(output=is_there)
        if is_there:
            assert len(output_bytes(sandbox.output)) == 4
            shutil.rmtree(sandbox.output)
    assert 130 in codes
    assert codes <= {0, 130, 1, -signal.SIGINT}  # the last two: before our first line ran
