"""What a check says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from hadoopjobs.core.errors import HadoopJobsError


class Level(Enum):
    """A warning is what slows jobs down or may soon break them; a problem is what breaks them."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One line about `subject`; unless all is well, `advice` says what to do."""

    subject: str
    level: Level
    text: str
    advice: str = ""


Findings = Iterator[Finding]


def ok(subject: str, text: str) -> Finding:
    return Finding(subject, Level.OK, text)


def warning(subject: str, text: str, advice: str) -> Finding:
    return Finding(subject, Level.WARNING, text, advice)


def problem(subject: str, text: str, advice: str) -> Finding:
    return Finding(subject, Level.PROBLEM, text, advice)


def looked_at(subject: str, check: Callable[[], Findings], advice: str) -> Findings:
    """What `check` finds; if it cannot look, that is a problem too."""
    try:
        yield from check()
    except HadoopJobsError as error:
        yield problem(subject, " ".join(str(error).split()), advice)
    except (KeyError, TypeError, ValueError) as error:
        what = f"an answer that cannot be read ({type(error).__name__}: {error})"
        yield problem(subject, what, "see whether the address is that of the service")
