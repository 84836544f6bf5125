"""What the tests of formats share: write bytes to a file, read all splits of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hadoopjobs.core.dataset import DatasetRef, as_options
from hadoopjobs.core.errors import DataError
from hadoopjobs.formats import Batch, open_writer, plan_splits, read_split
from hadoopjobs.formats.convert import to_pairs

WHOLE = 1 << 40


def batches(
    path: Path, format_: str, layout: Any = "pairs", split_bytes: int = WHOLE, **options: Any
) -> Iterator[Any]:
    dataset = DatasetRef((str(path),), format_, as_options(options))
    for split in plan_splits(dataset, split_bytes):
        yield from read_split(split, layout, options)


def records(path: Path, format_: str, *args: Any, **options: Any) -> list[tuple[Any, Any]]:
    pairs = map(to_pairs, batches(path, format_, *args, **options))
    return [record for batch in pairs for record in zip(batch.keys, batch.values, strict=True)]


def values(path: Path, format_: str, *args: Any, **options: Any) -> list[Any]:
    return [value for _, value in records(path, format_, *args, **options)]


def write(path: Path, format_: str, *written: Batch, **options: Any) -> Path:
    with path.open("wb") as stream:
        writer = open_writer(format_, stream, options)
        for batch in written:
            writer.write(batch)
        writer.close()
    return path


def is_refused(path: Path, data: bytes, format_: str, expected: list[Any], **options: Any) -> bool:
    """Whether reading `data` failed with a `DataError` that names the file.

    Any other end than that, or exactly the `expected` records, fails the test.
    """
    path.write_bytes(data)
    fault = None
    found = None
    try:
        found = records(path, format_, **options)
    except DataError as error:
        fault = error
    assert fault is not None or found == expected
    assert fault is None or fault.uri == str(path)
    return fault is not None


all_codecs = pytest.mark.parametrize("codec", ["gzip", "bzip2", "zstd", "lz4", "snappy", "deflate"])
