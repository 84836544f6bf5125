"""Options of a job: declared in a class, read as attributes, typed, inherited."""

from __future__ import annotations

import click
import pytest

from hadoopjobs import Job, option
from hadoopjobs.core.errors import ConfigError, JobLoadError
from hadoopjobs.job.options import declared_options, option_flags, parse_arguments


class Base(Job):
    min_count = option(type=int, default=3)
    pattern = option("-p", "--pattern", help="what to look for")


class Derived(Base):
    pattern = option("--expression", default="x")
    fast = option("--fast/--slow", default=True)
    words = option("--word", multiple=True)
    quiet = option("--silent", is_flag=True)


def test_flags_are_made_of_names():
    assert option_flags(Base) == {"--min-count", "-p", "--pattern"}
    assert option_flags(Derived) == {
        *("--min-count", "--expression", "--fast", "--slow", "--word", "--silent"),
    }
    assert list(declared_options(Derived)) == ["min_count", "pattern", "fast", "words", "quiet"]


def test_values_are_those_given_or_the_defaults():
    job, inputs = parse_arguments(Derived, ["a", "--min-count=5", "--slow", "--word", "x", "b"])
    assert inputs == ("a", "b")
    assert (job.min_count, job.pattern, job.fast, job.words, job.quiet) == (
        *(5, "x", False, ("x",), False),
    )
    made = Derived(pattern="y")
    assert (made.min_count, made.pattern, made.fast, made.words, made.quiet) == (
        *(3, "y", True, (), False),
    )


def test_an_option_that_is_not_declared_is_refused():
    with pytest.raises(ConfigError, match="Base has no option 'nope'; it has: min_count, pattern"):
        Base(nope=1)
    with pytest.raises(click.NoSuchOption):
        parse_arguments(Base, ["--nope"])


def test_a_constructor_that_takes_no_options_is_told_so():
    class Own(Base):
        def __init__(self):
            super().__init__()

    with pytest.raises(JobLoadError, match=r"Own\(...\) must take its options as keywords"):
        parse_arguments(Own, [])
