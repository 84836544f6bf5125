"""Comparing outputs as multisets of lines, and the table of it."""

from __future__ import annotations

import pytest

from hadoopjobs.core.metrics import RunResult
from hadoopjobs.reports.comparison import compare, render, top_rows


def compared(outputs, runs=1):
    calls: list[str] = []

    def execute(runner, stream):
        calls.append(runner)
        stream.write(outputs[runner])
        return RunResult("Job", runner, wall_seconds=float(len(calls)))

    return compare("Job", list(outputs), runs, execute), calls


def test_the_order_of_lines_does_not_count():
    comparison, calls = compared({"a": b"x\t1\ny\t2\n", "b": b"y\t2\nx\t1\n"}, runs=2)
    assert comparison.difference is None
    assert calls == ["a", "b", "a", "b"]
    assert render(comparison).endswith("The results of a and b are equal.\n")
    assert comparison.sides[0].wall() == 2.0


@pytest.mark.parametrize(
    ("first", "second", "difference"),
    [
        (b"x\n", b"y\n", "first difference in sorted order:\n  a: x\n  b: y"),
        (b"x\n", b"x\nx\n", "a gave 1 rows, b 2"),
        (b"x\nx\n", b"x\n", "a gave 2 rows, b 1"),
        (b"", b"x\n", "a gave 0 rows, b 1"),
        (b"\xff\n", b"\xfe\n", "first difference in sorted order:\n  a: \\xff\n  b: \\xfe"),
        (b"x\n\n", b"x\n", "first difference in sorted order:\n  a: \n  b: x"),
        (b"\nx\n", b"x\ny\n", "first difference in sorted order:\n  a: \n  b: x"),
    ],
)
def test_differences(first, second, difference):
    comparison, _ = compared({"a": first, "b": second})
    assert comparison.difference == difference
    assert f"The results DIFFER; {difference}" in render(comparison)


def test_empty_outputs_are_equal():
    assert compared({"a": b"", "b": b""})[0].difference is None


def test_top_rows_are_those_with_the_largest_numbers():
    lines = [b'"a"\t1', b'"b"\t3', b'"c"\t2', b'"d"\t3']
    assert top_rows(lines, 3) == [("b", 3), ("d", 3), ("c", 2)]
    for other in (b"no tab", b'"a"\t"b"', b'"a"\ttrue', b'"a"\t[1]'):
        assert top_rows([*lines, other], 3) == []
