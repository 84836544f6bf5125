"""Standard streams that are full, closed or missing, and where what a run says goes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faults.harness import JOBS

UNGUARDED = """
from hadoopjobs import Job, Sum


class Letters(Job):
    aggregator = Sum()

    def mapper(self, _, line):
        print("printed")
        self.set_status("the same")
        for letter in line:
            yield letter, 1


Letters.run()
"""


@pytest.fixture
def job(sandbox):
    return sandbox.write("letters.py", UNGUARDED)


def redirected(how: str) -> tuple[str, ...]:
    return ("sh", "-c", f'exec "$@" {how}', "sh")


@pytest.mark.parametrize("runner", ["inline", "memory"])
def test_prints_of_a_job_without_a_guard_are_not_among_its_results(sandbox, job, runner):
    finished = sandbox.run("-q", "-r", runner, job, sandbox.write("text", "ab\n" * 3))
    assert finished.stdout == b'"a"\t3\n"b"\t3\n'
    assert finished.stderr.count("printed") == 3


def test_a_status_that_does_not_change_is_said_once(sandbox, job):
    finished = sandbox.run("-r", "inline", job, sandbox.write("text", "a\n" * 1000))
    assert finished.stderr.count("status: the same") == 1


@pytest.mark.parametrize(
    ("how", "reason"),
    [(">/dev/full", "no space left on device"), (">&-", "bad file descriptor")],
)
def test_results_that_cannot_be_written_are_told_in_one_line(sandbox, job, how, reason):
    path = sandbox.write("text", "ab\n")
    finished = sandbox.run("-q", "-r", "inline", job, path, prefix=redirected(how))
    assert finished.code == 1
    assert finished.last_line == f"error: cannot write to standard output: {reason}"
    assert "Traceback" not in finished.stderr
    assert "Exception ignored" not in finished.stderr


def test_a_closed_standard_input_is_empty(sandbox, job):
    finished = sandbox.run("-q", "-r", "inline", job, prefix=redirected("<&-"))
    assert (finished.code, finished.stdout, finished.stderr) == (0, b"", "")


def test_a_closed_standard_error_takes_no_results(sandbox, job):
    path = sandbox.write("text", "ab\n")
    finished = sandbox.run("-r", "memory", job, path, prefix=redirected("2>&-"))
    assert (finished.code, finished.stdout) == (0, b'"a"\t1\n"b"\t1\n')


def test_metrics_go_where_a_link_leads(sandbox, job):
    real, link = sandbox.folder / "real.json", sandbox.folder / "link.json"
    link.symlink_to(real)
    path = sandbox.write("text", "ab\n")
    assert sandbox.run("-q", "-r", "inline", job, path, "--metrics", str(link)).code == 0
    assert link.is_symlink()
    assert json.loads(real.read_text())["job"] == "Letters"


def test_many_map_tasks_under_a_low_limit_of_open_files(sandbox, job):
    folder = sandbox.inputs / "many"
    folder.mkdir()
    for number in range(200):
        (folder / f"{number}").write_text("ab\n")
    limited = ("sh", "-c", 'ulimit -n 256; exec "$@"', "sh")
    finished = sandbox.run("-q", "-r", "memory", job, str(folder), prefix=limited)
    assert (finished.code, finished.stdout) == (0, b'"a"\t200\n"b"\t200\n'), finished.stderr
    sandbox.assert_nothing_left()


def test_what_fails_on_standard_input_says_so(sandbox):
    path = Path(sandbox.write("text", "a bad line\n"))
    finished = sandbox.run("-q", "-r", "memory", f"{JOBS / 'faulty.py'}:BadMapper", stdin=path)
    assert finished.code == 1
    assert "file:   standard input" in finished.stderr
