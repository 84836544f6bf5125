"""What the text of a Hadoop setting means: variables, sizes, times, truth, secrets.

Source: org.apache.hadoop.conf.Configuration (substituteVars, getInt, getBoolean,
getTimeDuration), StringUtils.TraditionalBinaryPrefix, ConfigRedactor.
"""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Callable, Mapping

_MAX_DEPTH = 20
_VARIABLE = re.compile(r"\$\{([^}$ ]+)\}")
_BINARY = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5, "e": 6}
_SIZE = re.compile(r"([+-]?\d+)([kmgtpe]?)", re.IGNORECASE)
_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_TIME = re.compile(r"([+-]?\d+)\s*(ns|us|ms|s|m|h|d)?", re.IGNORECASE)
_SENSITIVE = re.compile(
    r"secret$|password$|ssl\.keystore\.pass$|fs\.s3.*secret.?key|server-side-encryption\.key"
    r"|fs\.azure\.account\.key|credential$|oauth.*(secret|password|token)|access\.?key|token$"
    r"|hadoop\.security\.sensitive-config-keys",
    re.IGNORECASE,
)


class TooDeep(ValueError):
    """A value whose variables name each other without an end."""


def expand(value: str, setting: Callable[[str], str | None], environ: Mapping[str, str]) -> str:
    """`value` with its `${variables}` replaced, the innermost first, at most 20 of them.

    A variable that nobody knows ends the work: it and what follows it stay as they are. A value
    that names itself stays as it is. Raises `TooDeep`.
    """
    result = value
    for _ in range(_MAX_DEPTH):
        match = _VARIABLE.search(result)
        if match is None:
            return result
        found = _value_of(match[1], setting, environ)
        if found is None:
            return result
        if match[0] in found:
            return value
        result = result[: match.start()] + found + result[match.end() :]
    raise TooDeep(f"its variables lead on for more than {_MAX_DEPTH} steps")


def _value_of(
    name: str, setting: Callable[[str], str | None], environ: Mapping[str, str]
) -> str | None:
    if name.startswith("env.") and len(name) > 4:
        return _environment_value(name[4:], environ)
    return _java_property(name, environ) or setting(name)


def _java_property(name: str, environ: Mapping[str, str]) -> str | None:
    """The system properties of Java that site files name; `user.name` is the login's."""
    if name == "user.name":
        return login_name()
    fixed = {"user.home": environ.get("HOME"), "java.io.tmpdir": "/tmp", "os.name": "Linux"}
    return fixed.get(name)


def _environment_value(name: str, environ: Mapping[str, str]) -> str | None:
    """`X`, `X:-default` for an X that is empty or not set, `X-default` for one not set."""
    match = re.fullmatch(r"(.*?)(:?-)(.*)", name, re.DOTALL)
    if match is None:
        return environ.get(name)
    value = environ.get(match[1])
    return match[3] if value is None or (value == "" and match[2] == ":-") else value


def integer(text: str) -> int:
    """Decimal, or hexadecimal after 0x. Raises `ValueError`."""
    text = text.strip()
    if re.fullmatch(r"-?0[xX][0-9a-fA-F]+", text):
        return int(text, 16)
    if not re.fullmatch(r"[+-]?\d+", text):
        raise ValueError("it is not a whole number")
    return int(text)


def truth(text: str) -> bool:
    """Raises `ValueError` for what is neither true nor false."""
    lowered = text.strip().lower()
    if lowered not in ("true", "false"):
        raise ValueError("it is neither true nor false")
    return lowered == "true"


def size_bytes(text: str) -> int:
    """Bytes; the units k, m, g, t, p, e are powers of 1024. Raises `ValueError`.

    >>> size_bytes("128m")
    134217728
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError("it is not a size such as 134217728 or 128m")
    return int(match[1]) * int(1024 ** _BINARY[match[2].lower()])


def seconds(text: str, unit: str) -> float:
    """Seconds; a number alone counts in `unit` (ns, us, ms, s, m, h, d). Raises `ValueError`.

    >>> seconds("10s", "ms"), seconds("1500", "ms")
    (10.0, 1.5)
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError("it is not a time such as 10, 10s, 5m or 500ms")
    return int(match[1]) * _SECONDS[(match[2] or unit).lower()]


def is_sensitive(key: str) -> bool:
    """Whether the value of `key` is a secret that nobody should print."""
    return _SENSITIVE.search(key) is not None


def login_name() -> str:
    """The name of the user whom this process runs as; `?` if it has none, as in Java."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return "?"
