"""Hadoop Streaming's command line without Hadoop; tests/cluster compares it with the real one."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pytest

from hadoopjobs.cli.main import main

TEXT = b"the quick\tbrown\nfox\r\n\nthe lazy dog"

TYPED = """#!{python}
import sys
from hadoopjobs.core.typed_bytes import TypedBytesReader, encode_typed
for offset, line in TypedBytesReader(sys.stdin.buffer).pairs():
    for word in line.split():
        sys.stdout.buffer.write(encode_typed((len(word), True)) + encode_typed([word, offset, 0.5]))
"""


@pytest.fixture(params=["inline", "local", "memory"])
def runner(request) -> str:
    return request.param


@pytest.fixture
def text(tmp_path: Path) -> str:
    path = tmp_path / "in put,1%.txt"
    path.write_bytes(TEXT)
    return str(tmp_path / "in put*")


def stream(capfdbinary, runner: str, *words: str) -> bytes:
    capfdbinary.readouterr()
    assert main(["stream", "-q", "-r", runner, *words]) == 0
    return capfdbinary.readouterr().out


def parts(folder: Path) -> list[list[bytes]]:
    return [path.read_bytes().splitlines() for path in sorted(folder.glob("part-*"))]


def test_words_are_counted(text: str, runner: str, capfdbinary) -> None:
    words = ["-input", text, "-mapper", r"tr '\t ' '\n'", "-reducer", "uniq -c"]
    found = stream(capfdbinary, runner, *words)
    # what comes without a tab goes on with one, as in Hadoop
    assert [line.split() for line in found.splitlines()] == [
        [b"1"],
        [b"1", b"brown"],
        [b"1", b"dog"],
        [b"1", b"fox"],
        [b"1", b"lazy"],
        [b"1", b"quick"],
        [b"2", b"the"],
    ]
    assert found.endswith(b" the\t\n")


def test_without_a_reducer_records_are_sorted(text: str, runner: str, capfdbinary) -> None:
    found = stream(capfdbinary, runner, "-input", text, "-mapper", "cat")
    assert found == b"\t\nfox\t\nthe lazy dog\t\nthe quick\tbrown\n"


@pytest.mark.parametrize("words", [["-reducer", "NONE"], ["-numReduceTasks", "0"]])
def test_mappers_alone_keep_the_order(text: str, runner: str, capfdbinary, words) -> None:
    found = stream(capfdbinary, runner, "-input", text, "-mapper", "cat", *words)
    assert found == b"the quick\tbrown\nfox\t\n\t\nthe lazy dog\t\n"


def test_separators_and_fields(text: str, runner: str, capfdbinary) -> None:
    settings = {
        "stream.map.output.field.separator": " ",
        "stream.num.map.output.key.fields": "2",
        "stream.reduce.input.field.separator": "=",
        "stream.reduce.output.field.separator": "=",
        "mapred.textoutputformat.separator": "|",  # an old name
    }
    given = [word for key, value in settings.items() for word in ("-D", f"{key}={value}")]
    found = stream(capfdbinary, runner, *given, "-input", text, "-mapper", "cat", "-reducer", "cat")
    assert found == b"|\nfox|\nthe lazy|dog\nthe quick\tbrown|\n"


def test_a_script_goes_along(text: str, runner: str, capfdbinary, tmp_path: Path) -> None:
    """It need not be executable, and is called by its name whatever path it had."""
    script = tmp_path / "my_mapper.sh"
    script.write_text(
        '#!/bin/sh\necho "$GREETING $some_setting"\necho reporter:counter:a,b,2 >&2\n'
    )
    words = ["-mapper", str(script), "-file", str(script), "-input", text]
    settings = ["-D", "some.setting=x", "-cmdenv", "GREETING=hello you"]
    assert stream(capfdbinary, runner, *settings, *words) == b"hello you x\t\n"
    assert not script.stat().st_mode & 0o111


def test_partitions_are_those_of_hadoop(text: str, runner: str, tmp_path: Path) -> None:
    words = ["-input", text, "-mapper", r"tr '\t ' '\n'", "-numReduceTasks", "3"]
    assert main(["stream", "-q", "-r", runner, *words, "-output", str(tmp_path / "out")]) == 0
    # (new Text(word).hashCode() & Integer.MAX_VALUE) % 3, by Java
    assert parts(tmp_path / "out") == [
        [b"dog\t"],
        [b"\t", b"brown\t", b"fox\t", b"the\t", b"the\t"],
        [b"lazy\t", b"quick\t"],
    ]


def test_a_combiner(text: str, runner: str, capfdbinary) -> None:
    adding = "awk '-F\t' '{n[$1] += $2} END {for (w in n) print w FS n[w]}'"
    words = ["-mapper", "sed 's/[\t ].*//; s/$/\t1/'", "-combiner", adding, "-reducer", adding]
    found = stream(capfdbinary, runner, "-input", text, *words)
    assert sorted(found.splitlines()) == [b"\t1", b"fox\t1", b"the\t2"]


def test_typed_bytes(text: str, runner: str, capfdbinary, tmp_path: Path) -> None:
    script = tmp_path / "typed.py"
    script.write_text(TYPED.format(python=sys.executable))
    words = ["-io", "typedbytes", "-mapper", "typed.py", "-file", str(script), "-reducer", "cat"]
    found = stream(capfdbinary, runner, *words, "-input", text)
    assert sorted(found.decode().splitlines()) == [
        "[3, true]\t[dog, 22, 0.5]",
        "[3, true]\t[fox, 16, 0.5]",
        "[3, true]\t[the, 0, 0.5]",
        "[3, true]\t[the, 22, 0.5]",
        "[4, true]\t[lazy, 22, 0.5]",
        "[5, true]\t[brown, 0, 0.5]",
        "[5, true]\t[quick, 0, 0.5]",
    ]


def test_raw_bytes(text: str, runner: str, capfdbinary) -> None:
    found = stream(capfdbinary, runner, "-io", "rawbytes", "-mapper", "cat", "-input", text)
    assert found.splitlines()[1] == b"00 00 00 00 00 00 00 10\t03 66 6f 78"


def test_lines_with_keys(text: str, runner: str, capfdbinary) -> None:
    words = ["-inputformat", "KeyValueTextInputFormat", "-numReduceTasks", "0"]
    found = stream(capfdbinary, runner, *words, "-input", text)
    assert found == b"the quick\tbrown\nfox\t\n\t\nthe lazy dog\t\n"


def test_compressed_output(text: str, runner: str, tmp_path: Path) -> None:
    settings = ["-D", "mapred.output.compress=true"]
    settings += ["-D", "mapred.output.compression.codec=org.apache.hadoop.io.compress.GzipCodec"]
    words = ["-input", text, "-mapper", "cat", "-output", str(tmp_path / "out"), *settings]
    assert main(["stream", "-q", "-r", runner, *words]) == 0
    found = (tmp_path / "out" / "part-00000.gz").read_bytes()
    assert gzip.decompress(found).startswith(b"\t\nfox\t\n")


def test_what_a_reducer_says_of_nothing_is_dropped(runner: str, capfdbinary, tmp_path) -> None:
    (tmp_path / "empty").touch()
    words = ["-input", str(tmp_path / "empty"), "-mapper", "cat", "-reducer", "wc -l"]
    assert stream(capfdbinary, runner, *words) == b""


def test_a_command_that_fails(text: str, runner: str, capfd) -> None:
    words = ["-input", text, "-mapper", "sh -c 'echo went wrong >&2; exit 3'"]
    assert main(["stream", "-q", "-r", runner, "--max-attempts", "1", *words]) == 1
    told = capfd.readouterr().err
    assert "exited with status 3" in told
    assert "went wrong" in told
    ignoring = ["-D", "stream.non.zero.exit.is.failure=false"]
    assert main(["stream", "-q", "-r", runner, *ignoring, *words]) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-mapper", "cat", "-outputformat", "a.B"], "output format a.B needs Java: run it with"),
        (["-mapper", "a.B"], "mapper a.B needs Java"),
        (["-mapper", "cat", "-reducer", "aggregate"], "reducer aggregate needs Java"),
        (
            ["-mapper", "cat", "-partitioner", "KeyFieldBasedPartitioner"],
            "KeyFieldBasedPartitioner",
        ),
        (["-mapper", "cat", "-D", "textinputformat.record.delimiter=|"], "delimiter needs Java"),
        (["-mapper", "cat", "-D", "mapred.output.key.comparator.class=a.B"], "class needs Java"),
        (["-mapper", " "], "' ' is no command"),
        ([], "there is no -mapper"),
        (["-mapper", "cat", "-io", "xml"], "-io is 'xml'"),
        (["-mapper", "cat", "-numReduceTasks", "-1"], "is not a number of reduce tasks"),
        (["-mapper", "cat", "-file", "/no/such"], "-file /no/such does not exist"),
        (["-mapper", "cat", "more"], "Got unexpected extra argument"),
    ],
)
def test_mistakes_are_told_in_one_line(text: str, capfd, words, message: str) -> None:
    assert main(["stream", "-q", *words, "-input", text]) == 2
    told = capfd.readouterr().err
    assert message in told
    assert len(told.splitlines()) == 1


def test_inputs_by_words_and_by_commas(tmp_path: Path, capfdbinary) -> None:
    for name in "abcd":
        (tmp_path / name).write_text(f"{name}\n")
    a, b, c, d = (str(tmp_path / name) for name in "abcd")
    found = stream(capfdbinary, "memory", "-input", a, f"{b},{c}", "-mapper", "cat", "-input", d)
    assert found == b"a\t\nb\t\nc\t\nd\t\n"
