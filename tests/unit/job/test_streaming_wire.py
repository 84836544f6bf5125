from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadoopjobs.core.errors import TaskError, UsageError
from hadoopjobs.job.streaming_wire import KINDS, Wire, fed, lines_in, text_lines, told


def test_lines_of_text_input_are_their_values() -> None:
    assert list(fed(Wire(skips_key=True), ("long", "text"), [(0, b"a"), (2, b"b\tc")])) == [
        b"a\n",
        b"b\tc\n",
    ]


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("text", b"258\tu\xff\n"),
        ("keyonlytext", b"258\n"),
        ("typedbytes", b"\x04" + bytes(6) + b"\x01\x02" + b"\x07\x00\x00\x00\x04u\xef\xbf\xbd"),
        ("rawbytes", bytes(3) + b"\x08" + bytes(6) + b"\x01\x02" + b"\x00\x00\x00\x03\x02u\xff"),
    ],
)
def test_an_offset_and_its_line(encoding, data: bytes) -> None:
    assert list(fed(Wire(encoding), ("long", "text"), [(258, b"u\xff")])) == [data]


def test_what_was_read_in_one_encoding_is_written_in_another() -> None:
    typed = b"\x02\x01"
    assert list(fed(Wire("rawbytes"), KINDS["typedbytes"], [(typed, typed)])) == [
        b"\x00\x00\x00\x02\x02\x01" * 2
    ]
    assert list(fed(Wire("typedbytes"), KINDS["rawbytes"], [(b"k", b"")])) == [
        b"\x00\x00\x00\x00\x01k\x00\x00\x00\x00\x00"
    ]
    with pytest.raises(UsageError, match="it has no values"):
        fed(Wire("typedbytes"), KINDS["keyonlytext"], [])


@given(st.lists(st.tuples(st.binary(), st.binary())), st.integers(1, 9))
def test_raw_bytes_come_back_however_they_are_cut(pairs, size: int) -> None:
    data = b"".join(fed(Wire("rawbytes"), KINDS["rawbytes"], pairs))
    pieces = (data[at : at + size] for at in range(0, len(data), size))
    assert list(told(Wire(writes="rawbytes"), pieces)) == pairs


@given(st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\r\n", b""])))
def test_lines_end_as_in_hadoop_however_they_are_cut(pieces: list[bytes]) -> None:
    expected = b"".join(pieces).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    assert list(lines_in(pieces)) == (expected[:-1] if expected[-1] == b"" else expected)


@pytest.mark.parametrize("encoding", ["rawbytes", "typedbytes"])
@pytest.mark.parametrize("data", [b"\x00", b"\x00\x00\x00\x05ab", b"\x00\x00\x00\x01a"])
def test_output_that_is_cut_short_is_an_error(encoding, data: bytes) -> None:
    with pytest.raises(TaskError, match=f"output is not {encoding}"):
        list(told(Wire(writes=encoding), iter([data])))


def test_lines_of_the_output() -> None:
    assert text_lines(("text", "text"), b"\t")(b"k", b"") == b"k\t"
    assert text_lines(("text", "null"), b"\t")(b"k", b"") == b"k"
    assert text_lines(("bytes", "typed"), b"|")(b"\x00k", b"\x02\x01") == b"00 6b|true"
