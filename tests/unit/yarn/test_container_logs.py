from __future__ import annotations

import pytest

from hadoopjobs.core.errors import ServiceError
from hadoopjobs.yarn.container_logs import LogPart, log_part

HEADER = (
    b"Container: container_1_0001_01_000002 on host_8041\n"
    b"LogAggregationType: %s\n"
    b"===================================================================\n"
    b"LogType:stderr\nLogLastModifiedTime:Tue Nov 24 23:34:48 +0000 2026\nLogLength:%d\n"
    b"LogContents:\n"
)
ODD = b"LogContents:\nEnd of LogType:stderr\n\xff\n"


@pytest.mark.parametrize(
    ("kind", "trailer"),
    [
        (b"AGGREGATED", b"\nEnd of LogType:stderr\n*****\n\n"),
        (b"LOCAL", b"End of LogType:stderr.This log file belongs to a running container\n*\n\n"),
    ],
)
@pytest.mark.parametrize("log", [b"", b"no end", ODD])
def test_header_and_trailer_are_cut_off(kind: bytes, trailer: bytes, log: bytes) -> None:
    answer = HEADER % (kind, len(log)) + log + trailer
    assert log_part(answer) == LogPart(0, len(log), log)


def test_the_end_of_a_log_knows_where_it_begins() -> None:
    answer = HEADER % (b"LOCAL", 100) + b"end\n" + b"End of LogType:stderr.\n"
    assert log_part(answer, 4) == LogPart(96, 100, b"end\n")


def test_a_log_that_was_cut_is_told() -> None:
    with pytest.raises(ServiceError, match="was cut after 3"):
        log_part(HEADER % (b"LOCAL", 100) + b"abc")
