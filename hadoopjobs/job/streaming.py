"""Front end for Hadoop Streaming's own command line: commands as mapper, combiner and reducer.

A plan says it twice: as operators that do what Hadoop would, for runners without one, and as
`Streaming`, for Hadoop itself.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from hadoopjobs.core.dataset import DatasetRef, Options
from hadoopjobs.core.errors import ConfigError, UsageError
from hadoopjobs.core.functions import UserCode
from hadoopjobs.core.hadoop_names import current_name
from hadoopjobs.core.streaming import (
    KEY_VALUE_INPUT,
    NONE,
    STREAM_INPUT,
    TEXT_INPUT,
    Encoding,
    Streaming,
    class_name,
    command_words,
    encodings,
    is_aggregate,
    is_java_class,
)
from hadoopjobs.job.streaming_sides import (
    Final,
    Mapper,
    Reducer,
    Side,
    function,
    key_bytes,
    partition,
)
from hadoopjobs.job.streaming_wire import KINDS, Kind, Wire
from hadoopjobs.logical.operators import (
    Grouping,
    LogicalPlan,
    MapRecords,
    ReduceGroups,
    Scan,
    Write,
)
from hadoopjobs.logical.program import Program

_REDUCES = "mapreduce.job.reduces"
_SEPARATOR = "mapreduce.output.textoutputformat.separator"
_OBEYED_BY_JAVA = (
    "mapreduce.job.output.key.comparator.class",
    "mapreduce.job.output.group.comparator.class",
    "textinputformat.record.delimiter",
)
_COMPRESS = "mapreduce.output.fileoutputformat.compress"
_CODECS = {
    "DefaultCodec": "deflate",
    "DeflateCodec": "deflate",
    "GzipCodec": "gzip",
    "BZip2Codec": "bzip2",
    "SnappyCodec": "snappy",
    "Lz4Codec": "lz4",
    "ZStandardCodec": "zstd",
}
_INPUT_SEPARATOR = "mapreduce.input.keyvaluelinerecordreader.key.value.separator"


@dataclass(frozen=True)
class StreamingCall:
    """The options of the command line, as written; `files` are (path, name, kind) of side files."""

    inputs: tuple[str, ...]
    output: str | None = None
    mapper: str | None = None
    combiner: str | None = None
    reducer: str | None = None
    reduces: str | None = None
    io: str | None = None
    input_format: str | None = None
    output_format: str | None = None
    partitioner: str | None = None
    input_reader: str | None = None
    is_lazy: bool = False
    libjars: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    files: tuple[tuple[str, str, str], ...] = ()
    shipped: tuple[str, ...] = ()


def plan_streaming(call: StreamingCall) -> Program:
    """The program of a call; `Program.streaming` is what Hadoop gets.

    Raises `UsageError` for what Streaming could not run either.
    """
    settings = {current_name(key): value for key, value in call.settings.items()}
    streaming = _streaming(call, settings)
    plan = _Plan(streaming, settings).plan(call)
    return Program(
        plan,
        settings.get("mapreduce.job.name", "streaming"),
        settings=tuple(sorted({**call.settings, **_reader_settings(call)}.items())),
        environment=tuple(call.environment.items()),
        side_files=call.files,
        streaming=streaming,
    )


def _streaming(call: StreamingCall, settings: Mapping[str, str]) -> Streaming:
    reduces = _number(call.reduces or settings.get(_REDUCES) or "1", "-numReduceTasks")
    is_map_only = call.reducer == NONE or reduces == 0
    mapper, combiner, reducer = (
        _unqualified(command, call.shipped)
        for command in (call.mapper, call.combiner, call.reducer)
    )
    wires = encodings(settings, call.io)
    streaming = Streaming(
        mapper=mapper,
        combiner=None if is_map_only else combiner,
        reducer=None if is_map_only else reducer,
        reduces=0 if is_map_only else reduces,
        input_format=_input_format(call),
        output_format=call.output_format and class_name(call.output_format, "output format"),
        partitioner=call.partitioner and class_name(call.partitioner, "partitioner"),
        is_lazy=call.is_lazy,
        libjars=call.libjars,
        obeyed=tuple(key for key in _OBEYED_BY_JAVA if settings.get(key)),
        map_input=wires["map_input"],
        map_output=wires["map_output"],
        reduce_input=wires["reduce_input"],
        reduce_output=wires["reduce_output"],
    )
    if streaming.mapper is None and streaming.input_format in (None, TEXT_INPUT):
        raise UsageError(
            "there is no -mapper, and so Hadoop would pass on the offset of each line as its key: "
            "-mapper cat passes lines on"
        )
    return streaming


def _input_format(call: StreamingCall) -> str | None:
    """As StreamJob.setJobConf: a record reader needs the format that asks for it."""
    if call.input_format is None:
        return None if call.input_reader is None else STREAM_INPUT
    found = class_name(call.input_format, "input format")
    readers_own = (KEY_VALUE_INPUT, "org.apache.hadoop.mapred.SequenceFileInputFormat")
    return STREAM_INPUT if call.input_reader is not None and found in readers_own else found


def _reader_settings(call: StreamingCall) -> dict[str, str]:
    """`-inputreader CLASS,key=value,…`."""
    if call.input_reader is None:
        return {}
    reader, *pairs = call.input_reader.split(",")
    found = {"stream.recordreader.class": class_name(reader, "input format")}
    for pair in pairs:
        key, _, value = pair.partition("=")
        found[f"stream.recordreader.{key}"] = value
    return found


def _unqualified(command: str | None, shipped: tuple[str, ...]) -> str | None:
    """A program that goes along by `-file` is called by its name alone."""
    if command is None:
        return None
    if not command_words(command):
        raise UsageError(f"{command!r} is no command")
    program, space, arguments = command.partition(" ")
    if os.path.realpath(program) in {os.path.realpath(path) for path in shipped}:
        program = os.path.basename(program)
    return program + space + arguments


def _number(text: str, what: str) -> int:
    if not text.isdecimal():
        raise ConfigError(f"{what} {text!r} is not a number of reduce tasks")
    return int(text)


def _compression(settings: Mapping[str, str]) -> Options:
    """The option of our formats that stands for what FileOutputFormat is told."""
    if settings.get(_COMPRESS, "").lower() != "true":
        return ()
    codec = settings.get(f"{_COMPRESS}.codec", "DefaultCodec").rpartition(".")[2]
    if codec not in _CODECS:
        raise UsageError(f"{_COMPRESS}.codec is {codec}: choose one of {', '.join(_CODECS)}")
    return (("compression", _CODECS[codec]),)


class _Plan:
    """The operators that do what Hadoop does."""

    def __init__(self, streaming: Streaming, settings: Mapping[str, str]) -> None:
        self._streaming = streaming
        self._settings = settings
        self._final_separator = self._bytes(_SEPARATOR)
        self._accepts_failure = settings.get("stream.non.zero.exit.is.failure") == "false"

    def plan(self, call: StreamingCall) -> Write:
        streaming = self._streaming
        source = DatasetRef(call.inputs or ("-",), "hadoop_text")
        node: LogicalPlan = MapRecords(Scan(source, "pairs"), self._mapper())
        if streaming.reduces:
            node = ReduceGroups(node, self._reducer(), self._combiner(), self._grouping())
        target = () if call.output is None else (call.output,)
        return Write(node, DatasetRef(target, "lines", _compression(self._settings)))

    def _mapper(self) -> UserCode:
        streaming = self._streaming
        is_keyed = streaming.input_format == KEY_VALUE_INPUT
        skips = (
            self._settings.get("stream.map.input.ignoreKey", str(not is_keyed)).lower() == "true"
        )
        wire = self._wire("map", streaming.map_input, streaming.map_output, skips_key=skips)
        kinds: tuple[Kind, Kind] = ("text", "text") if is_keyed else ("long", "text")
        mapped = kinds if streaming.mapper is None else KINDS[streaming.map_output]
        final = None if streaming.reduces else Final(mapped, self._final_separator)
        separator = self._bytes(_INPUT_SEPARATOR)[:1] if is_keyed else None
        side = self._side(streaming.mapper, wire, kinds, final)
        return _packed(Mapper(side, separator), "mapper", streaming.mapper)

    def _reducer(self) -> UserCode:
        streaming = self._streaming
        kinds = KINDS[streaming.map_output]
        written = kinds if streaming.reducer is None else KINDS[streaming.reduce_output]
        final = Final(written, self._final_separator)
        side = self._side(streaming.reducer, self._reduce_wire(), kinds, final)
        return _packed(Reducer(side), "reducer", streaming.reducer)

    def _combiner(self) -> UserCode | None:
        command = self._streaming.combiner
        if command is None:
            return None
        side = self._side(command, self._reduce_wire(), KINDS[self._streaming.map_output], None)
        return _packed(Reducer(side), "combiner", command)

    def _reduce_wire(self) -> Wire:
        streaming = self._streaming
        return self._wire("reduce", streaming.reduce_input, streaming.reduce_output)

    def _grouping(self) -> Grouping:
        return Grouping(
            partitions=self._streaming.reduces,
            key_bytes=UserCode.pack(key_bytes, "bytes"),
            partitioner=UserCode.pack(partition, "HashPartitioner"),
        )

    def _side(
        self, command: str | None, wire: Wire, kinds: tuple[Kind, Kind], final: Final | None
    ) -> Side:
        if command is not None and (is_java_class(command) or is_aggregate(command)):
            command = None  # no runner but Hadoop gets as far
        return Side(command, wire, kinds, final, self._accepts_failure)

    def _wire(
        self, side: str, reads: Encoding, writes: Encoding, *, skips_key: bool = False
    ) -> Wire:
        fields = self._settings.get(f"stream.num.{side}.output.key.fields", "1")
        return Wire(
            reads,
            writes,
            self._bytes(f"stream.{side}.input.field.separator"),
            self._bytes(f"stream.{side}.output.field.separator"),
            _number(fields, f"stream.num.{side}.output.key.fields"),
            skips_key,
        )

    def _bytes(self, key: str) -> bytes:
        return self._settings.get(key, "\t").encode("utf-8", "surrogateescape")


def _packed(stream: Mapper | Reducer, name: str, command: str | None) -> UserCode:
    return UserCode.pack(function(stream), f"{name}: {command}" if command else f"no {name}")
