"""Blocks on disk or in memory: what was written is read, or an error names file and offset."""

from __future__ import annotations

import os

import pytest

from hadoopjobs.core.errors import DataError, PermissionDenied, StorageError
from hadoopjobs.runtime.run_file import OutputPlace, RunFileWriter, Segment, read_segment

PAYLOADS = [b"small", b"", b"large " * 20_000, os.urandom(300_000), b"x"]


@pytest.fixture
def written(tmp_path):
    writer = RunFileWriter(OutputPlace(str(tmp_path / "deep" / "run"), True))
    segments = []
    for _ in range(2):
        segment = writer.segment()
        for payload in PAYLOADS:
            segment.write(payload, 10)
        segments.append(segment.finish())
    writer.close()
    assert writer.disk_bytes == sum(segment.length for segment in segments)
    return segments


def test_segments_are_read_as_they_were_written(written):
    for segment in written:
        assert list(read_segment(segment)) == PAYLOADS
        assert segment.records == 50
    assert written[1].offset == written[0].length


@pytest.mark.parametrize("position", [0, 5, 17, 21, 200])
def test_a_changed_byte_is_noticed(written, position):
    path = written[0].path
    with open(path, "r+b") as file:
        file.seek(position)
        byte = file.read(1)
        file.seek(position)
        file.write(bytes([byte[0] ^ 0x55]))
    with pytest.raises(DataError, match=rf"{path}, offset \d+: a block"):
        list(read_segment(written[0]))
    assert list(read_segment(written[1])) == PAYLOADS


@pytest.mark.parametrize("length", [0, 3, 16, 1000])
def test_a_file_cut_short_is_noticed(written, length):
    os.truncate(written[0].path, length)
    with pytest.raises(DataError, match="cut short"):
        list(read_segment(written[0]))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(StorageError, match="nowhere"):
        list(read_segment(Segment(str(tmp_path / "nowhere"), 0, 10, 1)))


def test_beyond_the_limit_segments_go_to_the_overflow(tmp_path):
    primary, overflow = str(tmp_path / "primary"), str(tmp_path / "overflow")
    writer = RunFileWriter(OutputPlace(primary, False, 10, overflow))
    segments = []
    for payload in (b"first" * 9, b"second", b"third"):
        segment = writer.segment()
        segment.write(payload, 1)
        segments.append(segment.finish())
    writer.close()
    assert [segment.path for segment in segments] == [primary, overflow, overflow]
    assert writer.disk_bytes == writer.overflow_bytes == segments[1].length + segments[2].length
    assert [list(read_segment(segment)) for segment in segments][2] == [b"third"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    place = OutputPlace(str(tmp_path / "file" / "run"), True)
    with pytest.raises((StorageError, PermissionDenied)):
        RunFileWriter(place).segment()
