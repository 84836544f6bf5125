"""Asks one node of a cluster which Python it has, once a day."""

from __future__ import annotations

import sys
from pathlib import Path

from hadoopjobs.core.errors import YarnError
from hadoopjobs.runtime.environment import NodePlatform
from hadoopjobs.runtime.environment.nodes import (
    NodeFacts,
    node_facts,
    node_script,
    platform_of,
    remember,
    remembered,
)
from hadoopjobs.yarn import YarnClient
from hadoopjobs.yarn.node_script import run_on_node

_NAME = "hadoopjobs: which Python is on a node (ends as failed, by design)"


def nodes_platform(
    client: YarnClient, python: str | None, *, queue: str, cache: Path, today: str
) -> NodePlatform:
    """What tasks will run with, by what one node said `today` (any text that names the day).

    Raises `UsageError` when that node has no Python that would do, `YarnError` when it does not
    answer.
    """
    cluster = client.resource_manager.active.url
    facts = remembered(cache, cluster, python, today)
    if facts is None:
        facts = ask_node(client, python, queue=queue)
        platform = platform_of(facts, python, sys.version_info[:2])
        remember(cache, cluster, python, today, facts)  # not what somebody is about to mend
        return platform
    return platform_of(facts, python, sys.version_info[:2])


def ask_node(
    client: YarnClient, python: str | None, *, queue: str, seconds: float = 60.0
) -> NodeFacts:
    """What a node says now; YARN chooses which. Raises `YarnError`."""
    text = run_on_node(client, _NAME, node_script(python), queue=queue, seconds=seconds)
    facts = node_facts(text)
    if facts is None:
        raise YarnError(f"a node did not say which Python it has; YARN says: {_short(text)}")
    return facts


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 300 else f"{words[:300]}…"
