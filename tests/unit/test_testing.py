"""What users' own unit tests call."""

from __future__ import annotations

import pytest

from hadoopjobs import Job
from hadoopjobs.core.errors import UsageError
from hadoopjobs.testing import run


class Lines(Job):
    def mapper(self, _, line):
        yield line, 1


@pytest.mark.parametrize("given", ["a\nb", b"a\nb\n", ["a", "b\n"], [b"a", "b"], iter(["a\nb"])])
def test_text_whole_or_as_lines(given):
    assert run(Lines, given).output == [("a", 1), ("b", 1)]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([("k", 1)], r"the input has a line \('k', 1\): give text"),
        (["a", 5], "the input has a line 5: give text"),
        (5, "the input is 5: give text"),
        (None, "the input is None: give text"),
    ],
)
def test_what_no_file_holds_is_refused(given, message):
    with pytest.raises(UsageError, match=message):
        run(Lines, given)
