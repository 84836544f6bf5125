"""How to run: what the user said, and what the machine has."""

from __future__ import annotations

import io
import os

import pytest

from hadoopjobs import Job
from hadoopjobs.core.errors import UsageError
from hadoopjobs.session import JobTarget, Settings, collect_job, run_job
from hadoopjobs.session.jobs import reads_stdin
from hadoopjobs.session.settings import cores_of, default_memory


class Upper(Job):
    def mapper(self, _, line):
        yield None, line.upper()


class Halving(Job):
    """Halves numbers until none is above one."""

    def __init__(self, **options):
        super().__init__(**options)
        self.rounds = 0

    def mapper(self, _, line):
        yield "n", int(line) / 2**self.rounds

    def next_round(self, pairs):
        if max(value for _, value in pairs) <= 1:
            return None
        job = Halving()
        job.rounds = self.rounds + 1
        return job


class Endless(Upper):
    def next_round(self, pairs):
        return self


def test_the_machine_says_how_many_workers_and_how_much_memory():
    assert cores_of(Settings()) == len(os.sched_getaffinity(0))
    assert cores_of(Settings(workers=3)) == 3
    assert 1 << 27 < default_memory() < 1 << 50


def test_which_inputs_are_standard_input(tmp_path):
    assert reads_stdin(Upper, [])
    assert reads_stdin(Upper, ["file", "-"])
    assert not reads_stdin(Upper, ["file"])


def test_rounds_go_on_until_the_job_has_enough():
    output = collect_job(Halving(), ["-"], Settings(runner="inline"), stdin=io.BytesIO(b"8\n3\n"))
    assert output.pairs == [("n", 1.0), ("n", 0.375)]
    assert [stage.number for stage in output.result.stages] == [0, 1, 2, 3]


def test_an_iterative_job_writes_its_last_round(tmp_path):
    (tmp_path / "in").write_text("4\n")
    target = JobTarget(output=str(tmp_path / "out"), output_format="text")
    result = run_job(Halving, [str(tmp_path / "in")], Settings(runner="inline"), target)
    assert result.output == str(tmp_path / "out")
    assert (tmp_path / "out" / "part-00000").read_text() == "n\t1.0\n"
    assert (tmp_path / "out" / "_SUCCESS").exists()


def test_rounds_without_end_are_ended(monkeypatch):
    monkeypatch.setattr("hadoopjobs.session.jobs._MAX_ROUNDS", 3)
    with pytest.raises(UsageError, match="Endless has not come to an end after 3 rounds"):
        collect_job(Endless(), ["-"], Settings(runner="inline"), stdin=io.BytesIO(b"x\n"))
