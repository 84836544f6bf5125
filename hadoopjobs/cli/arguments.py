"""Tell our own options from those of the job, which stand in one command line.

`hadoopjobs run [our options] JOB [our options, the job's options and inputs]`. Behind JOB an
option that the job declares is the job's, even if we have one of that name; before JOB all
options are ours.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import click


def split_at_job(parameters: Sequence[click.Parameter], arguments: Sequence[str]) -> int:
    """The index of JOB: the first argument that is neither an option nor an option's value.

    Raises `click.NoSuchOption` for an option before it that is none of `parameters`.
    """
    takes = _takes_value(parameters)
    index = 0
    while index < len(arguments):
        word = arguments[index]
        if word == "--":
            return index + 1
        if not word.startswith("-") or word == "-":
            return index
        values = _values_behind(word, takes)
        if values is None and word[:2] not in takes:  # of -qx, click tells what -x is
            raise click.NoSuchOption(word.partition("=")[0])
        index += 1 + (values or 0)
    return index


def take_ours(
    parameters: Sequence[click.Parameter], arguments: Sequence[str], not_ours: Collection[str]
) -> tuple[list[str], list[str]]:
    """`arguments` in two: our options with their values, and everything else, in order.

    Short flags may stand together, as in `-qv` and `-qo out`. From the first on that the job
    declares they are the job's, as `-n` with all behind it in `-qn`.
    """
    takes = {flag: n for flag, n in _takes_value(parameters).items() if flag not in not_ours}
    ours: list[str] = []
    others: list[str] = []
    index = 0
    while index < len(arguments):
        word = arguments[index]
        if word == "--":
            others += arguments[index:]
            break
        index += 1
        if own := _flags_before_the_jobs(word, takes, not_ours):
            ours.append(own)
            word = f"-{word[len(own) :]}"
        values = None if word in not_ours else _values_behind(word, takes)
        end = index + (values or 0)
        (others if values is None else ours).extend([word, *arguments[index:end]])
        index = end
    return ours, others


def _takes_value(parameters: Sequence[click.Parameter]) -> dict[str, int]:
    """Each of our flags, with 1 if a value follows it and 0 if not."""
    return {
        flag: 0 if parameter.is_flag or parameter.count else 1
        for parameter in parameters
        if isinstance(parameter, click.Option)
        for flag in (*parameter.opts, *parameter.secondary_opts)
    }


def _values_behind(word: str, takes: Mapping[str, int]) -> int | None:
    """How many words behind `word` are its values; None if it is not all of flags of ours."""
    if word.startswith("--"):
        name, equals, _ = word.partition("=")
        return 0 if equals and name in takes else takes.get(name)
    if not word.startswith("-") or word == "-":
        return None
    for place, letter in enumerate(word[1:], 1):  # -qv, -rlocal, -Dkey=value
        count = takes.get(f"-{letter}")
        if count is None:
            return None
        if count:
            return 0 if word[place + 1 :] else 1
    return 0


def _flags_before_the_jobs(word: str, takes: Mapping[str, int], not_ours: Collection[str]) -> str:
    """`-q` of `-qn` if the job declares `-n`; empty if the word need not be cut."""
    if word.startswith("--") or not word.startswith("-") or word in not_ours:
        return ""
    for place, letter in enumerate(word[1:], 1):
        if f"-{letter}" in not_ours:
            return word[:place] if place > 1 else ""
        if takes.get(f"-{letter}") != 0:
            break
    return ""
