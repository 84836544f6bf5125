from __future__ import annotations

import subprocess
import sys

import pytest

from hadoopjobs.core.errors import UsageError
from hadoopjobs.runtime.environment import NodePlatform, this_platform
from hadoopjobs.runtime.environment.nodes import (
    NodeFacts,
    NodePython,
    node_facts,
    node_script,
    platform_of,
    remember,
    remembered,
)

OLD = NodePython("python3", "/usr/bin/python3", (3, 9, 2), (2, 28))
NEW = NodePython("python3.12", "/usr/bin/python3.12", (3, 12, 1), (2, 28))
FACTS = NodeFacts("node-1", "x86_64", (NEW, OLD))


def run(script: str) -> str:
    shell = ["/bin/sh"]
    return subprocess.run(shell, input=script, capture_output=True, text=True, check=False).stderr


def test_the_script_tells_of_this_machine():
    facts = node_facts(run(node_script(sys.executable)))
    assert facts is not None
    assert facts.pythons[0].path
    assert facts.pythons[0].version == sys.version_info[:3]
    assert platform_of(facts, sys.executable, sys.version_info[:2]) == this_platform()


@pytest.mark.parametrize("name", ["no such", 'it\'s "odd" $HOME `x`', "/dev/null", "-c"])
def test_a_python_that_is_not_there_is_told_with_what_is(name):
    facts = node_facts(run(node_script(name)))
    assert facts is not None
    with pytest.raises(UsageError, match=r"does not have .*; it has .*python3"):
        platform_of(facts, name, (3, 11))


def test_the_answer_is_found_in_what_yarn_makes_of_it():
    answer = run(node_script(None))
    facts = node_facts(f"Application failed\nLast 4096 bytes of stderr :\n{answer}\n{answer}.\n")
    assert facts == node_facts(answer)
    assert node_facts("Container killed") is None


def test_the_python_of_this_machine_is_looked_for():
    assert platform_of(FACTS, None, (3, 12)) == NodePlatform((3, 12), "x86_64", (2, 28))
    with pytest.raises(UsageError) as caught:
        platform_of(FACTS, None, (3, 11))
    assert str(caught.value) == (
        "node node-1 does not have Python 3.11, which runs here; it has python3.12 (3.12.1), "
        "python3 (3.9.2): install that one there, or name its place with --python PATH"
    )


def test_a_python_that_is_too_old_is_refused_even_when_it_was_named():
    with pytest.raises(UsageError, match=r"python3 \(3.9.2\) cannot run tasks"):
        platform_of(FACTS, "python3", (3, 11))


def test_an_answer_is_good_for_a_day_and_a_cluster(tmp_path):
    remember(tmp_path / "new", "http://rm", None, "2026-11-25", FACTS)
    assert remembered(tmp_path / "new", "http://rm", None, "2026-11-25") == FACTS
    assert remembered(tmp_path / "new", "http://rm", None, "2026-11-26") is None
    assert remembered(tmp_path / "new", "http://rm", "python3", "2026-11-25") is None
    assert remembered(tmp_path / "new", "http://other", None, "2026-11-25") is None


def test_a_damaged_answer_counts_as_none(tmp_path):
    remember(tmp_path, "http://rm", None, "today", FACTS)
    (path,) = tmp_path.glob("*.json")
    path.write_text("{}")
    assert remembered(tmp_path, "http://rm", None, "today") is None
