"""What runs on a node, and which wheels fit it.

Source: PEP 425 (tags), PEP 600 (manylinux), PEP 656 (musllinux).
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from hadoopjobs.core.errors import ConfigError

Version = tuple[int, int]

_OLD_NAMES = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
_TEXT = re.compile(r"(?:(\d+)\.(\d+)-)?manylinux_(\d+)_(\d+)_(\w+)")
PYTHONS = ((3, 11), (3, 12), (3, 13))
_ANY: Version = (0, 0)


@dataclass(frozen=True)
class NodePlatform:
    """Python's and glibc's major and minor version, and the machine as in `x86_64`."""

    python: Version
    machine: str
    glibc: Version

    def __str__(self) -> str:
        python = f"{self.python[0]}.{self.python[1]}"
        return f"{python}-manylinux_{self.glibc[0]}_{self.glibc[1]}_{self.machine}"


def this_platform() -> NodePlatform:
    """What runs here. Raises `ConfigError` where the C library is not glibc."""
    return NodePlatform(sys.version_info[:2], platform.machine(), _glibc())


def _glibc() -> Version:
    try:
        found = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError):
        found = ""
    match = re.fullmatch(r"glibc (\d+)\.(\d+).*", found)
    if match is None:
        raise ConfigError(
            "this machine has no glibc, so its packages fit no other: name the nodes' platform with"
            " -D hadoopjobs.nodes.platform=3.11-manylinux_2_28_x86_64"
        )
    return int(match[1]), int(match[2])


def parse_platform(text: str) -> NodePlatform:
    """The inverse of `str`; without a version of Python it is this one's.

    >>> str(parse_platform("3.12-manylinux_2_28_aarch64"))
    '3.12-manylinux_2_28_aarch64'
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise ConfigError(
            f"{text!r} is no platform: write it as 3.11-manylinux_2_28_x86_64, the versions of "
            "Python and glibc and the machine"
        )
    python = (int(match[1]), int(match[2])) if match[1] else sys.version_info[:2]
    if python not in PYTHONS:
        raise ConfigError(f"{text!r}: nodes need Python 3.11, 3.12 or 3.13")
    return NodePlatform(python, match[5], (int(match[3]), int(match[4])))


def needed_glibc(tags: Iterable[str], nodes: NodePlatform, here: NodePlatform) -> Version | None:
    """The oldest glibc with which a wheel of these tags runs on `nodes`, (0, 0) for any; None if
    it does not run there. A wheel that was built `here` and for here alone needs this glibc."""
    found = [_needed(tag, nodes, here) for tag in tags]
    fitting = [needed for needed in found if needed is not None and needed <= nodes.glibc]
    return min(fitting, default=None)


def _needed(tag: str, nodes: NodePlatform, here: NodePlatform) -> Version | None:
    python, _, rest = tag.partition("-")
    abi, _, where = rest.partition("-")
    if not _is_python_right(python, abi, nodes.python):
        return None
    if where == "any":
        return _ANY
    name = where.removesuffix(f"_{nodes.machine}")
    if name == where:
        return None
    if name == "linux":
        return here.glibc if here.machine == nodes.machine else None
    if name in _OLD_NAMES:
        return _OLD_NAMES[name]
    match = re.fullmatch(r"manylinux_(\d+)_(\d+)", name)
    return None if match is None else (int(match[1]), int(match[2]))


def _is_python_right(python: str, abi: str, wanted: Version) -> bool:
    match = re.fullmatch(r"(py|cp)(\d)(\d*)", python)
    if match is None or int(match[2]) != wanted[0]:
        return False
    version = (int(match[2]), int(match[3] or 0))
    if abi == f"cp{wanted[0]}{wanted[1]}":
        return version == wanted
    if abi == "abi3" or (abi == "none" and match[1] == "py"):
        return version <= wanted
    return abi == "none" and version == wanted


def pip_platform_words(nodes: NodePlatform) -> list[str]:
    """The options with which pip chooses wheels for `nodes`."""
    python = f"{nodes.python[0]}{nodes.python[1]}"
    words = ["--python-version", f"{nodes.python[0]}.{nodes.python[1]}", "--implementation", "cp"]
    for abi in (f"cp{python}", "abi3", "none"):
        words += ["--abi", abi]
    for minor in range(nodes.glibc[1], 4, -1):
        words += ["--platform", f"manylinux_{nodes.glibc[0]}_{minor}_{nodes.machine}"]
    for name, version in _OLD_NAMES.items():
        if version <= nodes.glibc:
            words += ["--platform", f"{name}_{nodes.machine}"]
    return words
