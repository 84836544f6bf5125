"""What a node has, asked on a node: Python, Java, and Hadoop's streaming."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator

from hadoopjobs.core.errors import UsageError, YarnError
from hadoopjobs.runtime.environment.nodes import NodeFacts, node_facts, node_script, platform_of
from hadoopjobs.session.doctor.finding import Finding, Findings, ok, problem
from hadoopjobs.yarn import YarnClient
from hadoopjobs.yarn.class_path import mapreduce_class_path
from hadoopjobs.yarn.effective import Effective
from hadoopjobs.yarn.node_script import run_on_node

_NAME = "hadoopjobs doctor: what is on a node (ends as failed, by design)"
_STREAMING, _JAVA = "hadoopjobs-streaming ", "hadoopjobs-java "
_SECONDS = 30.0
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")
_FRAMEWORK = "mapreduce.application.framework.path"


def check_a_node(
    client: YarnClient, effective: Effective, python: str | None, queue: str
) -> Findings:
    """Runs a small script in a container; YARN chooses the node."""
    script = node_script(python) + _java_script() + streaming_script(effective)
    text = run_on_node(client, _NAME, script, queue=queue, seconds=_SECONDS)
    facts = node_facts(text)
    if facts is None:
        raise YarnError(f"the container did not run: {' '.join(text.split())[:300]}")
    yield _python(facts, python)
    yield _java(facts, _said(text, _JAVA))
    yield _streaming(facts, effective, _said(text, _STREAMING))


def _said(text: str, mark: str) -> str | None:
    lines = (line.strip() for line in text.splitlines())
    return next((line.removeprefix(mark) for line in lines if line.startswith(mark)), None)


def _python(facts: NodeFacts, python: str | None) -> Finding:
    try:
        platform = platform_of(facts, python, sys.version_info[:2])
    except UsageError as error:
        what, _, advice = str(error).rpartition(": ")
        return problem("Python on nodes", what, advice)
    return ok("Python on nodes", f"node {facts.host} has what a job needs: {platform}")


def _java(facts: NodeFacts, version: str | None) -> Finding:
    if version:
        return ok("Java on nodes", version)
    return problem(
        "Java on nodes",
        f"containers on {facts.host} have no JAVA_HOME/bin/java, so no job can start",
        "set JAVA_HOME for the NodeManager, and keep it in yarn.nodemanager.env-whitelist",
    )


def _java_script() -> str:
    return f'if [ -x "$JAVA_HOME/bin/java" ]; then echo "{_JAVA}$JAVA_HOME/bin/java" >&2; fi\n'


def streaming_script(effective: Effective) -> str:
    """A script for /bin/sh that names the jar of streaming on the class path of tasks."""
    patterns = " ".join(_patterns(mapreduce_class_path(effective)))
    return (
        f"for jar in {patterns or '/none'}; do "
        f'if [ -f "$jar" ]; then echo "{_STREAMING}$jar" >&2; break; fi; done\n'
    )


def _patterns(class_path: str) -> Iterator[str]:
    """Each entry as a pattern of the shell; its variables are those of a container."""
    for entry in (part.strip() for part in class_path.split(",")):
        folder, _, name = entry.rpartition("/")
        if name == "*":
            yield f"{_quoted(folder)}/hadoop-streaming-[0-9]*.jar"
        elif name.startswith("hadoop-streaming"):
            yield f"{_quoted(folder)}/{shlex.quote(name)}"


def _quoted(folder: str) -> str:
    """With its variables left to be replaced."""
    text = folder.replace("{{", "${").replace("}}", "}")
    parts = _VARIABLE.split(text)
    return "".join(
        f'"${{{part}}}"' if at % 2 else shlex.quote(part) for at, part in enumerate(parts) if part
    )


def _streaming(facts: NodeFacts, effective: Effective, jar: str | None) -> Finding:
    if jar is not None:
        return ok("streaming", f"node {facts.host} has {jar}")
    if effective.get(_FRAMEWORK):
        return ok("streaming", f"tasks get Hadoop from {effective.get(_FRAMEWORK)}")
    return problem(
        "streaming",
        f"node {facts.host} has no hadoop-streaming jar on the class path of tasks",
        "set mapreduce.application.classpath to where it is, and HADOOP_MAPRED_HOME on the nodes",
    )
