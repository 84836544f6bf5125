"""Of what Java says, a user of Python sees what he can use."""

from __future__ import annotations

import pytest

from hadoopjobs.yarn.java_text import (
    JavaException,
    first_exception,
    first_message,
    last_cause,
    last_without_java,
    without_java,
    without_logging,
)

LOGGED = (
    "Nov 29, 2026 12:31:46 AM com.sun.jersey.guice.Factory register\n"
    "INFO: Registering org.apache.A as a root resource class\n"
)


def test_frames_and_causes_are_left_out():
    text = "Error: it is out of memory\n\tat org.apache.A.b(A.java:1)\nCaused by: java.lang.X\n"
    assert without_java(LOGGED + text) == "Error: it is out of memory"


def test_of_many_lines_the_first_or_the_last_are_kept():
    lines = [str(number) for number in range(10)]
    assert without_java("\n".join(lines)).split() == lines[:8]
    assert last_without_java("\n".join(lines)).split() == lines[2:]


def test_a_standard_error_keeps_its_indents():
    assert without_logging(LOGGED + "Traceback\n  File x\nNo\n", 2) == "  File x\nNo"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Job setup failed : a.b.SomeException: not so",
            JavaException("a.b.SomeException", "not so"),
        ),
        (
            "a.XException: b.c.Inner$YError: why\nb.ZException: no",
            JavaException("b.c.Inner$YError", "why"),
        ),
        ("a.XException: \n\tat a.B.c(B.java:1)", None),
        ("all is well: it is", None),
    ],
)
def test_the_first_exception_is_found(text, found):
    assert first_exception(text) == found


def test_the_first_line_loses_its_exceptions_class():
    text = (
        "org.apache.hadoop.security.AccessControlException: Queue root.q already has 1 x: y\n\tat"
    )
    assert first_message(text) == "Queue root.q already has 1 x: y"
    assert first_message("\n\n") == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Error: java.lang.RuntimeException: a\n\tat b.C\nCaused by: d.EException: why", "why"),
        ("Error: java.io.IOException: no disk", "no disk"),
        ("container was killed", "container was killed"),
        ("", ""),
    ],
)
def test_the_innermost_exception_says_why(text, said):
    assert last_cause(text) == said
