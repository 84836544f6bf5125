"""Wheels from where pip finds them, chosen for the nodes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from hadoopjobs.core.errors import ConfigError
from hadoopjobs.runtime.environment.node_platform import NodePlatform, pip_platform_words

_QUIET = ("--disable-pip-version-check", "--no-input", "--quiet")


def download(pinned: Sequence[str], nodes: NodePlatform, folder: Path) -> None:
    """The wheels of `NAME==VERSION` each, without what these need, into `folder`."""
    words = ["download", "--no-deps", "--only-binary=:all:", *pip_platform_words(nodes)]
    _pip([*words, "--dest", str(folder), *pinned], f"{', '.join(pinned)} for {nodes}")


def resolve(file: Path, nodes: NodePlatform, here: NodePlatform, folder: Path) -> None:
    """The wheels of all packages of a requirements file, and what they need, into `folder`.

    Where the nodes are as this machine, packages without a wheel are built. With hashes in the
    file, each package must have one.
    """
    if is_alike(nodes, here):
        words = ["wheel", "--wheel-dir", str(folder)]
    else:
        words = ["download", "--only-binary=:all:", *pip_platform_words(nodes)]
        words += ["--dest", str(folder)]
    _pip([*words, "--requirement", str(file)], f"the packages of {file} for {nodes}")


def is_alike(nodes: NodePlatform, here: NodePlatform) -> bool:
    """Whether what is built here runs there."""
    same = (nodes.python, nodes.machine) == (here.python, here.machine)
    return same and nodes.glibc >= here.glibc


def _pip(words: Sequence[str], what: str) -> None:
    command = [sys.executable, "-m", "pip", words[0], *_QUIET, *words[1:]]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if result.returncode == 0:
        return
    if "No module named pip" in result.stderr:
        raise ConfigError(
            f"cannot get {what}: there is no pip for {sys.executable}; run its `-m ensurepip`"
        )
    raise ConfigError(f"cannot get {what}: {_reason(result.stderr)}")


def _reason(stderr: str) -> str:
    """The lines of pip that say why, as one."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return "; ".join(errors[:3] or lines[-1:]) or "pip failed without a word"
