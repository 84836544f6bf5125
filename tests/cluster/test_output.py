"""Outputs of this machine's runners on HDFS: absent, or complete with `_SUCCESS`."""

from __future__ import annotations

import pytest

from hadoopjobs import Job, Sum
from hadoopjobs.core.errors import FileExists, TaskError, UsageError
from hadoopjobs.session import JobTarget, Settings, run_job
from hadoopjobs.storage import filesystem_for

pytestmark = pytest.mark.cluster


class WordCount(Job):
    aggregator = Sum()

    def mapper(self, _, line):
        for word in line.split():
            yield word, 1


class Failing(Job):
    def mapper(self, _, line):
        raise ValueError(line)


@pytest.fixture(params=["inline", "local", "memory"])
def settings(request):
    return Settings(runner=request.param, workers=2, max_attempts=1)


@pytest.fixture
def text(hdfs_folder):
    uri = f"{hdfs_folder}/a text.txt"
    with filesystem_for(uri).open_write(uri) as file:
        file.write(b"to be or\nnot to be\n")
    return uri


def names(uri):
    return sorted(status.uri.rpartition("/")[2] for status in filesystem_for(uri).walk(uri))


def read(uri):
    with filesystem_for(uri).open_read(uri) as file:
        return file.read()


def test_an_output_is_published_whole(settings, text, hdfs_folder):
    out = f"{hdfs_folder}/deep/out put"
    result = run_job(WordCount, [text], settings, JobTarget(output=out))
    assert result.output == out
    assert names(out) == ["_SUCCESS", "part-00000"]
    assert read(f"{out}/part-00000") == b'"be"\t2\n"not"\t1\n"or"\t1\n"to"\t2\n'
    assert names(f"{hdfs_folder}/deep") == ["_SUCCESS", "out put", "part-00000"]


def test_a_failed_run_leaves_nothing(settings, text, hdfs_folder):
    with pytest.raises(TaskError, match="to be or"):
        run_job(Failing, [text], settings, JobTarget(output=f"{hdfs_folder}/deep/out"))
    assert names(hdfs_folder) == ["a text.txt"]


def test_what_exists_is_replaced_only_on_request(text, hdfs_folder):
    settings = Settings(runner="inline")
    target = JobTarget(output=f"{hdfs_folder}/out")
    run_job(WordCount, [text], settings, target)
    with pytest.raises(FileExists, match="pass --overwrite"):
        run_job(WordCount, [text], settings, target)
    overwriting = Settings(runner="inline", overwrite=True)
    with pytest.raises(UsageError, match="which the run needs"):
        run_job(WordCount, [text], overwriting, JobTarget(output=hdfs_folder))
    run_job(WordCount, [f"{hdfs_folder}/*.txt", text], overwriting, target)
    assert b'"be"\t4\n' in read(f"{hdfs_folder}/out/part-00000")


@pytest.mark.timeout(120)
def test_a_process_that_has_just_read_can_start_workers(settings, text, hdfs_folder):
    """A forked child would wait on its parent's connection to the DataNode."""
    for number in range(3):
        assert read(text).startswith(b"to be")
        target = JobTarget(output=f"{hdfs_folder}/out-{number}")
        run_job(WordCount, [text], settings, target)
