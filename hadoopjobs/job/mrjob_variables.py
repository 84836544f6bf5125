"""The environment variables that mrjob's local runners give to a task.

Source: mrjob 0.7.4, `SimMRJobRunner._env_for_task` and `_simulate_jobconf_for_step`: job
configuration with dots made underscores, each simulated name in its Hadoop 1 and 2 spelling.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from hadoopjobs.job.mrjob_loader import spellings

_INPUT_FILE = "mapreduce.map.input.file"
_GIVEN_BY_RUNTIME = (
    "mapreduce.job.id",
    "mapreduce.task.id",
    "mapreduce.task.attempt.id",
    "mapreduce.task.ismap",
    "mapreduce.task.partition",
    "mapreduce.task.output.dir",
    _INPUT_FILE,
    "mapreduce.map.input.start",
    "mapreduce.map.input.length",
)

SideFile = tuple[str, str, str]
"""Path or URI, the name in the working folder, and "file", "dir" or "archive"."""


def variable_of(setting: str) -> str:
    """The variable that `jobconf_from_env` looks up for a setting.

    >>> variable_of("mapreduce.map.input.file")
    'mapreduce_map_input_file'
    """
    return setting.replace(".", "_")


def simulated_variables(
    present: Mapping[str, str], side_files: Iterable[SideFile], folder: str
) -> dict[str, str]:
    """What a mrjob task finds besides its configuration, both spellings of each name."""
    settings = {
        setting: present[variable_of(setting)]
        for setting in _GIVEN_BY_RUNTIME
        if variable_of(setting) in present
    }
    settings["mapreduce.job.local.dir"] = folder
    named = sorted((name, path, kind) for path, name, kind in side_files)
    for kind, kinds in (("archives", ("archive", "dir")), ("files", ("file",))):
        chosen = [(name, path) for name, path, each in named if each in kinds]
        settings[f"mapreduce.job.cache.{kind}"] = ",".join(f"{p}#{n}" for n, p in chosen)
        settings[f"mapreduce.job.cache.local.{kind}"] = ",".join(
            os.path.join(folder, name) for name, _ in chosen
        )
    return {
        variable_of(spelling): value
        for setting, value in settings.items()
        for spelling in spellings(setting)
    }


def input_variables(
    present: Mapping[str, str], inputs: Sequence[str], folder: str
) -> dict[str, str]:
    """The input file as mrjob names it: `file://` and the path as the user spelled it."""
    name = variable_of(_INPUT_FILE)
    path = present.get(name, "").removeprefix("file://")
    if not path or "://" in path:
        return {}
    return {name: "file://" + spelled_as(path, inputs, folder)}


def spelled_as(path: str, inputs: Sequence[str], folder: str) -> str:
    """`path`, absolute, as seen through the one of `inputs` (relative to `folder`) it is under.

    >>> spelled_as("/home/me/logs/may.txt", ["logs/*.txt"], "/home/me")
    'logs/may.txt'
    >>> spelled_as("/home/me/a", ["/home/me/a"], "/home/me")
    '/home/me/a'
    """
    for given in inputs:
        place = os.path.normpath(os.path.join(folder, given))
        if path == place:
            return given
        if os.path.isabs(given):
            continue
        literal = _before_wildcards(given)
        base = os.path.normpath(os.path.join(folder, literal))
        if path.startswith(base.rstrip("/") + "/"):
            return os.path.join(literal, path[len(base.rstrip("/")) + 1 :])
    return path


def _before_wildcards(given: str) -> str:
    """The folders of a pattern up to the first one with a wildcard."""
    kept = []
    for part in given.rstrip("/").split("/"):
        if any(sign in part for sign in "*?["):
            break
        kept.append(part)
    return "/".join(kept)
