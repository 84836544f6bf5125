"""Tell our own options from those of the job, which stand in one command line.

`hadoopjobs run [our options] JOB [our options, the job's options and inputs]`. Behind JOB an
option that the job declares is the job's, even if we have one of that name; before JOB all
options are ours.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

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
        if _flag_of(word, takes) is None and word[:2] not in takes:  # -qv is two of ours
            raise click.NoSuchOption(word.partition("=")[0])
        index += 1 + _values_behind(word, takes)
    return index


def take_ours(
    parameters: Sequence[click.Parameter], arguments: Sequence[str], not_ours: Collection[str]
) -> tuple[list[str], list[str]]:
    """`arguments` in two: our options with their values, and everything else, in order."""
    takes = {flag: n for flag, n in _takes_value(parameters).items() if flag not in not_ours}
    ours: list[str] = []
    others: list[str] = []
    index = 0
    while index < len(arguments):
        word = arguments[index]
        if word == "--":
            others += arguments[index:]
            break
        flag = _flag_of(word, takes)
        count = 1 + (_values_behind(word, takes) if flag else 0)
        (ours if flag else others).extend(arguments[index : index + count])
        index += count
    return ours, others


def _takes_value(parameters: Sequence[click.Parameter]) -> dict[str, int]:
    """Each of our flags, with 1 if a value follows it and 0 if not."""
    return {
        flag: 0 if parameter.is_flag or parameter.count else 1
        for parameter in parameters
        if isinstance(parameter, click.Option)
        for flag in (*parameter.opts, *parameter.secondary_opts)
    }


def _flag_of(word: str, takes: dict[str, int]) -> str | None:
    if word.startswith("--"):
        name = word.partition("=")[0]
        return name if name in takes else None
    if word.startswith("-") and len(word) > 1:
        if word in takes:
            return word
        short = word[:2]  # -rlocal, -Dkey=value
        return short if takes.get(short) == 1 else None
    return None


def _values_behind(word: str, takes: dict[str, int]) -> int:
    flag = _flag_of(word, takes)
    if flag is None or not takes[flag]:
        return 0
    attached = "=" in word if word.startswith("--") else len(word) > 2
    return 0 if attached else 1
