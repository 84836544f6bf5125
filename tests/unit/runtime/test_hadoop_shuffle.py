"""The wire between map and reduce tasks on Hadoop: what is lost, twice or out of order is found."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadoopjobs.core.errors import DataError
from hadoopjobs.runtime import hadoop_shuffle
from hadoopjobs.runtime.hadoop_shuffle import Arrivals, salt, send_runs
from hadoopjobs.runtime.run_file import OutputPlace, RunFileWriter, read_segment

Records = list[tuple[bytes, bytes]]


def binary_partition(key: bytes, partitions: int) -> int:
    """What BinaryPartitioner makes of the first four bytes, in Java's arithmetic of 32 bits."""
    value = 1
    for byte in key[:4]:
        value = (31 * value + (byte - 256 if byte > 127 else byte)) & 0xFFFFFFFF
    return (value & 0x7FFFFFFF) % partitions


@given(st.integers(1, 5000), st.data())
def test_salt_leads_to_its_partition(partitions, data):
    partition = data.draw(st.integers(0, partitions - 1))
    assert binary_partition(salt(partition, partitions), partitions) == partition


def sent(tmp_path, map_task: int, blocks: list[list[bytes]], partitions: int = 1) -> Records:
    """The records of a map task that wrote a run of each list of blocks into partition 0."""
    writer = RunFileWriter(OutputPlace(str(tmp_path / f"runs-{map_task}"), True))
    segments = []
    for run in blocks:
        segment = writer.segment()
        for block in run:
            segment.write(block, 1)
        segments.append(segment.finish())
    writer.close()
    stream = io.BytesIO()
    outputs = [segments, *([] for _ in range(partitions - 1))]
    send_runs(stream, map_task, outputs, {"task": map_task})
    return list(hadoop_shuffle._records(io.BytesIO(stream.getvalue())))


def arrived(tmp_path, records: Records, maps: int) -> Arrivals:
    """As Hadoop hands them over: sorted by their keys."""
    stream = b"".join(
        struct.pack(">i", len(part)) + part for record in sorted(records) for part in record
    )
    arrivals = Arrivals(str(tmp_path / "arrivals"), maps)
    arrivals.take(io.BytesIO(stream))
    return arrivals


def test_runs_arrive_whole_and_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr(hadoop_shuffle, "PIECE_BYTES", 10)
    records = sent(tmp_path, 0, [[b"a" * 700, b"b"], [b"c"]]) + sent(tmp_path, 1, [[b"d"]])
    found = arrived(tmp_path, records, 2)
    assert [list(read_segment(s)) for s in found.segments] == [[b"a" * 700, b"b"], [b"c"], [b"d"]]
    assert [segment.records for segment in found.segments] == [2, 1, 1]
    assert found.told == [{"task": 0}, {"task": 1}]


def test_what_is_told_goes_to_one_partition(tmp_path):
    markers = [value for _, value in sent(tmp_path, 0, [], partitions=3)]
    assert [b"told" in marker for marker in markers] == [True, False, False]


def test_a_map_task_without_its_marker_is_missed(tmp_path):
    records = sent(tmp_path, 0, [[b"a"]]) + sent(tmp_path, 1, [[b"b"]])[:-1]
    with pytest.raises(DataError, match=r"map task 1 ended before.*1 of 2"):
        arrived(tmp_path, records, 2)


def test_a_lost_piece_is_missed(tmp_path, monkeypatch):
    monkeypatch.setattr(hadoop_shuffle, "PIECE_BYTES", 10)
    records = sent(tmp_path, 0, [[b"a" * 30]])
    with pytest.raises(DataError, match="piece 1 of run 0 of map task 0 is missing"):
        arrived(tmp_path, [*records[:1], *records[2:]], 1)
    (tmp_path / "arrivals").unlink()
    with pytest.raises(DataError, match="run 0 of map task 0 has 40 bytes instead of 46"):
        arrived(tmp_path, [*records[:4], records[-1]], 1)


def test_a_piece_that_comes_twice_is_refused(tmp_path):
    records = sent(tmp_path, 0, [[b"a"]])
    with pytest.raises(DataError, match="twice"):
        arrived(tmp_path, [records[0], *records], 1)


@pytest.mark.parametrize("left_over", [1, 5, 21, 25])
def test_a_stream_that_is_cut_is_refused(tmp_path, left_over):
    stream = io.BytesIO()
    send_runs(stream, 0, [[]], None)
    with pytest.raises(DataError):
        Arrivals(str(tmp_path / "arrivals"), 1).take(io.BytesIO(stream.getvalue()[:left_over]))
