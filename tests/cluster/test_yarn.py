"""Jobs are submitted to a real cluster, followed, looked into and killed, without Java."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hadoopjobs.cli.main import main
from hadoopjobs.core.errors import NotFound, ServiceError, UsageError
from hadoopjobs.core.hadoop_conf import load_hadoop_conf
from hadoopjobs.yarn import (
    CacheFile,
    InputSplit,
    JobEnded,
    JobProgress,
    JobSpec,
    JobStarted,
    SubmittedJob,
    YarnClient,
    failed_attempts,
    streaming_settings,
    submit_job,
    wait_for_job,
    yarn_client,
)
from tests.cluster.yarn_store import WebHdfsStore

pytestmark = pytest.mark.cluster

TEXT = b"b b a\nc\n"


@pytest.fixture
def client() -> Iterator[YarnClient]:
    client = yarn_client(load_hadoop_conf(os.environ), os.environ)
    yield client
    client.session.close()


@pytest.fixture
def store(client: YarnClient) -> WebHdfsStore:
    return WebHdfsStore(client.conf, client.session)


@pytest.fixture
def text(store: WebHdfsStore, hdfs_folder: str) -> InputSplit:
    """A file of two lines whose name is odd."""
    uri = f"{hdfs_folder}/in put/ü,1%.txt"
    store.write(uri, TEXT)
    return InputSplit(uri, 0, len(TEXT), ("localhost",))


@pytest.fixture
def submitted(client: YarnClient, store: WebHdfsStore) -> Iterator[list[SubmittedJob]]:
    """What a test submits; killed and removed afterwards."""
    jobs: list[SubmittedJob] = []
    yield jobs
    for job in jobs:
        client.resource_manager.kill(job.application_id)
        store.delete(job.staging)


@pytest.fixture
def slow_job(client, store, text, tmp_path, submitted) -> SubmittedJob:
    """A job whose mapper writes a number to standard error each second for a long time."""
    script = tmp_path / "slow.sh"
    script.write_text("for i in $(seq 300); do echo $i >&2; sleep 1; done")
    spec = JobSpec(
        "slow & <odd> name",
        (text,),
        settings("sh slow.sh", text, "slow"),
        tags=("hadoopjobs-test",),
        cache=(CacheFile(script, "slow.sh"),),
    )
    submitted.append(submit_job(client, store, spec))
    return submitted[0]


def settings(mapper: str, text: InputSplit, name: str, reducer: str | None = None):
    output = f"{text.uri.rpartition('/')[0]}/{name}"
    return streaming_settings(mapper, reducer, inputs=[text.uri], output=output)


def run(client: YarnClient, store: WebHdfsStore, spec: JobSpec) -> tuple[SubmittedJob, JobEnded]:
    job = submit_job(client, store, spec)
    *_, last = wait_for_job(client, job.application_id)
    assert isinstance(last, JobEnded)
    return job, last


def staged(store: WebHdfsStore, client: YarnClient) -> set[str]:
    """The folders of submissions there are: an earlier job's may still go."""
    user = client.session.user
    return set(store.names(f"{store.filesystem}{_staging_root(client)}/{user}/.staging"))


def wait_until_removed(store: WebHdfsStore, client: YarnClient, job: SubmittedJob) -> None:
    """A master removes its folder when YARN already calls the application finished."""
    end = time.monotonic() + 30
    while job.staging.rpartition("/")[2] in staged(store, client):
        assert time.monotonic() < end, f"{job.staging} stayed"
        time.sleep(0.2)


def _staging_root(client: YarnClient) -> str:
    key = "yarn.app.mapreduce.am.staging-dir"
    return client.conf.get(key) or "/tmp/hadoop-yarn/staging"


def wait_until_running(client: YarnClient, job: SubmittedJob) -> None:
    for event in wait_for_job(client, job.application_id):
        if isinstance(event, JobProgress) and event.maps:
            return


def words_job(text: InputSplit, tmp_path: Path, **more: object) -> JobSpec:
    script = tmp_path / "words"
    script.write_text("echo reporter:counter:mine,tasks,1 >&2; tr ' ' '\\n'\n")
    return JobSpec(
        "words",
        (text,),
        settings("sh 'my words,100%.sh'", text, "out", "uniq -c"),
        reduces=1,
        cache=(CacheFile(script, "my words,100%.sh"),),
        **more,  # type: ignore[arg-type]
    )


def test_a_streaming_job_runs_and_tells_of_itself(client, store, text, tmp_path):
    job = submit_job(client, store, words_job(text, tmp_path))
    events = list(wait_for_job(client, job.application_id))
    first, *middle, last = events
    assert isinstance(first, JobStarted)
    assert first.application_id == job.application_id
    assert any(it.state == "RUNNING" for it in middle if isinstance(it, JobProgress))
    assert isinstance(last, JobEnded)
    assert (last.has_succeeded, last.diagnostics) == (True, "")
    assert last.counters["mine"] == {"tasks": 1}
    assert last.counters["org.apache.hadoop.mapreduce.TaskCounter"]["MAP_INPUT_RECORDS"] == 2
    output = store.read(f"{text.uri.rpartition('/')[0]}/out/part-00000")
    assert output.split() == b"1 a 2 b 1 c".split()
    wait_until_removed(store, client, job)


def test_an_uber_job_runs_in_its_master(client, store, text, tmp_path):
    _, end = run(client, store, words_job(text, tmp_path, is_uber=True, am_memory_mb=1024))
    assert end.job is not None
    assert (end.has_succeeded, end.job.is_uber) == (True, True)


def test_a_failed_job_shows_what_its_task_said(client, store, text):
    spec = JobSpec(
        "failing",
        (text,),
        {**settings("python3 -c 1/0", text, "out"), "mapreduce.map.maxattempts": "1"},
    )
    job, end = run(client, store, spec)
    (attempt,) = failed_attempts(client, job.application_id)
    assert not end.has_succeeded
    assert "Task failed" in end.diagnostics
    assert (attempt.kind, attempt.host is None) == ("MAP", False)
    assert attempt.container_id is not None
    assert "subprocess failed with code 1" in attempt.diagnostics
    assert "ZeroDivisionError: division by zero" in (attempt.stderr or "")


def test_a_master_that_cannot_start_is_told(client, store, text, submitted):
    options = {"yarn.app.mapreduce.am.command-opts": "-Xnonsense", "mapreduce.am.max-attempts": "1"}
    job, end = run(client, store, JobSpec("bad", (text,), settings("cat", text, "out") | options))
    submitted.append(job)
    attempts = failed_attempts(client, job.application_id)
    assert (end.job, end.counters) == (None, {})
    assert "Unrecognized option: -Xnonsense" in end.diagnostics
    assert [attempt.kind for attempt in attempts] == ["MASTER"]


def test_a_running_job_is_listed_followed_and_killed(client, slow_job, capfdbinary):
    app = slow_job.application_id
    wait_until_running(client, slow_job)
    manager = client.resource_manager
    tagged = manager.applications(states=["RUNNING"], tags=["hadoopjobs-test"])
    assert [report.id for report in tagged] == [app]
    assert [report.name for report in tagged] == ["slow & <odd> name"]
    assert manager.applications(states=["RUNNING"], tags=["no-such-tag"]) == []
    wait_for_logs(client, app)
    assert main(["app", "logs", app, "--file", "stderr", "--tail", "2"]) == 0
    out = capfdbinary.readouterr().out
    assert b": stderr <==\n" in out
    assert manager.set_priority(app, 0) == 0
    assert main(["app", "kill", app]) == 0
    *_, end = wait_for_job(client, app)
    assert isinstance(end, JobEnded)
    assert end.application.state == "KILLED"
    assert main(["app", "status", app]) == 1


def wait_for_logs(client: YarnClient, app: str) -> None:
    from hadoopjobs.yarn.container_logs import log_files

    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            files = log_files(client, app)
        except NotFound:
            files = []
        if any(file.name == "stderr" and file.container_id.endswith("2") for file in files):
            return
        time.sleep(0.5)


def test_logs_are_followed_to_the_end(client, store, text, tmp_path, capfdbinary):
    script = tmp_path / "count.sh"
    script.write_text("for i in 1 2 3 4 5 6 7 8; do echo line $i >&2; sleep 1; done; cat")
    spec = JobSpec(
        "counting",
        (text,),
        settings("sh count.sh", text, "out"),
        cache=(CacheFile(script, "count.sh"),),
    )
    job = submit_job(client, store, spec)
    assert main(["app", "logs", "-f", job.application_id, "--file", "stderr"]) == 0
    out = capfdbinary.readouterr().out
    lines = [line for line in out.splitlines() if line.startswith(b"line")]
    assert lines == [b"line %d" % i for i in range(1, 9)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"queue": "no-such-queue"}, "no queue 'no-such-queue': choose one of"),
        ({"queue": "root"}, "'root' only holds other queues"),
        ({"am_memory_mb": 999_999}, r"yarn\.app\.mapreduce\.am\.resource\.mb is 999999, more than"),
    ],
)
def test_what_yarn_would_refuse_is_told_before(client, store, text, change, told):
    before = staged(store, client)
    with pytest.raises(UsageError, match=told):
        submit_job(client, store, JobSpec("no", (text,), settings("cat", text, "out"), **change))
    assert staged(store, client) <= before


def test_a_task_that_asks_for_too_much_memory_is_told_before(client, store, text):
    memory = {"mapreduce.map.memory.mb": "999999"}
    spec = JobSpec("no", (text,), {**settings("cat", text, "out"), **memory})
    with pytest.raises(UsageError, match=r"mapreduce\.map\.memory\.mb is 999999"):
        submit_job(client, store, spec)


def test_a_failed_upload_leaves_nothing(client, store, text, tmp_path):
    before = staged(store, client)
    spec = words_job(text, tmp_path)
    (tmp_path / "words").unlink()
    with pytest.raises(FileNotFoundError):
        submit_job(client, store, spec)
    assert staged(store, client) <= before


def test_secrets_stop_before_anything_is_sent(client, store, text):
    secret = {"mapreduce.map.env": "DB_PASSWORD=canary"}
    with pytest.raises(UsageError, match="looks like a secret"):
        submit_job(client, store, JobSpec("no", (text,), settings("cat", text, "out") | secret))


def test_an_application_that_never_was_is_told(client, capfd):
    with pytest.raises(NotFound, match="no application application_1_0001 on the Resource"):
        client.resource_manager.report("application_1_0001")
    assert main(["app", "status", "application_1_0001"]) == 1
    assert main(["app", "status", "nonsense"]) == 2
    errors = capfd.readouterr().err.splitlines()
    assert [line.split(" ", 2)[:2] for line in errors] == [
        ["error:", "no"],
        ["error:", "'nonsense'"],
    ]


def test_a_resource_manager_that_is_not_there_is_told(capfd):
    key = "yarn.resourcemanager.webapp.address"
    assert main(["app", "list", "-D", f"{key}=127.0.0.1:1"]) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("error: no active ResourceManager at http://127.0.0.1:1, tried for 5 s")
    assert "nothing listens there" in line


def test_queues_and_nodes_are_listed(client, capfd):
    assert main(["queue", "list"]) == 0
    assert "root.default\tRUNNING" in capfd.readouterr().out
    assert main(["node", "list"]) == 0
    assert "\tRUNNING\t" in capfd.readouterr().out


@pytest.fixture
def _secure(client: YarnClient) -> None:
    if client.conf.get("hadoop.security.authentication") != "kerberos":
        pytest.skip("the cluster is not secure")


@pytest.mark.usefixtures("_secure")
def test_delegation_tokens_are_given_and_cancelled(client):
    token = client.resource_manager.delegation_token("root")
    assert token.kind == "RM_DELEGATION_TOKEN"
    assert token.token not in repr(token)
    client.resource_manager.cancel_delegation_token(token)
    with pytest.raises(ServiceError):
        client.resource_manager.cancel_delegation_token(token)


@pytest.mark.usefixtures("_secure")
def test_without_a_ticket_kinit_is_named(monkeypatch, capfd):
    monkeypatch.setenv("KRB5CCNAME", "FILE:/no/such/tickets")
    monkeypatch.setenv("KRB5_CLIENT_KTNAME", "/no/such/keytab")
    assert main(["app", "list"]) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("error: no Kerberos ticket for HTTP/")
    assert "run kinit" in line
