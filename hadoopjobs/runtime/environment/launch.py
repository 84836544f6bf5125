"""The launcher: finds Python on a node, checks it, and starts a module with what was sent."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path

from hadoopjobs.runtime.environment.archive import Entry
from hadoopjobs.runtime.environment.node_platform import NodePlatform, Version

PREFIX = "hadoopjobs cannot start on "
_START = Path(__file__).with_name("start.py")

_SHELL = """\
#!/bin/sh
# Finds Python and starts the task with it.
here=${{0%/*}}
for python in {candidates}; do
    if command -v "$python" >/dev/null 2>&1; then
        exec "$python" -sB "$here/start.py" "$@"
    fi
done
echo {prefix}"$(uname -n)": it has no "$python"{advice} >&2
exit 127
"""


def launcher_words(folder: str) -> tuple[str, ...]:
    """The words that start the launcher which lies in `folder` of a task's working folder."""
    return ("/bin/sh", f"{folder}/launch.sh")


def launcher_entries(
    python: str | None,
    nodes: NodePlatform,
    glibc: Version,
    *,
    modules: Sequence[str],
    packages: Sequence[str],
) -> list[Entry]:
    """The launcher's files. `glibc` is the oldest that will do, (0, 0) if nothing needs one.

    `modules` and `packages` are folders and zips, relative to a task's working folder, from which
    a task imports before all else, and before what the node has installed.
    """
    facts = {
        "python": nodes.python,
        "machine": nodes.machine if glibc > (0, 0) else "",
        "glibc": glibc,
        "modules": list(modules),
        "packages": list(packages),
    }
    return [
        Entry("launch.sh", _shell(python, nodes.python).encode(), is_executable=True),
        Entry("start.py", _START),
        Entry("start.json", json.dumps(facts).encode()),
    ]


def _shell(python: str | None, version: Version) -> str:
    default = (f"python{version[0]}.{version[1]}", "python3")
    candidates = " ".join(map(shlex.quote, default if python is None else (python,)))
    advice = shlex.quote("; name its Python with --python PATH")
    return _SHELL.format(candidates=candidates, prefix=shlex.quote(PREFIX), advice=advice)


def launch_problem(stderr: str) -> str | None:
    """Why a task did not start, from what it wrote to standard error; None if it did start."""
    lines = (line.strip() for line in stderr.splitlines())
    return next((line for line in lines if line.startswith(PREFIX)), None)
