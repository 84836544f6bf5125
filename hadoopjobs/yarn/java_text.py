"""What Hadoop's programs say, without what only a reader of Java can use."""

from __future__ import annotations

import re
from typing import NamedTuple

_FRAMES = ("at ", "...", "Caused by:", "java.", "org.apache.", "log4j", "SLF4J", "WARNING:")
# java.util.logging writes two lines for each record, the first with date and class.
_LOGGING = re.compile(r"(\w{3} \d{1,2}, \d{4} [\d:]+ [AP]M |INFO: |WARNING: |SEVERE: |log4j:).*")
_CLASS = r"(?:[a-z]\w*\.)+[A-Z][\w$]*(?:Exception|Error)"
_EXCEPTION = re.compile(rf"({_CLASS}): *(\S.*)")
_KEPT_LINES = 8


class JavaException(NamedTuple):
    """`name` is that of its class, with the package; `message` is one line."""

    name: str
    message: str


def first_exception(text: str) -> JavaException | None:
    """The outermost exception of a stack trace that has a message; of one that was wrapped at
    once, as RPC does with those of its server, the inner one."""
    found = _EXCEPTION.search(text)
    if found is None:
        return None
    return first_exception(found[2]) or JavaException(found[1], found[2].rstrip())


def first_message(text: str) -> str:
    """Its first line, where an exception's class is left out."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return re.sub(f"{_CLASS}: *", "", line)


def last_cause(text: str) -> str:
    """What the innermost exception of a stack trace says, without its class."""
    lines = [line.strip() for line in text.splitlines()]
    causes = [line for line in lines if line.startswith(("Caused by: ", "Error: ", "java."))]
    found = causes[-1] if causes else next(iter(lines), "")
    return re.sub(r"^(Caused by: |Error: )*([\w.$]+(Exception|Error)(: |$))*", "", found)


def without_logging(stderr: str, lines: int) -> str:
    """The last lines of a standard error to which Java logs too."""
    kept = [line for line in stderr.splitlines() if not _LOGGING.fullmatch(line)]
    return "\n".join(kept[-lines:]).strip("\n")


def without_java(text: str) -> str:
    """The first lines that a user of Python can use."""
    return "\n".join(_readable(text)[:_KEPT_LINES])


def last_without_java(text: str) -> str:
    """The last lines that a user of Python can use."""
    return "\n".join(_readable(text)[-_KEPT_LINES:])


def _readable(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not _is_of_java(line)]


def _is_of_java(line: str) -> bool:
    return line.startswith(_FRAMES) or _LOGGING.fullmatch(line) is not None
