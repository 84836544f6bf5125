"""Settings of a job of Hadoop Streaming, as its own client makes them.

Source: StreamJob, PipeMapRed and the classes of org.apache.hadoop.streaming.io of Hadoop 3.4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias
from urllib.parse import quote_plus

from hadoopjobs.core.errors import UsageError

Encoding: TypeAlias = Literal["text", "typedbytes", "rawbytes"]

_STREAMING = "org.apache.hadoop.streaming"
_WRITABLES = {
    "text": "org.apache.hadoop.io.Text",
    "typedbytes": "org.apache.hadoop.typedbytes.TypedBytesWritable",
    "rawbytes": "org.apache.hadoop.io.BytesWritable",
}
_NAMES = {"text": "Text", "typedbytes": "TypedBytes", "rawbytes": "RawBytes"}
TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
TEXT_OUTPUT = "org.apache.hadoop.mapred.TextOutputFormat"


def streaming_settings(
    mapper: str,
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
    partitioner: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The settings that run commands as mapper, reducer and combiner.

    Commands are split at spaces on the node, quotes respected; no shell reads them. Without a
    reducer the mappers' output is the job's, and `JobSpec.reduces` must be 0. `reduce_input` is by
    default what the mappers write. A value of `environment` cannot hold spaces.
    """
    reduce_input = reduce_input or map_output
    last = map_output if reducer is None else reduce_output
    settings = {
        "mapred.mapper.new-api": "false",
        "mapred.reducer.new-api": "false",
        "mapred.input.format.class": input_format,
        "mapred.output.format.class": output_format,
        "mapred.map.runner.class": f"{_STREAMING}.PipeMapRunner",
        "mapred.mapper.class": f"{_STREAMING}.PipeMapper",
        "stream.map.streamprocessor": quote_plus(mapper),
        "stream.map.input.writer.class": _writer(map_input),
        "stream.map.output.reader.class": _reader(map_output),
        "stream.reduce.input.writer.class": _writer(reduce_input),
        "stream.reduce.output.reader.class": _reader(reduce_output),
        "mapreduce.map.output.key.class": _WRITABLES[map_output],
        "mapreduce.map.output.value.class": _WRITABLES[map_output],
        "mapreduce.job.output.key.class": _WRITABLES[last],
        "mapreduce.job.output.value.class": _WRITABLES[last],
        "stream.addenvironment": _environment(environment or {}),
    }
    if inputs:
        settings["mapreduce.input.fileinputformat.inputdir"] = ",".join(map(_escaped, inputs))
    if output is not None:
        settings["mapreduce.output.fileoutputformat.outputdir"] = output
    if reducer is not None:
        settings["mapred.reducer.class"] = f"{_STREAMING}.PipeReducer"
        settings["stream.reduce.streamprocessor"] = quote_plus(reducer)
    if combiner is not None:
        settings["mapred.combiner.class"] = f"{_STREAMING}.PipeCombiner"
        settings["stream.combine.streamprocessor"] = quote_plus(combiner)
    if partitioner is not None:
        settings["mapred.partitioner.class"] = partitioner
    return settings


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
