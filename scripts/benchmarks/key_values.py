"""Writes rows of a key and a number, the same bytes for the same arguments.

A key is `id` and ten digits; keys are drawn uniformly. A value is a number below 10,000,
in text with its zeros. A row takes 24 bytes, as text (key, tab, value, newline) and about that
as Parquet (plain, not compressed). FILE.json beside FILE says how many rows there are, from how
many keys they were drawn, and the sum of all values.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROW_BYTES = 24
ROWS_PER_CHUNK = 1 << 20
KEY_BYTES, DIGITS = 12, 10


def digit_table() -> np.ndarray:
    """The numbers from 0 to 99,999 as five digits each."""
    return np.char.zfill(np.arange(100_000).astype("S5"), 5).view("u1").reshape(-1, 5)


def key_bytes(keys: np.ndarray, digits: np.ndarray) -> np.ndarray:
    """One row of 12 bytes a key."""
    text = np.empty((len(keys), KEY_BYTES), "u1")
    text[:, :2] = np.frombuffer(b"id", "u1")
    text[:, 2:7] = digits[keys // 100_000]
    text[:, 7:] = digits[keys % 100_000]
    return text


def chunks(rows: int, keys: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Key numbers and values."""
    random = np.random.Generator(np.random.PCG64(seed))
    for start in range(0, rows, ROWS_PER_CHUNK):
        size = min(ROWS_PER_CHUNK, rows - start)
        yield random.integers(0, keys, size), random.integers(0, 10_000, size)


def text_rows(keys: np.ndarray, values: np.ndarray) -> bytes:
    text = np.empty((len(keys), ROW_BYTES), "u1")
    text[:, :KEY_BYTES] = keys
    text[:, KEY_BYTES] = ord("\t")
    text[:, KEY_BYTES + 1 : -1] = ord("0")
    text[:, -6:-1] = digit_table()[values]
    text[:, -1] = ord("\n")
    return text.tobytes()


def string_column(keys: np.ndarray) -> pa.Array:
    offsets = np.arange(len(keys) + 1, dtype=np.int32) * KEY_BYTES
    return pa.StringArray.from_buffers(len(keys), pa.py_buffer(offsets), pa.py_buffer(keys))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--megabytes", type=float, required=True, help="size; 1 MB is 10**6 bytes")
    parser.add_argument("--keys", type=int, required=True, help="how many different keys")
    parser.add_argument("--format", choices=("text", "parquet"), required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    rows, total, digits = int(options.megabytes * 1e6 / ROW_BYTES), 0, digit_table()
    schema = pa.schema([("key", pa.string()), ("value", pa.int64())])
    with open(options.output, "wb") as out:
        writer = None
        if options.format == "parquet":
            writer = pq.ParquetWriter(out, schema, compression="none", use_dictionary=False)
        for numbers, values in chunks(rows, options.keys, options.seed):
            total += int(values.sum())
            keys = key_bytes(numbers, digits)
            if writer is None:
                out.write(text_rows(keys, values))
            else:
                writer.write_table(pa.table([string_column(keys), pa.array(values)], schema))
        if writer is not None:
            writer.close()
    facts = {"rows": rows, "keys": options.keys, "total": total}
    Path(f"{options.output}.json").write_text(json.dumps(facts))


if __name__ == "__main__":
    main()
