"""The output folder of a run on Hadoop is absent or complete, and replaces outputs of jobs only."""

from __future__ import annotations

import pytest

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import FileExists, UsageError
from hadoopjobs.runners.hadoop_output import ClusterOutput
from hadoopjobs.storage import filesystem_for

pytestmark = pytest.mark.cluster


def output_at(uri: str, *, overwrite: bool = False) -> ClusterOutput:
    return ClusterOutput(DatasetRef((uri,), "text"), overwrite)


def write(uri: str, content: bytes) -> None:
    with filesystem_for(uri).open_write(uri) as file:
        file.write(content)


def publish(uri: str, content: bytes, *, overwrite: bool = False) -> None:
    output = output_at(uri, overwrite=overwrite)
    output.prepare([])
    write(f"{output.folder}/part-00000", content)
    output.publish()
    output.abandon()


def below(uri: str) -> list[str]:
    return [status.uri.removeprefix(uri) for status in filesystem_for(uri).walk(uri)]


def test_what_is_abandoned_leaves_no_folder(hdfs_folder):
    output = output_at(f"{hdfs_folder}/new/deep/o ut")
    output.prepare([])
    write(f"{output.folder}/part-00000", b"half")
    output.abandon()
    assert below(hdfs_folder) == []


def test_a_new_output_takes_the_place_of_the_old(hdfs_folder):
    publish(f"{hdfs_folder}/o ut", b"old")
    publish(f"{hdfs_folder}/o ut", b"new", overwrite=True)
    assert below(hdfs_folder) == ["/o ut", "/o ut/part-00000"]
    with filesystem_for(hdfs_folder).open_read(f"{hdfs_folder}/o ut/part-00000") as file:
        assert file.read() == b"new"


def test_what_may_not_be_overwritten(hdfs_folder):
    out = f"{hdfs_folder}/out"
    publish(out, b"old")
    with pytest.raises(FileExists, match="remove it or pass --overwrite"):
        output_at(out).prepare([])
    with pytest.raises(UsageError, match="the job reads"):
        output_at(out, overwrite=True).prepare([f"{out}/part-00000"])
    write(f"{out}/mine.txt", b"")
    with pytest.raises(UsageError, match=r"no job wrote 'mine\.txt'"):
        output_at(out, overwrite=True).prepare([])
    with pytest.raises(UsageError, match="it is not a folder"):
        output_at(f"{out}/mine.txt", overwrite=True).prepare([])
    assert below(hdfs_folder) == ["/out", "/out/mine.txt", "/out/part-00000"]
