import gc
import os
import signal
import subprocess
import sys
import time

import pytest

from hadoopjobs.core.command import may_find_nothing, pipe_lines
from hadoopjobs.core.context import TaskContext, enter_task
from hadoopjobs.core.errors import TaskError


@pytest.fixture
def task():
    context = TaskContext()
    enter_task(context)
    yield context
    enter_task(TaskContext())


def python(source, *arguments):
    return [sys.executable, "-c", source, *arguments]


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pid):
    for _ in range(100):
        if not is_alive(pid):
            return True
        time.sleep(0.05)
    return False


def test_lines_go_through_in_order():
    lines = [b"%d" % n for n in range(100_000)]
    assert list(pipe_lines(["cat"], iter(lines))) == lines


def test_keeps_empty_lines_and_a_last_line_without_newline():
    assert list(pipe_lines(["cat"], [b"", b"a", b""])) == [b"", b"a", b""]
    assert list(pipe_lines(["printf", "a\\nb"], [])) == [b"a", b"b"]


def test_lines_longer_than_a_pipe_holds():
    lines = [b"x" * 3_000_000, b"y" * 70_000]
    assert list(pipe_lines(["cat"], lines)) == lines


def test_command_that_writes_before_it_reads_does_not_block():
    source = "import sys; sys.stdout.write('x' * 99 + '\\n'); print(len(sys.stdin.read()))"
    assert list(pipe_lines(python(source), [b"y" * 1_000_000]))[-1] == b"1000001"


def test_input_is_taken_only_as_fast_as_the_command_reads():
    taken = 0

    def endless():
        nonlocal taken
        while True:
            taken += 1
            yield b"x" * 100

    output = pipe_lines(["cat"], endless())
    for _ in range(10):
        next(output)
    del output
    assert taken < 50_000


def test_all_input_is_taken_when_the_command_stops_early():
    lines = iter([b"line"] * 200_000)
    assert list(pipe_lines(["head", "-n", "1"], lines)) == [b"line"]
    assert next(lines, None) is None


def test_counters_and_status_on_standard_error(task):
    source = (
        "import sys; sys.stderr.write('reporter:counter:g,c,2\\nnoise\\n'"
        "'reporter:status:half way\\nreporter:counter:g,c,-1\\nreporter:counter:g,c,x')"
    )
    assert list(pipe_lines(python(source), [])) == []
    assert task.counters == {"g": {"c": 1}}
    assert task.status == "half way"


def test_exit_status_is_checked_and_messages_are_shown():
    with pytest.raises(TaskError, match=r"sh -c .* exited with status 3") as caught:
        list(pipe_lines(["sh", "-c", "echo went wrong >&2; exit 3"], []))
    assert caught.value.user_traceback == "went wrong"


def test_killed_command_is_an_error_even_for_filters():
    for accepts in (lambda status: status == 0, may_find_nothing):
        with pytest.raises(TaskError, match="was killed by SIGKILL"):
            list(pipe_lines(["sh", "-c", "kill -9 $$"], [b"a"], accepts))


def test_filter_that_finds_nothing_is_no_error():
    assert list(pipe_lines(["grep", "x"], [b"a"], may_find_nothing)) == []


def test_filter_that_does_not_exist_is_an_error():
    with pytest.raises(TaskError, match="exited with status 127"):
        list(pipe_lines(["sh", "-c", "no-such-command-here"], [b"a"], may_find_nothing))


def test_missing_program_is_named():
    with pytest.raises(TaskError, match="cannot start command 'no-such-command-here -x'"):
        list(pipe_lines(["no-such-command-here", "-x"], []))


def test_error_of_the_input_is_raised_and_the_command_ends():
    def failing():
        yield b"%d" % 1
        raise ValueError("bad record")

    with pytest.raises(ValueError, match="bad record"):
        list(pipe_lines(["cat"], failing()))


def test_nothing_of_the_command_lives_on_when_the_iterator_is_dropped():
    output = pipe_lines(["sh", "-c", "sleep 300 & echo $!; echo $$; wait"], [])
    pids = [int(next(output)), int(next(output))]
    assert all(is_alive(pid) for pid in pids)
    del output
    gc.collect()
    assert all(wait_until_gone(pid) for pid in pids)


def test_command_dies_with_a_worker_that_is_killed():
    source = (
        "from hadoopjobs.core.command import pipe_lines\n"
        "for line in pipe_lines(['sh', '-c', 'echo $$; exec sleep 300'], []):\n"
        "    print(line.decode(), flush=True)"
    )
    worker = subprocess.Popen(python(source), stdout=subprocess.PIPE)
    with worker:
        assert worker.stdout is not None
        command = int(worker.stdout.readline())
        os.kill(worker.pid, signal.SIGKILL)
    assert wait_until_gone(command)
