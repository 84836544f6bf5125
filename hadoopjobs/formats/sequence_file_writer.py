"""Hadoop's sequence files, version 6: writing.

Source: source of org.apache.hadoop.io.SequenceFile.
"""

from __future__ import annotations

import secrets
import struct
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, BinaryIO

from hadoopjobs.core.errors import ConfigError
from hadoopjobs.core.writable import sized, vlong
from hadoopjobs.formats.base import Batch, Writer
from hadoopjobs.formats.compression import codec_named, compress_bytes
from hadoopjobs.formats.convert import to_pairs
from hadoopjobs.formats.sequence_file_reader import CODECS, ESCAPE, SYNC_BYTES
from hadoopjobs.formats.writables import (
    Writable,
    writable_for,
    writable_named,
    write_text,
)

_CODEC_CLASSES = {codec: class_name for class_name, codec in reversed(CODECS.items())}
_SYNC_INTERVAL = 100 * 1024  # SequenceFile.SYNC_INTERVAL
_BLOCK_BYTES = 1_000_000  # io.seqfile.compress.blocksize


class SequenceFileWriter(Writer):
    """Classes are those that `options` name, or the natural ones of the first record's types."""

    def __init__(self, stream: BinaryIO, options: Mapping[str, Any]) -> None:
        self._stream = stream
        self._codec = codec_named(options.get("compression"))
        self._kind = options.get("compression_type", "block")
        if self._kind not in ("block", "record"):
            raise ConfigError(
                f"unknown compression_type {self._kind!r}: choose one of block, record"
            )
        self._key = _named(options.get("key_class"))
        self._value = _named(options.get("value_class"))
        self._body: _Body | None = None

    def write(self, batch: Batch) -> None:
        pairs = to_pairs(batch)
        if not len(pairs):
            return
        body = self._body or self._begin(pairs.keys[0], pairs.values[0])
        write_key, write_value = body.key.encode, body.value.encode
        for key, value in zip(pairs.keys, pairs.values, strict=True):
            body.add(write_key(key), write_value(value))

    def close(self) -> None:
        (self._body or self._begin(None, None)).close()

    def _begin(self, first_key: Any, first_value: Any) -> _Body:
        key = self._key or writable_for(first_key)
        value = self._value or writable_for(first_value)
        sync = secrets.token_bytes(SYNC_BYTES)
        in_blocks = self._kind == "block"
        self._stream.write(_header(key, value, self._codec, in_blocks, sync))
        body = _Blocks if self._codec is not None and in_blocks else _Records
        self._body = body(self._stream, key, value, self._codec, sync)
        return self._body


def _named(option: object) -> Writable | None:
    return None if option is None else writable_named(str(option))


def _header(
    key: Writable, value: Writable, codec: str | None, in_blocks: bool, sync: bytes
) -> bytes:
    head = b"SEQ\x06" + write_text(key.class_name) + write_text(value.class_name)
    head += bytes([codec is not None, codec is not None and in_blocks])
    if codec is not None:
        head += write_text(_CODEC_CLASSES[codec])
    return head + struct.pack(">i", 0) + sync  # no metadata


class _Body(ABC):
    """What follows the header."""

    def __init__(
        self, stream: BinaryIO, key: Writable, value: Writable, codec: str | None, sync: bytes
    ) -> None:
        self.key = key
        self.value = value
        self._stream = stream
        self._codec = codec
        self._mark = ESCAPE + sync

    @abstractmethod
    def add(self, key: bytes, value: bytes) -> None: ...

    @abstractmethod
    def close(self) -> None: ...

    def _packed(self, data: bytes) -> bytes:
        return data if self._codec is None else compress_bytes(self._codec, data)


class _Records(_Body):
    """Record by record, a sync marker before the first that begins 100 KiB behind the last."""

    _since_sync = 0

    def add(self, key: bytes, value: bytes) -> None:
        if self._since_sync >= _SYNC_INTERVAL:
            self._stream.write(self._mark)
            self._since_sync = 0
        packed = self._packed(value)
        record = struct.pack(">ii", len(key) + len(packed), len(key)) + key + packed
        self._stream.write(record)
        self._since_sync += len(record)

    def close(self) -> None:
        pass


class _Blocks(_Body):
    """Records gathered to about a megabyte; keys, values and their lengths compressed apart."""

    _size = 0

    def add(self, key: bytes, value: bytes) -> None:
        if not self._size:
            self._keys, self._values = list[bytes](), list[bytes]()
        self._keys.append(key)
        self._values.append(value)
        self._size += len(key) + len(value) + 2
        if self._size >= _BLOCK_BYTES:
            self.close()

    def close(self) -> None:
        """Write the block at hand, if it holds anything."""
        if not self._size:
            return
        self._stream.write(self._mark + vlong(len(self._keys)))
        for items in (self._keys, self._values):
            self._write_buffer(b"".join([vlong(len(item)) for item in items]))
            self._write_buffer(b"".join(items))
        self._size = 0

    def _write_buffer(self, data: bytes) -> None:
        packed = self._packed(data)
        self._stream.write(sized(packed))
