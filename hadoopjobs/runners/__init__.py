"""Where tasks run and how shuffled bytes move. A runner sees stages, never jobs or queries."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from hadoopjobs.core.errors import ConfigError

if TYPE_CHECKING:
    from hadoopjobs.runners.base import Runner

RUNNERS = {
    "inline": "hadoopjobs.runners.inline:InlineRunner",
    "local": "hadoopjobs.runners.local:LocalRunner",
    "memory": "hadoopjobs.runners.memory:MemoryRunner",
    "hadoop": "hadoopjobs.runners.hadoop:HadoopRunner",
}


def runner_named(name: str) -> type[Runner]:
    """The class of the runner. Raises `ConfigError` for a name that is none."""
    if name not in RUNNERS:
        raise ConfigError(f"unknown runner {name!r}: choose one of {', '.join(RUNNERS)}")
    module, _, attribute = RUNNERS[name].partition(":")
    runner: type[Runner] = getattr(importlib.import_module(module), attribute)
    return runner
