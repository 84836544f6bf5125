"""Archives are sent to a real cluster, and a task runs out of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hadoopjobs.core.functions import JobFile
from hadoopjobs.core.hadoop_conf import load_hadoop_conf
from hadoopjobs.runners.nodes import nodes_platform
from hadoopjobs.runtime.environment import (
    Environment,
    EnvironmentRequest,
    environment_for,
    launch_problem,
    publish,
)
from hadoopjobs.storage import filesystem_for
from hadoopjobs.yarn import (
    CacheFile,
    InputSplit,
    JobEnded,
    JobSpec,
    YarnClient,
    failed_attempts,
    streaming_settings,
    submit_job,
    wait_for_job,
    yarn_client,
)
from tests.cluster.yarn_store import WebHdfsStore

pytestmark = pytest.mark.cluster

TASK = """\
import sys
import helper
import duckdb, pyarrow
import hadoopjobs.runtime.worker
for line in sys.stdin.buffer:
    print(helper.word, len(line), sys.argv[1])
"""


@pytest.fixture
def client() -> Iterator[YarnClient]:
    client = yarn_client(load_hadoop_conf(os.environ), os.environ)
    yield client
    client.session.close()


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def job(tmp_path) -> JobFile:
    (tmp_path / "task.py").write_text(TASK)
    (tmp_path / "helper.py").write_text("word = 'sent'\n")
    return JobFile("task", str(tmp_path / "task.py"))


def run(client: YarnClient, environment: Environment, folder: str) -> JobEnded:
    store = WebHdfsStore(client.conf, client.session)
    store.write(f"{folder}/in", b"a\nbc\n")
    cache = tuple(
        CacheFile(
            publish(it, f"{folder}/env") if it.is_shared else it.path, it.name, is_archive=True
        )
        for it in environment.archives
    )
    mapper = " ".join([*environment.launcher, "task", "word"])
    settings = streaming_settings(mapper, None, inputs=[f"{folder}/in"], output=f"{folder}/out")
    settings = {**settings, "mapreduce.map.maxattempts": "1"}
    split = InputSplit(f"{folder}/in", 0, 5, ())
    submitted = submit_job(client, store, JobSpec("environment", (split,), settings, cache=cache))
    *_, end = wait_for_job(client, submitted.application_id)
    store.delete(submitted.staging)
    assert isinstance(end, JobEnded)
    return end


def test_a_task_runs_out_of_what_was_sent(client, cache, job, hdfs_folder, tmp_path):
    nodes = nodes_platform(client, None, queue="default", cache=tmp_path, today="today")
    environment = environment_for(EnvironmentRequest(job_files=(job,), nodes=nodes), cache)
    end = run(client, environment, hdfs_folder)
    assert (end.has_succeeded, end.diagnostics) == (True, "")
    filesystem = filesystem_for(hdfs_folder)
    with filesystem.open_read(f"{hdfs_folder}/out/part-00000") as file:
        assert sorted(file.read().split(b"\n"))[1:] == [b"sent 2 word\t", b"sent 3 word\t"]


def test_a_node_without_the_python_is_told_by_its_attempt(client, cache, job, hdfs_folder):
    request = EnvironmentRequest(env="none", python="/opt/no such/python", job_files=(job,))
    end = run(client, environment_for(request, cache), hdfs_folder)
    assert not end.has_succeeded
    (failed, *_) = failed_attempts(client, end.application.id)
    assert "it has no /opt/no such/python; name its" in (launch_problem(failed.stderr or "") or "")


def test_two_drivers_at_once_publish_one_archive(cache, hdfs_folder):
    archive = environment_for(EnvironmentRequest(env="none"), cache).archives[0]
    uris: list[str] = []
    folder = f"{hdfs_folder}/.hadoopjobs/env"
    threads = [
        threading.Thread(target=lambda: uris.append(publish(archive, folder))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    filesystem = filesystem_for(folder)
    (status,) = filesystem.list(folder)
    assert set(uris) == {status.uri}
    assert (status.length, status.permission) == (archive.length, 0o600)
    assert filesystem.status(folder).permission == 0o700
    publish(archive, folder)
    assert filesystem.status(status.uri).modified == status.modified
