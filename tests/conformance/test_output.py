"""What a run leaves: part files and `_SUCCESS`, or nothing; or lines on standard output."""

from __future__ import annotations

import gzip
import os

import pytest

from hadoopjobs import Job, Sum
from hadoopjobs.core.errors import ConfigError, FileExists, TaskError, UsageError
from hadoopjobs.formats import plan_splits, read_split
from hadoopjobs.session import JobTarget, run_job
from tests.conformance.harness import partitions, settings_for, standard_output, write_output


class Letters(Job):
    aggregator = Sum()

    def mapper(self, _, line):
        for letter in line:
            yield letter, 1


class Copy(Job):
    output_format = "values"

    def mapper(self, _, line):
        yield None, line


class Failing(Copy):
    def mapper(self, _, line):
        if line == "last":
            raise ValueError(line)
        yield None, line


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text"
    path.write_text("abba\ncab\nlast\n")
    return path


def test_a_folder_of_parts(runner, text, tmp_path):
    files = write_output(Letters, runner, [text], tmp_path / "out", jobconf=partitions(3))
    assert list(files) == ["_SUCCESS", "part-00000", "part-00001", "part-00002"]
    assert files["_SUCCESS"] == b""
    lines = b"".join(files.values()).splitlines()
    assert sorted(lines) == [
        *(b'"a"\t4', b'"b"\t3', b'"c"\t1', b'"l"\t1', b'"s"\t1', b'"t"\t1'),
    ]
    for part in files.values():
        assert part.splitlines() == sorted(part.splitlines())


def test_the_parts_of_a_map_only_job_are_in_the_order_of_the_input(runner, tmp_path):
    path = tmp_path / "numbers"
    path.write_text("".join(f"{n}\n" for n in range(1000)))
    files = write_output(Copy, runner, [path], tmp_path / "out", split_bytes=500)
    assert len(files) > 5
    assert b"".join(files[name] for name in sorted(files)) == path.read_bytes()


def test_a_partition_holds_the_same_on_every_runner(runner, text, tmp_path):
    files = write_output(Letters, runner, [text], tmp_path / "out", jobconf=partitions(3))
    inline = write_output(Letters, "inline", [text], tmp_path / "inline", jobconf=partitions(3))
    assert files == inline


def test_without_input_there_is_still_an_output(runner, tmp_path):
    (tmp_path / "folder").mkdir()
    files = write_output(Letters, runner, [tmp_path / "folder"], tmp_path / "out")
    assert files == {"_SUCCESS": b"", "part-00000": b""}
    files = write_output(Copy, runner, [tmp_path / "folder"], tmp_path / "none")
    assert set(files.values()) == {b""}
    assert "_SUCCESS" in files


def test_folders_above_the_output_are_made(runner, text, tmp_path):
    assert write_output(Letters, runner, [text], tmp_path / "a" / "b c" / "out")


def test_an_existing_output_is_refused_and_left_alone(runner, text, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine").write_text("kept")
    with pytest.raises(FileExists, match=r"cannot write .*/out: it exists; .*--overwrite"):
        write_output(Letters, runner, [text], out)
    assert os.listdir(out) == ["mine"]
    assert sorted(os.listdir(tmp_path)) == ["out", "text"]


def test_overwrite_replaces_the_whole_folder(runner, text, tmp_path):
    out = tmp_path / "out"
    write_output(Letters, runner, [text], out, jobconf=partitions(3))
    files = write_output(Letters, runner, [text], out, overwrite=True)
    assert list(files) == ["_SUCCESS", "part-00000"]
    assert sorted(os.listdir(tmp_path)) == ["out", "text"]


def test_a_file_is_not_overwritten(runner, text, tmp_path):
    with pytest.raises(UsageError, match="it is not a folder"):
        write_output(Letters, runner, [text], text, overwrite=True)
    assert text.read_text() == "abba\ncab\nlast\n"


@pytest.mark.parametrize("given", [".", "part-00000", "below/text"])
def test_a_run_does_not_overwrite_what_it_reads(runner, tmp_path, given):
    data = tmp_path / "data"
    (data / "below").mkdir(parents=True)
    for path in (data / "part-00000", data / "below" / "text"):
        path.write_text("b\na\n")
    with pytest.raises(UsageError, match=r"cannot overwrite .*: .*, which the run needs, is there"):
        write_output(Copy, runner, [data / given], data, overwrite=True)
    assert (data / "part-00000").read_text() == "b\na\n"


def test_only_the_output_of_a_job_is_overwritten(text, tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "precious").touch()
    (tmp_path / "empty").mkdir()
    for name, reason in (("link", "not a folder"), ("mine", "'precious' in it is no output")):
        with pytest.raises(UsageError, match=f"cannot overwrite .*{reason}"):
            write_output(Copy, "inline", [text], tmp_path / name, overwrite=True)
    write_output(Copy, "inline", [text], tmp_path / "empty", overwrite=True)
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(UsageError, match="empty, which the run needs"):
        write_output(Copy, "inline", [text], tmp_path / "empty", overwrite=True)
    assert (tmp_path / "mine" / "precious").exists()


@pytest.mark.parametrize(
    ("uri", "reason"),
    [("ftp://host/out", "no file system for"), ("hdfs:///out", "fs.defaultFS")],
)
def test_an_output_that_nobody_can_reach_is_refused(text, tmp_path, monkeypatch, uri, reason):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=reason):
        run_job(Copy, [str(text)], settings_for("inline"), JobTarget(output=uri))
    assert os.listdir(tmp_path) == ["text"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_failed_run_leaves_nothing_and_takes_nothing_away(runner, text, tmp_path, overwrite):
    out = tmp_path / "deep" / "out"
    if overwrite:
        out.mkdir(parents=True)
        (out / "part-before").touch()
    with pytest.raises(TaskError, match="ValueError: last"):
        write_output(Failing, runner, [text], out, overwrite=overwrite, split_bytes=4)
    if overwrite:
        assert os.listdir(out.parent) == ["out"]
        assert os.listdir(out) == ["part-before"]
    else:
        assert os.listdir(tmp_path) == ["text"]


def test_a_failed_run_prints_nothing(runner, text, capfdbinary):
    with pytest.raises(TaskError):
        standard_output(Failing, runner, [text], split_bytes=4)
    assert capfdbinary.readouterr().out == b""


def test_nothing_is_left_in_the_temporary_folder(runner, text, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    for job in (Letters, Copy):
        standard_output(job, runner, [text], temp_dir=str(temporary), memory="1m")
    with pytest.raises(TaskError):
        standard_output(Failing, runner, [text], temp_dir=str(temporary))
    assert os.listdir(temporary) == []


def test_a_relative_output(runner, text, tmp_path, monkeypatch):
    class Sided(Letters):
        FILES = [str(text)]

    monkeypatch.chdir(tmp_path)
    target = JobTarget(output="out")
    result = run_job(Sided, [text.name], settings_for(runner), target)
    assert result.output == "out"
    assert sorted(os.listdir(tmp_path / "out")) == ["_SUCCESS", "part-00000"]


def test_text_and_value_formats(runner, text, tmp_path):
    lines = write_output(Letters, runner, [text], tmp_path / "text-out", output_format="text")
    assert lines["part-00000"] == b"a\t4\nb\t3\nc\t1\nl\t1\ns\t1\nt\t1\n"
    values = write_output(Letters, runner, [text], tmp_path / "values", output_format="values")
    assert values["part-00000"] == b"4\n3\n1\n1\n1\n1\n"


def test_compressed_output(runner, text, tmp_path):
    files = write_output(
        Copy, runner, [text], tmp_path / "out", output_options={"compression": "gzip"}
    )
    assert list(files) == ["_SUCCESS", "part-00000.gz"]
    assert gzip.decompress(files["part-00000.gz"]) == text.read_bytes()


@pytest.mark.parametrize("name", ["sequencefile", "parquet", "avro", "orc", "json"])
def test_binary_formats_are_read_back(runner, text, tmp_path, name):
    from hadoopjobs.core.dataset import DatasetRef

    out = tmp_path / "out"
    write_output(Letters, runner, [text], out, output_format=name, jobconf=partitions(2))
    given = "json" if name == "json" else "auto"
    found = []
    for split in plan_splits(DatasetRef((str(out),), given), 1 << 20):
        for batch in read_split(split):
            for key, value in zip(batch.keys, batch.values, strict=True):
                row = value if isinstance(value, dict) else {"key": key, "value": value}
                found.append((row["key"], row["value"]))
    assert sorted(found) == [("a", 4), ("b", 3), ("c", 1), ("l", 1), ("s", 1), ("t", 1)]


def test_an_unknown_format_or_option_is_refused(runner, text, tmp_path):
    with pytest.raises(ConfigError, match="unknown format 'nope': choose one of"):
        write_output(Letters, runner, [text], tmp_path / "out", output_format="nope")
    with pytest.raises(ConfigError, match="format json has no option 'nope'"):
        write_output(Letters, runner, [text], tmp_path / "out", output_options={"nope": "1"})
    assert not (tmp_path / "out").exists()


def test_the_numbers_add_up(runner, text):
    import io

    out = io.BytesIO()
    target = JobTarget(job_settings=partitions(2))
    result = run_job(Letters, [str(text)], settings_for(runner, split_bytes=4), target, stdout=out)
    [stage] = result.stages
    assert result.total("records_in", "map") == 3
    assert result.total("records_out", "map") == len("abbacablast")
    assert result.total("records_out", "reduce") == len(out.getvalue().splitlines()) == 6
    assert result.total("bytes_read", "map") == text.stat().st_size
    assert result.total("bytes_read", "reduce") == result.total("bytes_shuffled", "map")
    assert result.total("bytes_output") == len(out.getvalue())
    assert result.to_json()["totals"]["bytes_read"] == stage.total("bytes_read")
    assert result.cpu_seconds > 0
    assert (result.total("bytes_written") > 0) == (runner == "local")
