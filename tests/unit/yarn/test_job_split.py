"""Against what Hadoop's own client wrote for two files of 51,000 bytes in 16 KiB blocks."""

from __future__ import annotations

from pathlib import Path

from hadoopjobs.yarn import InputSplit
from hadoopjobs.yarn.job_split import split_files

JAVA = Path(__file__).parents[2] / "data" / "job_split"
FOLDER = "hdfs://127.0.0.1:8020/user/root/yarn-golden"


def test_the_files_are_those_of_the_java_client() -> None:
    ranges = [(0, 16384), (16384, 16384), (32768, 16384)]
    names = ("ü b.txt", "a.txt")
    whole = [InputSplit(f"{FOLDER}/{name}", *r, ("localhost",)) for name in names for r in ranges]
    last = [InputSplit(f"{FOLDER}/{name}", 49152, 1848, ("localhost",)) for name in names]
    split, meta = split_files([*whole, *last])
    assert split == (JAVA / "job.split").read_bytes()
    assert meta == (JAVA / "job.splitmetainfo").read_bytes()


def test_no_splits_and_no_hosts() -> None:
    assert split_files([]) == (b"SPL\0\0\0\1", b"META-SPL\1\0")
    _, meta = split_files([InputSplit("hdfs://n/a", 0, 5)])
    assert meta == b"META-SPL\1\1\0\7\5"


def test_no_more_hosts_than_hadoop_takes() -> None:
    _, meta = split_files([InputSplit("hdfs://n/a", 0, 5, tuple(f"h{n}" for n in range(30)))])
    assert meta[10] == 10
