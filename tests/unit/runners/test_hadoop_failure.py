"""What a failed attempt left word of is the error that the user reads, in the user's words."""

from __future__ import annotations

import pytest

from hadoopjobs.core import errors
from hadoopjobs.core.errors import DataError, HadoopJobsError, NoSpace, TaskError
from hadoopjobs.core.hadoop_conf import HadoopConf, Setting
from hadoopjobs.core.listener import Listener
from hadoopjobs.runners.hadoop_failure import AttemptFailure, Failures, told_by_master
from hadoopjobs.runners.hadoop_inputs import LocalInputs
from hadoopjobs.runners.hadoop_job import task_budget
from hadoopjobs.runners.hadoop_storage import RunFolder
from hadoopjobs.runtime.hadoop_report import failure_told
from hadoopjobs.yarn import FailedAttempt, JobEnded
from hadoopjobs.yarn.reports import ApplicationReport

ATTEMPT = "attempt_1_0002_m_000003_1"


def failure(error: BaseException) -> AttemptFailure:
    return AttemptFailure(ATTEMPT, failure_told(error) | {"host": "node2", "log": "http://n/l"})


def test_the_names_in_an_attempt():
    found = failure(KeyError("x"))
    assert (found.task, found.side, found.number, found.attempt) == (
        "attempt_1_0002_m_000003",
        "map",
        3,
        2,
    )


def test_an_error_of_user_code_is_whole():
    error = failure(TaskError("it broke", side="J.mapper", record="'x'", offset=4)).error(3)
    assert str(error) == (
        "J.mapper failed: it broke\n  record: 'x'\n  offset: 4\n  tried:  3 times\n"
        f"  where:  {ATTEMPT} on node2\n  log:    http://n/l"
    )


@pytest.mark.parametrize("kind", [NoSpace, DataError, errors.UsageError])
def test_other_errors_keep_their_class(kind):
    error = failure(kind("the disk")).error(1)
    assert type(error) is kind
    assert str(error) == f"the disk ({ATTEMPT} on node2, log: http://n/l)"


def test_a_class_that_cannot_be_made_anew_becomes_a_plain_error():
    error = failure(errors.ApplicationFailed("x", application_id="a")).error(1)
    assert type(error) is HadoopJobsError


def test_failures_are_told_once(tmp_path):
    folder = Failures(str(tmp_path))
    assert folder.new() == []
    (tmp_path / f"{ATTEMPT}.json").write_text('{"message": "m"}')
    (tmp_path / "._being_written").write_text("{")
    assert [found.attempt_id for found in folder.new()] == [ATTEMPT]
    assert folder.new() == []
    assert [found.attempt_id for found in folder.of_job("application_1_0002")] == [ATTEMPT]
    assert folder.of_job("application_1_0003") == []


def job_ended(state: str, diagnostics: str) -> JobEnded:
    report = ApplicationReport(
        id="application_1_0002", state=state, final_status="FAILED", diagnostics=diagnostics
    )
    return JobEnded(report, None, {})


def attempt_of(kind: str) -> FailedAttempt:
    return FailedAttempt(ATTEMPT, kind, "node2", None, "", "Oct 1, 2026 1:02:03 AM a.B log", None)


QUOTA = (
    "Job setup failed : org.apache.hadoop.hdfs.protocol.NSQuotaExceededException: The NameSpace "
    "quota of directory /q is exceeded: quota=1 file count=2\n\tat org.apache.A.b(A.java:1)"
)


@pytest.mark.parametrize(
    ("diagnostics", "kind", "said"),
    [
        (
            QUOTA,
            NoSpace,
            "cannot write hdfs:///out: a quota would be exceeded: The NameSpace quota of "
            "directory /q is exceeded: quota=1 file count=2",
        ),
        (
            "Job commit failed: org.apache.hadoop.security.AccessControlException: Permission "
            "denied: user=me, access=WRITE",
            errors.PermissionDenied,
            "cannot write hdfs:///out: permission denied: user=me, access=WRITE",
        ),
        (
            "Job init failed : java.io.IOException: no split file",
            errors.ApplicationFailed,
            "application_1_0002 failed: Job init failed : no split file",
        ),
        ("", errors.ApplicationFailed, "application_1_0002 failed: nobody says why"),
    ],
)
def test_what_a_master_says_is_told_without_java(diagnostics, kind, said):
    error = told_by_master(
        job_ended("FINISHED", diagnostics), [attempt_of("MASTER")], "hdfs:///out"
    )
    assert type(error) is kind
    assert str(error) == said


def test_a_task_or_a_master_that_died_says_more_than_the_application():
    assert told_by_master(job_ended("FINISHED", QUOTA), [attempt_of("MAP")], "o") is None
    assert told_by_master(job_ended("FAILED", QUOTA), [attempt_of("MASTER")], "o") is None


def test_files_are_named_as_the_user_named_them(tmp_path, monkeypatch):
    folder = RunFolder("hdfs://nn/user/me")
    monkeypatch.setattr(RunFolder, "put", lambda self, name, data: f"hdfs://nn/run/{name}")
    file = tmp_path / "a b.txt"
    file.write_text("x")
    inputs = LocalInputs(folder)
    assert inputs._uris(str(file), Listener()) == ["hdfs://nn/run/inputs/0/a b.txt"]
    told = inputs.in_the_users_words("hdfs://nn/run/inputs/0/a b.txt, offset 3: bad")
    assert told == f"{file}, offset 3: bad"


@pytest.mark.parametrize(
    ("job", "site", "budget_mb"),
    [({}, {}, 288), ({}, {"mapreduce.map.memory.mb": "2048"}, 800), ({"x": "y"}, {}, 288)],
)
def test_a_tasks_budget_is_half_of_what_java_leaves(job, site, budget_mb):
    conf = HadoopConf([Setting(key, value, "site") for key, value in site.items()])
    assert task_budget(job, conf, "map") == budget_mb << 20
    assert task_budget({"mapreduce.map.memory.mb": "512"}, conf, "map") == 64 << 20
