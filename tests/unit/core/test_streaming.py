from __future__ import annotations

import pytest

from hadoopjobs.core.errors import ConfigError, UsageError
from hadoopjobs.core.streaming import (
    Streaming,
    class_name,
    command_words,
    encodings,
    hash_partition,
    is_java_class,
    split_key,
)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("cat", ["cat"]),
        ("  sed  -e s/a/b/ ", ["sed", "-e", "s/a/b/"]),
        ("sh -c 'echo \"x y\"'", ["sh", "-c", 'echo "x y"']),
        ("a'b c'd", ["a", "b c", "d"]),  # a quote ends a word
        ("echo '' \\n", ["echo", "\\n"]),  # there are no empty words
        ("open 'to the end", ["open", "to the end"]),
        ("tab\tstays", ["tab\tstays"]),
        ("", []),
    ],
)
def test_words_are_those_of_hadoops_client(command: str, words: list[str]) -> None:
    assert command_words(command) == words


@pytest.mark.parametrize(
    ("line", "fields", "pair"),
    [
        (b"a\tb\tc", 1, (b"a", b"b\tc")),
        (b"a\tb\tc", 2, (b"a\tb", b"c")),
        (b"a\tb\tc", 3, (b"a\tb\tc", b"")),
        (b"a", 1, (b"a", b"")),
        (b"\tb", 1, (b"", b"b")),
        (b"", 1, (b"", b"")),
    ],
)
def test_a_key_ends_at_its_last_field(line: bytes, fields: int, pair: tuple[bytes, bytes]) -> None:
    assert split_key(line, b"\t", fields) == pair


@pytest.mark.parametrize(
    ("key", "partition"),
    # (new Text(key).hashCode() & Integer.MAX_VALUE) % 7, by Java
    [(b"", 1), (b"a", 2), (b"Abel,", 2), ("ü".encode(), 5), (bytes(range(200, 256)), 6)],
)
def test_partitions_are_those_of_hadoop(key: bytes, partition: int) -> None:
    assert hash_partition(key, 7) == partition


def test_classes_are_told_from_commands_by_their_looks() -> None:
    assert is_java_class("org.apache.hadoop.mapred.lib.IdentityMapper")
    assert is_java_class("a.Outer$Inner")
    for command in ("cat", "mapper.py", "./My.Tool x", "python3.11", "a.b.c", "Mapper"):
        assert not is_java_class(command)


def test_well_known_classes_need_no_package() -> None:
    assert class_name("KeyValueTextInputFormat", "input format") == (
        "org.apache.hadoop.mapred.KeyValueTextInputFormat"
    )
    assert class_name("AutoInputFormat", "input format") == (
        "org.apache.hadoop.streaming.AutoInputFormat"
    )


def test_the_newer_api_and_nonsense_are_refused() -> None:
    with pytest.raises(UsageError, match=r"newer API.* a org\.apache\.hadoop\.mapred\.TextInput"):
        class_name("org.apache.hadoop.mapreduce.lib.input.TextInputFormat", "input format")
    with pytest.raises(UsageError, match="'not a class' is no Java class"):
        class_name("not a class", "partitioner")
    with pytest.raises(ConfigError, match=r"-io is 'xml': choose one of text, typedbytes"):
        encodings({}, "xml")


def test_what_needs_java_is_told() -> None:
    assert Streaming("cat", reducer="uniq", input_format=None).java == ()
    found = Streaming("a.B", reducer="aggregate", output_format="c.D", partitioner="e.F").java
    assert found == ("mapper a.B", "reducer aggregate", "output format c.D", "partitioner e.F")
