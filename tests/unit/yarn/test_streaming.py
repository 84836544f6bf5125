from __future__ import annotations

import pytest

from hadoopjobs.core.errors import UsageError
from hadoopjobs.yarn import streaming_settings

IO = "org.apache.hadoop.streaming.io."


def test_commands_are_encoded_as_the_java_client_does() -> None:
    settings = streaming_settings("sh 'a b.sh' --x=ü%", "wc -l", "cat", output="hdfs://n/o")
    assert settings["stream.map.streamprocessor"] == "sh+%27a+b.sh%27+--x%3D%C3%BC%25"
    assert settings["stream.reduce.streamprocessor"] == "wc+-l"
    assert settings["mapred.combiner.class"] == "org.apache.hadoop.streaming.PipeCombiner"
    assert settings["mapreduce.output.fileoutputformat.outputdir"] == "hdfs://n/o"


def test_text_is_the_default_and_no_reducer_leaves_the_map_output() -> None:
    settings = streaming_settings("cat")
    assert settings["stream.map.input.writer.class"] == IO + "TextInputWriter"
    assert settings["mapreduce.job.output.key.class"] == "org.apache.hadoop.io.Text"
    assert "mapred.reducer.class" not in settings


def test_bytes_between_text_on_both_ends() -> None:
    settings = streaming_settings("m", "r", map_output="rawbytes")
    assert settings["stream.map.output.reader.class"] == IO + "RawBytesOutputReader"
    assert settings["stream.reduce.input.writer.class"] == IO + "RawBytesInputWriter"
    assert settings["mapreduce.map.output.key.class"] == "org.apache.hadoop.io.BytesWritable"
    assert settings["mapreduce.job.output.key.class"] == "org.apache.hadoop.io.Text"


def test_typed_bytes() -> None:
    settings = streaming_settings("m", map_input="typedbytes", map_output="typedbytes")
    typed = "org.apache.hadoop.typedbytes.TypedBytesWritable"
    assert settings["stream.map.input.writer.class"] == IO + "TypedBytesInputWriter"
    assert settings["mapreduce.job.output.value.class"] == typed


def test_inputs_with_commas_are_told_apart() -> None:
    settings = streaming_settings("m", inputs=["hdfs://n/a,b", "hdfs://n/c"])
    assert settings["mapreduce.input.fileinputformat.inputdir"] == "hdfs://n/a\\,b,hdfs://n/c"


def test_environment_with_spaces_is_refused() -> None:
    environment = streaming_settings("m", environment={"A": "1", "B": "2"})
    assert environment["stream.addenvironment"] == "A=1 B=2 "
    with pytest.raises(UsageError, match="variable 'A'"):
        streaming_settings("m", environment={"A": "1 2"})
