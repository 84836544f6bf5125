"""A job as Hadoop Streaming's own command line says it, and the rules that it follows.

Source: StreamJob, PipeMapRed, PipeMapper and PipeReducer of Hadoop 3.4, and the page "Hadoop
Streaming" of its documentation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

from hadoopjobs.core.errors import ConfigError, UsageError

Encoding: TypeAlias = Literal["text", "typedbytes", "rawbytes", "keyonlytext"]
"""How a record crosses between Hadoop and a command.

text         a line: the key, a separator, the value
typedbytes   key and value, each with a code of its type (package org.apache.hadoop.typedbytes)
rawbytes     key and value, each behind its length in four bytes
keyonlytext  a line, which is the key; there is no value
"""

NONE = "NONE"
"""In place of a reducer: what the mappers write is the result."""
AGGREGATE = "aggregate"
"""In place of a reducer: Hadoop's own library of aggregates (ValueAggregatorReducer)."""

_MAPRED = "org.apache.hadoop.mapred"
_STREAMING = "org.apache.hadoop.streaming"
TEXT_INPUT = f"{_MAPRED}.TextInputFormat"
KEY_VALUE_INPUT = f"{_MAPRED}.KeyValueTextInputFormat"
STREAM_INPUT = f"{_STREAMING}.StreamInputFormat"
TEXT_OUTPUT = f"{_MAPRED}.TextOutputFormat"

_CLASS = re.compile(r"([A-Za-z_]\w*\.)+[A-Z]\w*(\$\w+)*")
_SIMPLE = re.compile(r"[A-Z]\w*")
_KNOWN = {
    "input format": (
        ("TextInputFormat KeyValueTextInputFormat SequenceFileInputFormat", _MAPRED),
        ("SequenceFileAsTextInputFormat SequenceFileAsBinaryInputFormat", _MAPRED),
        (
            "NLineInputFormat CombineTextInputFormat CombineSequenceFileInputFormat",
            f"{_MAPRED}.lib",
        ),
        ("AvroAsTextInputFormat", "org.apache.avro.mapred"),
    ),
    "output format": (
        ("TextOutputFormat SequenceFileOutputFormat", _MAPRED),
        ("SequenceFileAsBinaryOutputFormat MapFileOutputFormat", _MAPRED),
        ("NullOutputFormat MultipleTextOutputFormat", f"{_MAPRED}.lib"),
    ),
    "partitioner": (
        ("HashPartitioner KeyFieldBasedPartitioner", f"{_MAPRED}.lib"),
        ("BinaryPartitioner TotalOrderPartitioner", f"{_MAPRED}.lib"),
    ),
}


@dataclass(frozen=True)
class Streaming:
    """What Hadoop Streaming runs. Commands are split at spaces, and no shell reads them.

    mapper, combiner, reducer  a command, or a Java class; None: nothing of the kind (records pass
                               as they are)
    reduces                    0: what the mappers write is the result
    input_format, …            Java classes, with their packages; None: lines of text, a hash
    libjars                    jars, of this machine or in the cluster's storage
    settings                   what it needs besides
    obeyed                     names of the user's settings that only Java obeys
    """

    mapper: str | None = None
    combiner: str | None = None
    reducer: str | None = None
    reduces: int = 1
    map_input: Encoding = "text"
    map_output: Encoding = "text"
    reduce_input: Encoding = "text"
    reduce_output: Encoding = "text"
    input_format: str | None = None
    output_format: str | None = None
    partitioner: str | None = None
    is_lazy: bool = False
    libjars: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    obeyed: tuple[str, ...] = ()

    @property
    def java(self) -> tuple[str, ...]:
        """What of it only Java can do, in words."""
        named = {"mapper": self.mapper, "combiner": self.combiner, "reducer": self.reducer}
        found = [f"{side} {name}" for side, name in named.items() if name and is_java_class(name)]
        if self.reducer is not None and is_aggregate(self.reducer):
            found.append("reducer aggregate")
        if self.input_format not in (None, TEXT_INPUT, KEY_VALUE_INPUT):
            found.append(f"input format {self.input_format}")
        if self.output_format not in (None, TEXT_OUTPUT):
            found.append(f"output format {self.output_format}")
        if self.partitioner is not None and not self.partitioner.endswith(".lib.HashPartitioner"):
            found.append(f"partitioner {self.partitioner}")
        return (*found, *self.obeyed)


@dataclass(frozen=True)
class JavaClasses:
    """Java classes that a job names for Hadoop, with their packages; None: none but the usual.

    The input format is that of its first stage, the output format that of its last.
    """

    input_format: str | None = None
    output_format: str | None = None
    partitioner: str | None = None
    libjars: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.input_format or self.output_format or self.partitioner)

    @property
    def named(self) -> str:
        """The classes, for people."""
        found = {"input format": self.input_format, "output format": self.output_format}
        found["partitioner"] = self.partitioner
        return " and ".join(f"{kind} {name}" for kind, name in found.items() if name)


NO_JAVA = JavaClasses()

_SETTINGS = {
    "input format": ("mapred.input.format.class", "mapreduce.job.inputformat.class"),
    "output format": ("mapred.output.format.class", "mapreduce.job.outputformat.class"),
    "partitioner": ("mapred.partitioner.class", "mapreduce.job.partitioner.class"),
}
_USUAL = (TEXT_INPUT, TEXT_OUTPUT, f"{_MAPRED}.lib.HashPartitioner")


def java_classes(
    settings: Mapping[str, str],
    *,
    input_format: str | None = None,
    output_format: str | None = None,
    partitioner: str | None = None,
    libjars: tuple[str, ...] = (),
) -> JavaClasses:
    """Those that are named, else those of a job's settings.

    Raises `UsageError` for a name that can be none, and for classes of Hadoop's newer API.

    >>> java_classes({"mapred.input.format.class": "a.B"}, output_format="TextOutputFormat").named
    'input format a.B'
    """

    def found(name: str | None, kind: str) -> str | None:
        for key in _SETTINGS[kind]:
            name = name or settings.get(key)
        full = class_name(name, kind) if name else None
        return None if full in _USUAL else full

    return JavaClasses(
        found(input_format, "input format"),
        found(output_format, "output format"),
        found(partitioner, "partitioner"),
        libjars,
    )


def is_java_class(program: str) -> bool:
    """Whether a mapper or reducer is a class, by its looks: Hadoop's client tries to load it.

    >>> is_java_class("org.apache.hadoop.mapred.lib.IdentityMapper"), is_java_class("./Map.py")
    (True, False)
    """
    return _CLASS.fullmatch(program) is not None


def is_aggregate(reducer: str) -> bool:
    return reducer.lower() == AGGREGATE


def class_name(text: str, kind: str) -> str:
    """The Java class that a user calls `text`; `kind` is a key of the table above.

    As Hadoop's client, names without a package are looked for among the well-known ones and else
    in Streaming's own package. Raises `UsageError` for what cannot be one, and for classes of the
    newer API, which Streaming does not use.

    >>> class_name("KeyFieldBasedPartitioner", "partitioner")
    'org.apache.hadoop.mapred.lib.KeyFieldBasedPartitioner'
    """
    if _SIMPLE.fullmatch(text):
        for names, package in _KNOWN[kind]:
            if text in names.split():
                return f"{package}.{text}"
        return f"{_STREAMING}.{text}"
    if not is_java_class(text):
        raise UsageError(f"{kind} {text!r} is no Java class: write package.Class")
    if text.startswith("org.apache.hadoop.mapreduce."):
        old = text.rpartition(".")[2]
        raise UsageError(
            f"{kind} {text} is of Hadoop's newer API, and Streaming uses the older one: is there "
            f"a {_MAPRED}.{old} or {_MAPRED}.lib.{old}?"
        )
    return text


def encoding_named(text: str, what: str) -> Encoding:
    """Raises `ConfigError` for a name that is none; `what` says where it stands."""
    if text.lower() not in get_args(Encoding):
        raise ConfigError(f"{what} is {text!r}: choose one of {', '.join(get_args(Encoding))}")
    return cast("Encoding", text.lower())


def encodings(settings: Mapping[str, str], io: str | None) -> dict[str, Encoding]:
    """The four fields of `Streaming`; `io` (-io) wins over stream.map.input and so on."""
    found = {}
    for name in ("map_input", "map_output", "reduce_input", "reduce_output"):
        key = f"stream.{name.replace('_', '.')}"
        found[name] = encoding_named(io or settings.get(key) or "text", "-io" if io else key)
    return found


def command_words(command: str) -> list[str]:
    """The words of a command as Streaming splits it: at spaces, quotes of both kinds kept together.

    A quote ends a word wherever it stands, and a backslash is a character like others.
    Source: PipeMapRed.splitArgs.

    >>> command_words("awk '{print $1}'  -F\\"x y\\"")
    ['awk', '{print $1}', '-F', 'x y']
    """
    words, word, quote = [], "", ""
    for char in command:
        is_end = char == quote if quote else char in "'\" "
        if not is_end:
            word += char
            continue
        quote = "" if quote or char == " " else char
        if word:
            words.append(word)
        word = ""
    return [*words, word] if word else words


def command_of(words: Sequence[str]) -> str | None:
    """A command that Streaming splits into `words`; None if there is none.

    >>> command_of(["awk", "{print $1}"]), command_of(["echo", ""])
    ('awk "{print $1}"', None)
    """
    quoted = [_quoted(word) for word in words]
    return None if None in quoted else " ".join(word for word in quoted if word)


def _quoted(word: str) -> str | None:
    if not word or ("'" in word and '"' in word):
        return None
    quote = "'" if '"' in word else '"'
    return f"{quote}{word}{quote}" if set(word) & set(" '\"") else word


def split_key(line: bytes, separator: bytes, fields: int) -> tuple[bytes, bytes]:
    """Key and value of a line: the key ends at separator number `fields`, or is all of the line.

    Source: TextOutputReader.splitKeyVal.

    >>> split_key(b"a.b.c", b".", 2), split_key(b"a", b".", 1)
    ((b'a.b', b'c'), (b'a', b''))
    """
    if fields <= 1:
        key, _, value = line.partition(separator)
        return key, value
    parts = line.split(separator, fields)
    if len(parts) <= fields:
        return line, b""
    return separator.join(parts[:fields]), parts[fields]


def hash_partition(key: bytes, partitions: int) -> int:
    """Where Hadoop's HashPartitioner puts a key of one of the classes whose content is bytes.

    Source: WritableComparator.hashBytes, HashPartitioner.
    """
    found = 1
    for byte in key:
        found = (31 * found + byte - ((byte & 0x80) << 1)) & 0xFFFFFFFF
    return (found & 0x7FFFFFFF) % partitions
