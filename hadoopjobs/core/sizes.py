"""Sizes in bytes as people write them."""

from __future__ import annotations

import re

from hadoopjobs.core.errors import ConfigError

_UNITS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*", re.IGNORECASE)


def parse_size(text: str | int) -> int:
    """Bytes meant by `text`; units are powers of 1024, as Hadoop's and Spark's are.

    >>> parse_size("512MiB") == parse_size("512m") == parse_size(536870912)
    True
    """
    match = _SIZE.fullmatch(str(text))
    if match is None:
        raise ConfigError(f"{text!r} is not a size: write a number and k, m, g or t, as in 512m")
    return int(float(match[1]) * 1024 ** _UNITS[match[2].lower()])


def format_size(size_bytes: float) -> str:
    """`size_bytes` for people, in powers of 1024.

    >>> format_size(1536)
    '1.5 KiB'
    """
    if size_bytes < 1024:
        return f"{size_bytes:.0f} B"
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        size_bytes /= 1024
        if size_bytes < 1024 or unit == "TiB":
            break
    return f"{size_bytes:.1f} {unit}"
