"""Which words are ours and which are the job's."""

from __future__ import annotations

import click
import pytest

from hadoopjobs.cli.arguments import split_at_job, take_ours

OURS: list[click.Parameter] = [
    click.Option(["-r", "--runner"]),
    click.Option(["-o", "--output"]),
    click.Option(["-D", "--jobconf"], multiple=True),
    click.Option(["-q", "--quiet"], is_flag=True),
    click.Option(["-v", "--verbose"], is_flag=True),
]


@pytest.mark.parametrize(
    ("words", "job"),
    [
        ("job.py in", "job.py"),
        ("-r local job.py", "job.py"),
        ("-rlocal job.py", "job.py"),
        ("--runner=local job.py", "job.py"),
        ("--runner local -q job.py", "job.py"),
        ("-D a=b -Dc=d job.py", "job.py"),
        ("-qr local job.py", "job.py"),
        ("-qrlocal job.py", "job.py"),
        ("-- -job.py", "-job.py"),
    ],
)
def test_the_job_is_the_first_word_that_is_no_option(words, job):
    assert words.split()[split_at_job(OURS, words.split())] == job


def test_without_a_job_all_words_are_before_it():
    assert split_at_job(OURS, ["-r", "local"]) == 2
    assert split_at_job(OURS, []) == 0


def test_an_unknown_option_before_the_job_is_refused():
    with pytest.raises(click.NoSuchOption, match="--rnner"):
        split_at_job(OURS, ["--rnner=local", "job.py"])


@pytest.mark.parametrize(
    ("words", "ours", "others"),
    [
        ("in -r local more", "-r local", "in more"),
        ("--other value -q", "-q", "--other value"),
        ("-Da=b -x -D c=d", "-Da=b -D c=d", "-x"),
        ("-q -- -q -r x", "-q", "-- -q -r x"),
        ("--runner=x --runnerx=y", "--runner=x", "--runnerx=y"),
        ("-o", "-o", ""),
        ("- -q", "-q", "-"),
        ("-qv in", "-qv", "in"),
        ("-qo out in", "-qo out", "in"),
        ("-vqoout in", "-vqoout", "in"),
        ("-qDa=b in", "-qDa=b", "in"),
        ("-qo", "-qo", ""),
        ("-qx in", "", "-qx in"),
        ("-xq in", "", "-xq in"),
    ],
)
def test_ours_are_taken_out(words, ours, others):
    assert take_ours(OURS, words.split(), set()) == (ours.split(), others.split())


def test_what_the_job_declares_stays_with_it():
    words = ["-r", "x", "--output", "y", "-q"]
    assert take_ours(OURS, words, {"-r", "--runner"}) == (["--output", "y", "-q"], ["-r", "x"])


@pytest.mark.parametrize(
    ("words", "ours", "others"),
    [
        ("-qn in", "-q", "-n in"),
        ("-qvnq 5", "-qv", "-nq 5"),
        ("-nq in", "", "-nq in"),
        ("-on in", "-on", "in"),
        ("-qv in", "-qv", "in"),
        ("-vv in", "", "-vv in"),
    ],
)
def test_flags_of_the_job_among_ours_stay_with_it(words, ours, others):
    assert take_ours(OURS, words.split(), {"-n", "-vv"}) == (ours.split(), others.split())
