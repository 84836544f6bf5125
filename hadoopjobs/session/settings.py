"""How to run, as the user said it, and what this machine has."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """How to run, as the user said it; None means the default of this machine.

    `node_packages` is `auto`, `none` or a requirements file, `node_python` the interpreter: for the
    nodes of a cluster, whose site files may say it too. So are `py_files`, which are on this
    process's path already. For Hadoop are `shuffle` (`columnar`, `text`, `auto`), `libjars`,
    `detach`, which waits for nothing, and `hadoop_bin`, the program that submits in our place.
    """

    runner: str = "memory"
    memory_bytes: int | None = None
    workers: int | None = None
    temp_dir: str | None = None
    max_attempts: int | None = None
    skip_bad_records: int = 0
    overwrite: bool = False
    resume: bool = False
    split_bytes: int | None = None
    side_files: tuple[tuple[str, str, str], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    node_packages: str | None = None
    node_python: str | None = None
    py_files: tuple[str, ...] = ()
    shuffle: str = "auto"
    libjars: tuple[str, ...] = ()
    detach: bool = False
    hadoop_bin: str | None = None


def cores_of(settings: Settings) -> int:
    return settings.workers or len(os.sched_getaffinity(0))


def default_memory() -> int:
    """60 % of the memory of this machine, or of the control group that it runs in."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        with open("/sys/fs/cgroup/memory.max") as file:
            limit = file.read().strip()
        if limit != "max":
            machine = min(machine, int(limit))
    except (OSError, ValueError):
        pass
    return machine * 6 // 10
