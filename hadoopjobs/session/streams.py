"""A call of Hadoop Streaming as a program, its paths as the runner means them."""

from __future__ import annotations

import dataclasses

from hadoopjobs.core.errors import ConfigError
from hadoopjobs.job.streaming import StreamingCall, plan_streaming
from hadoopjobs.logical.program import Program
from hadoopjobs.session.settings import Settings
from hadoopjobs.storage import hadoop_conf, scheme_of
from hadoopjobs.storage.uris import split_uri


def program_of_streaming(call: StreamingCall, settings: Settings) -> Program:
    """The program of `call`.

    On Hadoop a path without a scheme is in the cluster's storage, as Streaming reads it: it is
    there for scripts that were written for that. Elsewhere it is on this machine.
    """
    inputs = tuple(path for text in call.inputs for path in _paths(text))
    if settings.runner == "hadoop":
        output = None if call.output is None else _on_cluster(call.output)
        call = dataclasses.replace(call, inputs=tuple(map(_on_cluster, inputs)), output=output)
    else:
        call = dataclasses.replace(call, inputs=inputs)
    return plan_streaming(call)


def _paths(text: str) -> list[str]:
    """A list by commas, those within braces left out. Source: FileInputFormat.getPathStrings.

    >>> _paths("a,b{1,2},c")
    ['a', 'b{1,2}', 'c']
    """
    paths, depth = [""], 0
    for char in text:
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == "," and depth == 0:
            paths.append("")
        else:
            paths[-1] += char
    return [path for path in paths if path]


def _on_cluster(path: str) -> str:
    if path == "-" or scheme_of(path) != "file" or path[:5].lower() == "file:":
        return path
    conf = hadoop_conf()
    root = (conf.get("fs.defaultFS") or "").strip()
    if scheme_of(root or "/") == "file":
        raise ConfigError(
            "the hadoop runner needs a cluster: set HADOOP_CONF_DIR to the folder with its "
            "site files"
        )
    place = split_uri(root)
    home = f"/user/{conf.user}/"
    return split_uri(
        f"{place.scheme}://{place.authority}{'' if path.startswith('/') else home}{path}"
    ).uri
