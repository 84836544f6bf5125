"""Settings of a job of Hadoop Streaming, as its own client makes them.

Source: StreamJob, PipeMapRed and the classes of org.apache.hadoop.streaming.io of Hadoop 3.4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote_plus

from hadoopjobs.core.errors import UsageError
from hadoopjobs.core.streaming import (
    TEXT_INPUT,
    TEXT_OUTPUT,
    Encoding,
    is_aggregate,
    is_java_class,
)

_STREAMING = "org.apache.hadoop.streaming"
_MAPRED_LIB = "org.apache.hadoop.mapred.lib"
_TEXT, _NULL = "org.apache.hadoop.io.Text", "org.apache.hadoop.io.NullWritable"
_BYTES = "org.apache.hadoop.io.BytesWritable"
_TYPED = "org.apache.hadoop.typedbytes.TypedBytesWritable"
_WRITABLES = {
    "text": (_TEXT, _TEXT),
    "typedbytes": (_TYPED, _TYPED),
    "rawbytes": (_BYTES, _BYTES),
    "keyonlytext": (_TEXT, _NULL),
}
_NAMES = {
    "text": "Text",
    "typedbytes": "TypedBytes",
    "rawbytes": "RawBytes",
    "keyonlytext": "KeyOnlyText",
}


def streaming_settings(
    mapper: str | None,
    reducer: str | None = None,
    combiner: str | None = None,
    *,
    inputs: Sequence[str] = (),
    output: str | None = None,
    map_input: Encoding = "text",
    map_output: Encoding = "text",
    reduce_input: Encoding | None = None,
    reduce_output: Encoding = "text",
    input_format: str = TEXT_INPUT,
    output_format: str = TEXT_OUTPUT,
    is_lazy: bool = False,
    partitioner: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The settings that run commands, or Java classes, as mapper, reducer and combiner.

    Commands are split at spaces on the node, quotes respected; no shell reads them. Without a
    reducer records pass as they are; `JobSpec.reduces` says whether they are sorted. `reduce_input`
    is by default what the mappers write. A value of `environment` cannot hold spaces.
    """
    reduce_input = reduce_input or map_output
    last = map_output if reducer is None else reduce_output
    settings = {
        "mapred.mapper.new-api": "false",
        "mapred.reducer.new-api": "false",
        "mapred.input.format.class": input_format,
        "mapred.output.format.class": output_format,
        "stream.map.input.writer.class": _writer(map_input),
        "stream.map.output.reader.class": _reader(map_output),
        "stream.reduce.input.writer.class": _writer(reduce_input),
        "stream.reduce.output.reader.class": _reader(reduce_output),
        "stream.addenvironment": _environment(environment or {}),
    }
    if is_lazy:
        settings["mapreduce.output.lazyoutputformat.outputformat"] = output_format
        settings["mapred.output.format.class"] = f"{_MAPRED_LIB}.LazyOutputFormat"
    settings |= _classes("mapreduce.map.output", map_output)
    settings |= _classes("mapreduce.job.output", last)
    settings |= _mapper(mapper) | _reducer(reducer) | _combiner(combiner)
    if inputs:
        settings["mapreduce.input.fileinputformat.inputdir"] = ",".join(map(_escaped, inputs))
    if output is not None:
        settings["mapreduce.output.fileoutputformat.outputdir"] = output
    if partitioner is not None:
        settings["mapred.partitioner.class"] = partitioner
    return settings


def _classes(prefix: str, encoding: Encoding) -> dict[str, str]:
    key, value = _WRITABLES[encoding]
    return {f"{prefix}.key.class": key, f"{prefix}.value.class": value}


def _mapper(program: str | None) -> dict[str, str]:
    if program is None:
        return {}
    if is_java_class(program):
        return {"mapred.mapper.class": program}
    return {
        "mapred.map.runner.class": f"{_STREAMING}.PipeMapRunner",
        "mapred.mapper.class": f"{_STREAMING}.PipeMapper",
        "stream.map.streamprocessor": quote_plus(program),
    }


def _reducer(program: str | None) -> dict[str, str]:
    if program is None:
        return {}
    if is_aggregate(program):
        library = f"{_MAPRED_LIB}.aggregate.ValueAggregator"
        return {
            "mapred.reducer.class": f"{library}Reducer",
            "mapred.combiner.class": f"{library}Combiner",
        }
    if is_java_class(program):
        return {"mapred.reducer.class": program}
    return {
        "mapred.reducer.class": f"{_STREAMING}.PipeReducer",
        "stream.reduce.streamprocessor": quote_plus(program),
    }


def _combiner(program: str | None) -> dict[str, str]:
    if program is None:
        return {}
    if is_java_class(program):
        return {"mapred.combiner.class": program}
    return {
        "mapred.combiner.class": f"{_STREAMING}.PipeCombiner",
        "stream.combine.streamprocessor": quote_plus(program),
    }


def _writer(encoding: Encoding) -> str:
    return f"{_STREAMING}.io.{_NAMES[encoding]}InputWriter"


def _reader(encoding: Encoding) -> str:
    return f"{_STREAMING}.io.{_NAMES[encoding]}OutputReader"


def _escaped(path: str) -> str:
    """As in a list that Hadoop splits at commas."""
    return path.replace("\\", "\\\\").replace(",", "\\,")


def _environment(variables: Mapping[str, str]) -> str:
    for name, value in variables.items():
        if not name or "=" in name or any(char.isspace() for char in name + value):
            raise UsageError(
                f"streaming cannot pass the environment variable {name!r}: its name or its value "
                "holds a space; pass it in a file"
            )
    return "".join(f"{name}={value} " for name, value in variables.items())
