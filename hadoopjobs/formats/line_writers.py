"""Writers of pairs as lines: JSON, text, values alone, lines as they are. Compressed if asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from hadoopjobs.core.errors import CodecError
from hadoopjobs.core.pairs import Pairs
from hadoopjobs.core.text import text_bytes
from hadoopjobs.formats.base import Batch, Writer
from hadoopjobs.formats.compression import codec_named, open_compressor
from hadoopjobs.formats.convert import to_pairs

LineEncoder = Callable[[Batch], bytes]
"""From a batch to the bytes of its lines."""

_ROWS_AT_ONCE = 8192  # bounds the memory of the text of a large batch


class LineWriter(Writer):
    """Writes each batch by `encode`, through the codec that `options` name."""

    def __init__(self, stream: BinaryIO, options: Mapping[str, Any], encode: LineEncoder) -> None:
        self._sink = open_compressor(stream, codec_named(options.get("compression")))
        self._encode = encode

    def write(self, batch: Batch) -> None:
        for rows in _parts(batch):
            self._sink.write(self._encode(rows))

    def close(self) -> None:
        self._sink.close()


def _parts(batch: Batch) -> Iterator[Batch]:
    for start in range(0, len(batch), _ROWS_AT_ONCE):
        end = start + _ROWS_AT_ONCE
        if isinstance(batch, Pairs):
            yield Pairs(batch.keys[start:end], batch.values[start:end])
        else:
            yield batch.slice(start, _ROWS_AT_ONCE)


def encode_json_pairs(batch: Batch) -> bytes:
    """`key<TAB>value` in JSON; JSON text holds no raw tab, so the first one parts the two."""
    from hadoopjobs.formats.json_text import encode_json_column, json_bytes

    pairs = to_pairs(batch)
    columns = zip(encode_json_column(pairs.keys), encode_json_column(pairs.values))
    return json_bytes("".join([f"{key}\t{value}\n" for key, value in columns]))


def encode_json_values(batch: Batch) -> bytes:
    """One JSON value a line, the value of a pair; of a record batch each row as an object."""
    from hadoopjobs.formats.json_text import encode_json_column, json_bytes

    values = batch.values if isinstance(batch, Pairs) else batch.to_pylist()
    return json_bytes("".join([f"{value}\n" for value in encode_json_column(values)]))


def encode_text_pairs(batch: Batch) -> bytes:
    """As Hadoop's TextOutputFormat: `key<TAB>value`, only one of them where the other is None."""
    pairs = to_pairs(batch)
    return text_bytes("".join([f"{line}\n" for line in map(_text_line, pairs.keys, pairs.values)]))


def encode_text_values(batch: Batch) -> bytes:
    """The values alone, as text."""
    return text_bytes("".join([f"{as_text(value)}\n" for value in to_pairs(batch).values]))


def encode_lines(batch: Batch) -> bytes:
    """Values that are lines already, bytes or text, each with a newline behind it."""
    values = to_pairs(batch).values
    try:
        return b"".join([b"%b\n" % value for value in values])
    except TypeError:
        return b"".join([b"%b\n" % _as_line(value) for value in values])


def _text_line(key: Any, value: Any) -> str:
    if key is None:
        return "" if value is None else as_text(value)
    if value is None:
        return as_text(key)
    return f"{as_text(key)}\t{as_text(value)}"


def as_text(value: Any) -> str:
    """`value` by `str()`, but bytes as the text that they are."""
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "surrogateescape")
    try:
        return str(value)
    except ValueError:  # an int beyond sys.get_int_max_str_digits()
        from hadoopjobs.formats.json_text import encode_json

        return encode_json(value)


def _as_line(value: Any) -> bytes:
    if isinstance(value, str):
        return text_bytes(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    raise CodecError(
        f"format lines writes bytes and text, and got a {type(value).__name__}: "
        "choose format values or json"
    )
