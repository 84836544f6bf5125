"""The environment variables that name the part of the input that a map task reads."""

from __future__ import annotations

import os

from hadoopjobs.formats.base import Split

# Hadoop 1 called it so; it is told only where it was there before, as mrjob's jobs find it.
_OLD_PREFIX, _PREFIX = "map_input_", "mapreduce_map_input_"


def variables_of(split: Split) -> dict[str, str]:
    """Source: MapReduce Tutorial, "Task JVM Reuse" and the table of configured parameters."""
    values = {"file": split.uri, "start": str(split.start), "length": str(split.length)}
    variables = {f"{_PREFIX}{name}": value for name, value in values.items()}
    for name, value in values.items():
        if f"{_OLD_PREFIX}{name}" in os.environ:
            variables[f"{_OLD_PREFIX}{name}"] = value
    return variables
