"""What `-r hadoop` is planned to do, which asks no cluster as long as the input is here."""

from __future__ import annotations

from pathlib import Path

import pytest

from hadoopjobs.cli.main import main

JOB = """
from hadoopjobs import Job, Step

class Counts(Job):
    output_format = "text"

    def steps(self):
        return [Step(mapper_cmd="tr a-z A-Z", reducer_cmd="uniq -c")]

class Python(Job):
    JOBCONF = {"mapred.output.format.class": "a.Output"}

    def mapper(self, _, line):
        yield line, 1
"""
MRJOB = """
from mrjob.job import MRJob

class MRJava(MRJob):
    HADOOP_INPUT_FORMAT = "a.Input"
    PARTITIONER = "KeyFieldBasedPartitioner"

    def mapper(self, _, line):
        yield line, 1

    def reducer(self, key, values):
        yield key, sum(values)
"""


@pytest.fixture
def job(tmp_path: Path, monkeypatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "input").write_text("a line\n")
    (tmp_path / "job.py").write_text(JOB)
    (tmp_path / "mr_job.py").write_text(MRJOB)
    return "job.py"


def mode(capfd, *words: str) -> str:
    assert main(["explain", "-r", "hadoop", *words, "input"]) == 0
    return capfd.readouterr().out.splitlines()[-1].removeprefix("    hadoop  ")


def test_explain_says_what_crosses_the_shuffle(job: str, capfd) -> None:
    assert mode(capfd, f"{job}:Counts") == "columnar: records are packed"
    assert mode(capfd, f"{job}:Counts", "--shuffle", "text") == (
        "text: commands run by Hadoop Streaming, as asked for"
    )
    assert mode(capfd, "mr_job.py") == (
        "text: the lines of mrjob, input format a.Input and partitioner "
        "org.apache.hadoop.mapred.lib.KeyFieldBasedPartitioner by Java"
    )


def test_an_output_format_of_a_jobs_settings(job: str, capfd) -> None:
    assert mode(capfd, f"{job}:Python") == (
        "columnar: nothing is shuffled; output format a.Output by Java"
    )
    assert main(["run", "-r", "memory", f"{job}:Python", "input"]) == 2
    assert "output format a.Output needs Java: run it with -r hadoop" in capfd.readouterr().err


def test_mrjobs_classes_are_ignored_elsewhere_as_by_mrjob(job: str, capfd) -> None:
    assert main(["run", "-q", "-r", "memory", "mr_job.py", "input"]) == 0
    assert capfd.readouterr().out == '"a line"\t1\n'


def test_the_shuffle_of_hadoop_is_for_hadoop(job: str, capfd) -> None:
    assert main(["run", "-r", "memory", "--shuffle", "text", f"{job}:Counts", "input"]) == 2
    assert "--shuffle text is for -r hadoop only" in capfd.readouterr().err


def test_a_call_of_streaming(job: str, capfd) -> None:
    words = ["-input", "file:///etc/hostname", "-mapper", "cat", "-outputformat", "a.Output"]
    assert main(["stream", "-r", "hadoop", "--explain", *words]) == 0
    found = capfd.readouterr().out.splitlines()[-1]
    assert found == "    hadoop  text: Hadoop Streaming's own, output format a.Output by Java"
