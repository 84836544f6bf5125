from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import ConfigError, TaskError, UsageError
from hadoopjobs.core.streaming import Streaming
from hadoopjobs.physical.stage import DatasetSink, HadoopMode, ScanSource, Stage, StageInput
from hadoopjobs.runners.base import RunOptions
from hadoopjobs.runners.hadoop_java_splits import java_splits
from hadoopjobs.runners.hadoop_text import (
    TextJob,
    environment_script,
    numbers,
    text_job,
    text_spec,
    users_counters,
)
from hadoopjobs.runners.hadoop_text_failure import _mistake, _task_error
from hadoopjobs.yarn import FailedAttempt

TEXT = "org.apache.hadoop.mapred.TextInputFormat"
SEQUENCE = "org.apache.hadoop.mapred.SequenceFileInputFormat"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, size in (("a.txt", 100), ("b.gz", 100), ("empty", 0)):
        (tmp_path / name).write_bytes(bytes(size))
    return tmp_path


def ranges(
    folder: Path,
    format_name: str,
    split_bytes: int | None = None,
    settings: tuple[tuple[str, str], ...] = (),
):
    options = RunOptions(1, 1 << 20, split_bytes=split_bytes, settings=settings)
    return [
        (split.uri.rpartition("/")[2], split.start, split.length)
        for split in java_splits([str(folder)], format_name, options)
    ]


@pytest.mark.parametrize(
    ("format_name", "expected"),
    [
        (TEXT, [("a.txt", 0, 60), ("a.txt", 60, 40), ("b.gz", 0, 100), ("empty", 0, 0)]),
        (
            SEQUENCE,
            [
                ("a.txt", 0, 60),
                ("a.txt", 60, 40),
                ("b.gz", 0, 60),
                ("b.gz", 60, 40),
                ("empty", 0, 0),
            ],
        ),
    ],
)
def test_files_are_cut_as_their_format_allows(folder: Path, format_name: str, expected) -> None:
    assert ranges(folder, format_name, 60) == expected


def test_a_format_that_nobody_knows_gets_whole_files(folder: Path) -> None:
    whole = [("a.txt", 0, 100), ("b.gz", 0, 100), ("empty", 0, 0)]
    assert ranges(folder, "a.B", settings=(("mapreduce.job.maps", "4"),)) == whole
    assert ranges(folder, "a.B", 100) == whole
    assert len(ranges(folder, "a.B", 60)) == 5


def test_the_number_of_maps_is_a_hint_as_in_hadoop(folder: Path) -> None:
    four = ("mapreduce.job.maps", "4")
    least = ("mapreduce.input.fileinputformat.split.minsize", "1000")
    assert len(ranges(folder, SEQUENCE, settings=(four,))) == 5
    assert len(ranges(folder, SEQUENCE, settings=(four, least))) == 3
    with pytest.raises(ConfigError, match="maps is 'x'"):
        ranges(folder, TEXT, settings=(("mapreduce.job.maps", "x"),))


def test_so_many_lines_for_each_map_task(tmp_path: Path) -> None:
    """As NLineInputFormat makes them; its reader skips to the first line that begins in them."""
    (tmp_path / "a").write_bytes(b"one\ntwo\n\nfour\nfive")
    name = "org.apache.hadoop.mapred.lib.NLineInputFormat"
    two = ("mapreduce.input.lineinputformat.linespermap", "2")
    assert ranges(tmp_path, name, settings=(two,)) == [("a", 0, 7), ("a", 7, 6), ("a", 13, 4)]
    assert len(ranges(tmp_path, name)) == 5


def test_formats_with_splits_of_their_own_are_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="makes splits of its own"):
        ranges(folder, "org.apache.hadoop.mapred.lib.CombineTextInputFormat")


def job(folder: Path, streaming: Streaming, options: RunOptions) -> TextJob:
    source = StageInput(ScanSource(DatasetRef((str(folder),), "text"), "bytes"))
    sink = DatasetSink(DatasetRef(("hdfs://n/out",), "lines"))
    mode = HadoopMode("text", "", streaming=streaming)
    stage = Stage(0, "stage 1", (source,), None, (), sink, mode)
    return text_job("name", stage, "hdfs://n/hidden", options)


def test_variables_do_not_stand_in_job_xml(folder: Path) -> None:
    options = RunOptions(1, 1, environment=(("A", "secret word"),))
    given = job(folder, Streaming("cat -n", reducer="a.Reducer"), options)
    settings = text_spec(given, options, [], is_uber=False).settings
    assert settings["stream.map.streamprocessor"] == (
        "%2Fbin%2Fsh+hadoopjobs-environment.sh+cat+-n"
    )
    assert settings["mapred.reducer.class"] == "a.Reducer"
    assert "secret" not in str(settings)


def test_settings_count_that_would_count_in_hadoops_client(folder: Path) -> None:
    given = {
        "mapreduce.job.name": "mine",
        "mapred.mapper.class": "not.This",
        "mapreduce.map.output.key.class": "a.Key",
        "mapreduce.task.timeout": "5",
    }
    options = RunOptions(1, 1, settings=tuple(given.items()))
    spec = text_spec(job(folder, Streaming("cat"), options), options, [], is_uber=False)
    assert spec.name == "mine"
    assert spec.settings["mapred.mapper.class"] == "org.apache.hadoop.streaming.PipeMapper"
    assert spec.settings["mapreduce.map.output.key.class"] == "org.apache.hadoop.io.Text"
    assert spec.settings["mapreduce.task.timeout"] == "5"
    java = text_spec(job(folder, Streaming("a.Mapper"), options), options, [], is_uber=False)
    assert java.settings["mapreduce.map.output.key.class"] == "a.Key"


def test_a_command_runs_with_its_variables(tmp_path: Path) -> None:
    script = tmp_path / "environment.sh"
    script.write_bytes(environment_script([("A", "it's $HOME\n'ü' \udcff")]))
    own = tmp_path / "own.sh"
    own.write_text('#!/bin/sh\nprintf \'%s|%s\' "$A" "$1"\n')
    own.chmod(0o600)
    done = subprocess.run(
        ["/bin/sh", script, "own.sh", "x  y"], cwd=tmp_path, capture_output=True, check=True
    )
    assert done.stdout == "it's $HOME\n'ü' ".encode() + b"\xff|x  y"
    done = subprocess.run(["/bin/sh", script, "sh", "-c", "exit 3"], cwd=tmp_path, check=False)
    assert done.returncode == 3


def test_numbers_are_those_that_hadoop_counts(folder: Path) -> None:
    options = RunOptions(1, 1)
    given = job(folder, Streaming("cat", reducer="cat"), options)
    counters = {
        "org.apache.hadoop.mapreduce.TaskCounter": {
            "MAP_INPUT_RECORDS": 5,
            "REDUCE_OUTPUT_RECORDS": 2,
            "REDUCE_SHUFFLE_BYTES": 70,
        },
        "org.apache.hadoop.mapreduce.FileSystemCounter": {"HDFS_BYTES_WRITTEN": 9},
        "Shuffle Errors": {"IO_ERROR": 0},
        "mine": {"x": 1},
    }
    maps, reduces = numbers(given, counters)
    assert (maps.records_in, maps.bytes_read, maps.bytes_shuffled) == (5, 200, 70)
    assert (reduces.records_out, reduces.bytes_output) == (2, 9)
    assert users_counters(counters) == {"mine": {"x": 1}}


def attempt(diagnostics: str, stderr: str = "") -> FailedAttempt:
    name = "attempt_1_0001_m_000000_1"
    return FailedAttempt(name, "MAP", "node", "container", diagnostics, stderr, "http://log")


PROGRAM = 'Caused by: java.io.IOException: Cannot run program "x.py": error=2, No such file'
CLASS = "Error: java.lang.RuntimeException: java.lang.ClassNotFoundException: Class a.B not found"
STATUS = "Error: java.lang.RuntimeException: PipeMapRed.waitOutputThreads(): subprocess failed with"
TYPES = (
    "Error: java.io.IOException: Type mismatch in key from map: expected a.B, received c.D\n\tat x"
)


@pytest.mark.parametrize(
    ("diagnostics", "message"),
    [(PROGRAM, "the nodes cannot run 'x.py': no such file"), (CLASS, "have no class a.B: is its")],
)
def test_mistakes_are_told_apart_from_failures(diagnostics: str, message: str) -> None:
    found = _mistake(attempt(diagnostics))
    assert found is not None
    assert message in str(found)


@pytest.mark.parametrize(
    ("diagnostics", "message"),
    [
        (f"{STATUS} code 3\n\tat org.apache", "command 'cat' exited with status 3"),
        (TYPES, "Type mismatch in key from map: expected a.B, received c.D"),
        ("", "map task failed"),
    ],
)
def test_a_failure_is_told_without_java(folder: Path, diagnostics: str, message: str) -> None:
    given = job(folder, Streaming("cat"), RunOptions(1, 1))
    noise = "Nov 25, 2026 2:59:40 AM com.sun.Provider register\nINFO: Binding\nlog4j:WARN none\n"
    failed = attempt(diagnostics, f"{noise}it went wrong\n")
    assert _mistake(failed) is None
    error = _task_error(failed, given, tries=2)
    assert isinstance(error, TaskError)
    assert (error.summary, error.user_traceback) == (message, "it went wrong")
