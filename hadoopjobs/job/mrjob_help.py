"""The options that a mrjob job takes on its command line."""

from __future__ import annotations

from argparse import Action, ArgumentParser
from typing import Any

from hadoopjobs.job.mrjob_loader import MRJob

_WHERE = ("-r", "--runner", "-o", "--output-dir", "--cat-output", "--no-cat-output", "--no-output")
_HOW_MUCH = ("-q", "--quiet", "-v", "--verbose", "-h", "--help")


def option_flags_of_mrjob(job_class: type) -> frozenset[str]:
    """The flags that the job takes itself: its own, and mrjob's but those that say where to run,
    where the output goes and how much is said."""
    flags = (flag for action in _actions_of(job_class) for flag in action.option_strings)
    return frozenset(flags).difference(_WHERE, _HOW_MUCH)


def option_help_of_mrjob(job_class: type) -> list[tuple[str, str]]:
    """Flags and description of each option that the job itself declares."""
    of_mrjob = {action.dest for action in _actions_of(MRJob)}
    own = [action for action in _actions_of(job_class) if action.dest not in of_mrjob]
    return [(_flags_text(action), _description(action)) for action in own if action.option_strings]


def _actions_of(job_class: Any) -> list[Action]:
    """What the job's own `configure_args` declares; the job is not started for it."""
    job = job_class.__new__(job_class)
    job._passthru_arg_dests, job._file_arg_dests = set(), set()
    job.arg_parser = ArgumentParser(add_help=False)
    job.configure_args()
    actions: list[Action] = job.arg_parser._actions
    return actions


def _flags_text(action: Action) -> str:
    flags = ", ".join(action.option_strings)
    return flags if action.nargs == 0 else f"{flags} {action.metavar or action.dest.upper()}"


def _description(action: Action) -> str:
    described = (action.help or "") % {**vars(action), "prog": ""}
    return described + ("  [required]" if action.required else "")
