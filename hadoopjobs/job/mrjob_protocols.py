"""What mrjob's protocols do between two steps, without the text where that gives the same.

Records that both sides would write and read as JSON stay Python objects, made what reading the
JSON would have made of them. All other protocols are called, and records travel as their lines.
"""

from __future__ import annotations

import json
import json.encoder
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat, starmap
from typing import Any

from hadoopjobs.core.pairs import Key, Value
from hadoopjobs.job.mrjob_loader import StandardJSONProtocol, TextValueProtocol

Pairs = Iterable[tuple[Key, Value]]
Read = Callable[[bytes], tuple[Key, Value]]
Write = Callable[[Key, Value], bytes]

JSON_SCALARS: frozenset[type] = frozenset({str, int, float, bool, type(None)})
_PLAIN_JSON: tuple[Any, ...] = (StandardJSONProtocol.read, StandardJSONProtocol.write)
_PLAIN_TEXT: Any = TextValueProtocol.read
_json = StandardJSONProtocol()


def _make_encoder() -> Callable[[Any, int], Iterable[str]]:
    """What `json.dumps` uses inside; the same arguments, but no check for circles."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return lambda value, _: (json.dumps(value),)
    default, text = json.JSONEncoder().default, json.encoder.encode_basestring_ascii
    encode: Callable[[Any, int], Iterable[str]]
    encode = make(None, default, text, None, ": ", ", ", False, False, True)
    return encode


_encode = _make_encoder()
_encode_text = json.encoder.encode_basestring_ascii


def is_plain_json(function: Any) -> bool:
    """Whether a protocol's `read` or `write` is that of mrjob's JSONProtocol over Python's json.

    Other JSON libraries have texts of their own, and a subclass may do as it likes.
    """
    owner = getattr(function, "__self__", None)
    return type(owner) is StandardJSONProtocol and function.__func__ in _PLAIN_JSON


def is_plain_text(function: Any) -> bool:
    """Whether a protocol's `read` is that of mrjob's default input protocol."""
    owner = getattr(function, "__self__", None)
    return type(owner) is TextValueProtocol and function.__func__ is _PLAIN_TEXT


def normalise(value: Value) -> Value:
    """`value` as it reads after it was written as JSON: tuples are lists, keys of dicts strings.

    Always a copy. Raises what json raises for a value that it cannot write.

    >>> normalise({"a": (1, 2.5), 3: None})
    {'a': [1, 2.5], '3': None}
    """
    try:
        return _normalise(value)
    except RecursionError:
        return _through_json(value)


def _normalise(value: Value) -> Value:
    kind = value.__class__
    if kind in JSON_SCALARS:
        return value
    if kind is tuple or kind is list:
        return [item if item.__class__ in JSON_SCALARS else _normalise(item) for item in value]
    if kind is dict and all(key.__class__ is str for key in value):
        return {key: _normalise(item) for key, item in value.items()}
    return _through_json(value)


def _through_json(value: Value) -> Value:
    return _json._loads(_json._dumps(value))


def json_text(value: Value) -> str:
    """What `json.dumps` gives, sooner: it makes an encoder for each call.

    A value that holds itself raises `RecursionError`, not json's `ValueError`.

    >>> json_text(["é", 1, None])
    '["\\\\u00e9", 1, null]'
    """
    return "".join(_encode(value, 0))


_encode_rows = json.JSONEncoder(check_circular=False, separators=("\n", ": ")).encode


def json_bytes(values: Sequence[Value]) -> list[bytes]:
    """The JSON of each, by which mrjob sorts keys and, on request, values.

    Scalars are encoded all at once, a line each: JSON has no newline within a text. Texts of
    plain letters, as words are, just get their quotes.
    """
    kinds = set(map(type, values))
    if kinds == {str} and _is_plain("".join(values)):
        return f'"{_BETWEEN.join(values)}"'.encode().split(b"\n")
    if JSON_SCALARS.issuperset(kinds):
        return _encode_rows(values)[1:-1].encode().split(b"\n") if values else []
    return ["".join(_encode(value, 0)).encode() for value in values]


_BETWEEN = '"\n"'


def _is_plain(text: str) -> bool:
    """Whether JSON writes every character of `text` as it is."""
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text


def write_json(key: Key, value: Value) -> bytes:
    """The same bytes as `StandardJSONProtocol().write(key, value)`."""
    if key.__class__ is str and value.__class__ is int:
        return f"{_encode_text(key)}\t{value}".encode()
    try:
        return f"{json_text(key)}\t{json_text(value)}".encode()
    except (TypeError, ValueError, RecursionError):
        return bytes(_json.write(key, value))  # raises where the reader knows the names


def line_writer(write: Callable[[Key, Value], Any]) -> Write:
    """A protocol's `write`, or what gives the same bytes sooner.

    What is no bytes raises `TypeError`, as when mrjob writes it.
    """
    if is_plain_json(write):
        return write_json
    return lambda key, value: as_line(write(key, value))


def read_all(read: Read, lines: Iterable[bytes]) -> Iterator[tuple[Key, Value]]:
    """What `read` makes of each line; line ends are stripped as mrjob strips them."""
    return (read(line.rstrip(b"\r\n")) for line in lines)


def output_lines(write: Write, pairs: Pairs) -> Iterator[tuple[None, bytes]]:
    """Each pair as a line of the job's output, under no key."""
    return zip(repeat(None), starmap(write, pairs))


def keyed_lines(write: Write, pairs: Pairs) -> Iterator[tuple[bytes, bytes]]:
    """Each pair as a line under its key bytes; a line with a newline inside counts as several."""
    for key, value in pairs:
        line = write(key, value)
        if b"\n" in line:
            yield from key_lines(line.split(b"\n"))
        else:
            yield line.partition(b"\t")[0], line


def key_lines(lines: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Each line under the bytes before its first tab, by which mrjob sorts."""
    return ((line.partition(b"\t")[0], line) for line in lines)


def as_line(written: Any) -> bytes:
    """What a protocol wrote, as bytes that nobody will change; raises `TypeError` for text."""
    return written if written.__class__ is bytes else bytes(memoryview(written))


def same_bytes(keys: Sequence[bytes]) -> list[bytes]:
    """Lines and their keys sort as they are."""
    return list(keys)


def bytes_before_tab(keys: Sequence[bytes]) -> list[bytes]:
    """Keys as they sort when whole lines are sorted, as mrjob does for SORT_VALUES."""
    return [key + b"\t" for key in keys]
