"""Lines as FsShell of Hadoop prints them.

Source: org.apache.hadoop.fs.shell.Ls, FsUsage (TableBuilder), Stat; StringUtils
(TraditionalBinaryPrefix.long2String).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from hadoopjobs.storage import FileStatus

_UNITS = "KMGTPE"


def human(size: int, *, is_human: bool = True) -> str:
    """`size` with a binary prefix as Hadoop writes it.

    >>> human(6), human(1536), human(270553174016)
    ('6', '1.5 K', '252.0 G')
    """
    if not is_human or size < 1024:
        return str(size)
    power = 0
    while size >= 1024 ** (power + 2) and power + 1 < len(_UNITS):
        power += 1
    return f"{size / 1024 ** (power + 1):.1f} {_UNITS[power]}"


def symbolic(status: FileStatus) -> str:
    """The permission as nine letters; where none is kept, what S3A says.

    >>> symbolic(FileStatus("/tmp", 0, True, 0, permission=0o1777))
    'rwxrwxrwt'
    """
    bits = status.permission
    if bits is None:
        bits = 0o777 if status.is_dir else 0o666
    letters = [letter if bits >> 8 - at & 1 else "-" for at, letter in enumerate("rwx" * 3)]
    if bits & 0o1000:
        letters[8] = "t" if bits & 1 else "T"
    return "".join(letters)


def moment(seconds: float) -> str:
    """Minutes in the time zone of this machine."""
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")


class ListTable:
    """The lines of `ls`. Columns grow with what was shown and never shrink, as in Hadoop."""

    def __init__(self, *, is_human: bool = False, by_access: bool = False) -> None:
        self._is_human = is_human
        self._by_access = by_access
        self._widths = [3, 0, 0, 10]

    def grow(self, statuses: Iterable[FileStatus]) -> None:
        for status in statuses:
            columns = self._columns(status)
            self._widths = [max(w, len(c)) for w, c in zip(self._widths, columns, strict=True)]

    def _columns(self, status: FileStatus) -> tuple[str, str, str, str]:
        copies = "-" if status.is_dir else str(status.replication or 1)
        size = human(status.length, is_human=self._is_human)
        return copies, status.owner or "-", status.group or "-", size

    def line(self, status: FileStatus, shown: str) -> str:
        copies, owner, group, size = self._columns(status)
        repl, owners, groups, sizes = self._widths
        when = status.accessed if self._by_access else status.modified
        return (
            f"{'d' if status.is_dir else '-'}{symbolic(status)} {copies:>{repl}}"
            f" {owner:<{owners}} {group:<{groups}} {size:>{sizes}} {moment(when or 0)} {shown}"
        )


def table(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> list[str]:
    """Rows as lines, columns two blanks apart; the last one is not filled up."""
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if at in right else cell.ljust(width) if at + 1 < len(row) else cell
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def stat_line(template: str, status: FileStatus, name: str) -> str:
    """`template` with the directives of `stat`; one that is unknown stands for itself."""
    values = {
        "a": f"{status.permission or 0:o}",
        "A": symbolic(status),
        "b": str(status.length),
        "F": "directory" if status.is_dir else "regular file",
        "g": status.group or "-",
        "n": name,
        "o": str(status.block_size or 0),
        "r": str(status.replication or 0),
        "u": status.owner or "-",
        "x": _utc(status.accessed or 0),
        "X": str(round((status.accessed or 0) * 1000)),
        "y": _utc(status.modified),
        "Y": str(round(status.modified * 1000)),
    }
    return re.sub("%(.)", lambda match: values.get(match[1], match[1]), template)


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
