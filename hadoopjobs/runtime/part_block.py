"""The payload of a block of a stage's intermediate output: `Pairs` or an Arrow record batch."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, cast

from hadoopjobs.core.codec import pack, unpack
from hadoopjobs.core.errors import DataError
from hadoopjobs.core.pairs import Pairs

if TYPE_CHECKING:
    import pyarrow as pa

_PAIRS, _ARROW = 0, 1
_HEAD = struct.Struct("<BI")


def pack_part(batch: Pairs | pa.RecordBatch) -> bytes:
    if isinstance(batch, Pairs):
        keys = pack(batch.keys)
        return b"".join((_HEAD.pack(_PAIRS, len(keys)), keys, pack(batch.values)))
    return _HEAD.pack(_ARROW, 0) + arrow_bytes(batch)


def unpack_part(payload: bytes) -> Pairs | pa.RecordBatch:
    kind, keys_length = _HEAD.unpack_from(payload)
    body = memoryview(payload)[_HEAD.size :]
    if kind == _PAIRS:
        return Pairs(unpack(body[:keys_length]), unpack(body[keys_length:]))
    if kind == _ARROW:
        return arrow_batch(body)
    raise DataError(f"a block of unknown kind {kind}")


def arrow_bytes(batch: pa.RecordBatch) -> bytes:
    """`batch` with its schema, as an Arrow IPC stream."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return cast("bytes", sink.getvalue().to_pybytes())


def arrow_batch(payload: Any) -> pa.RecordBatch:
    import pyarrow as pa

    return pa.ipc.open_stream(pa.py_buffer(payload)).read_next_batch()
