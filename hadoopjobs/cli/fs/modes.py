"""Permissions as `chmod` reads them.

Source: org.apache.hadoop.fs.permission.ChmodParser.
"""

from __future__ import annotations

import re

from hadoopjobs.core.errors import UsageError
from hadoopjobs.storage import FileStatus

_OCTAL = re.compile(r"[+]?[01]?[0-7]{3}")
_SYMBOLIC = re.compile(r"([ugoa]*)([+=-])([rwxXt]*)")
_SHIFTS = {"u": 6, "g": 3, "o": 0}
_BITS = {"r": 4, "w": 2, "x": 1}


def changed_mode(text: str, status: FileStatus) -> int:
    """The permission of a file after `chmod text`.

    >>> oct(changed_mode("u+x,go-w", FileStatus("/f", 0, False, 0, permission=0o666)))
    '0o744'
    """
    if _OCTAL.fullmatch(text):
        return int(text, 8)
    mode = status.permission or 0
    for clause in text.split(","):
        match = _SYMBOLIC.fullmatch(clause)
        if match is None or not clause:
            raise UsageError(f"{text!r} is no mode: write 755, u+x or g=rw,o=")
        who, action, letters = match.groups()
        mode = _applied(mode, who, action, letters, status)
    return mode


def _applied(mode: int, who: str, action: str, letters: str, status: FileStatus) -> int:
    bits = sum(_BITS[letter] for letter in {*letters} & _BITS.keys())
    if "X" in letters and (status.is_dir or (status.permission or 0) & 0o111):
        bits |= 1
    shifts = [_SHIFTS[each] for each in ("ugo" if not who or "a" in who else who)]
    mask = 0
    for shift in shifts:
        mask |= bits << shift
    if "t" in letters:
        mask |= 0o1000
    if action == "+":
        return mode | mask
    if action == "-":
        return mode & ~mask
    for shift in shifts:
        mode &= ~(7 << shift)
    return mode | mask
