from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.formats import plan_splits, read_split


def records(path: Path, split_bytes: int = 1 << 20) -> list[tuple[int, bytes]]:
    splits = plan_splits(DatasetRef((str(path),), "hadoop_text"), split_bytes)
    batches = [batch for split in splits for batch in read_split(split)]
    return [pair for batch in batches for pair in zip(batch.keys, batch.values, strict=True)]


def test_every_kind_of_line_end_counts(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes(b"a\r\nb\rc\n\n\rd")
    assert records(path) == [(0, b"a"), (3, b"b"), (5, b"c"), (7, b""), (8, b""), (9, b"d")]


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes(b"\xef\xbb\xbfa\nb\n")
    assert records(path) == [(0, b"a"), (5, b"b")]


@given(st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\r\n"])), st.integers(1, 9))
def test_splits_change_nothing(tmp_path_factory, pieces: list[bytes], size: int) -> None:
    path = tmp_path_factory.mktemp("text") / "text"
    path.write_bytes(b"".join(pieces))
    assert records(path, size) == records(path)
