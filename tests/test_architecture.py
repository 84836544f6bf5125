"""Who may import whom. The table is that of ARCHITECTURE.md; imports inside functions count."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = "hadoopjobs"

# A room is a package or a single module directly under hadoopjobs/; each may import itself.
MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "storage": {"core"},
    "yarn": {"core"},
    "logical": {"core"},
    "kernel": {"core"},
    "formats": {"core", "storage"},
    "job": {"core", "logical"},
    "dataset": {"core", "logical"},
    "hiveql": {"core", "logical", "storage", "formats"},
    "optimizer": {"core", "logical"},
    "physical": {"core", "kernel"},
    "planner": {"core", "kernel", "logical", "physical"},
    "runtime": {"core", "formats", "kernel", "physical", "storage"},
    "runners": {"core", "formats", "physical", "runtime", "storage", "yarn"},
}
MAY_IMPORT["session"] = set(MAY_IMPORT)
MAY_IMPORT |= {room: {"session", "core", "storage", "yarn"} for room in ("reports", "server")}
MAY_IMPORT["testing"] = {"session", "core", "storage", "yarn"}
MAY_IMPORT["cli"] = {"session", "core", "storage", "yarn", "reports"}
MAY_IMPORT["__main__"] = {"cli"}
# The public names; nobody inside imports from here.
MAY_IMPORT["__init__"] = {"core", "job", "dataset", "session", "testing"}

# `Job.run()`, which makes `python jobs/word_count.py` work, is the command line.
DECLARED_EXCEPTIONS: set[tuple[str, str]] = {("hadoopjobs.job", "cli")}

# Libraries that one room keeps to itself.
ONLY_IN = {"sqlglot": {"hiveql"}, "duckdb": {"kernel"}, "jinja2": {"reports"}, "rich": {"cli"}}


@dataclass(frozen=True)
class Import:
    """`importer` names `target`, with the dots of a relative import kept in front."""

    importer: str
    target: str
    line: int


def module_name(path: Path, root: Path) -> str:
    """The dotted name; a package's own file has the name of the package."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources(root: Path) -> dict[str, str]:
    """The text of every module of the project by its dotted name."""
    paths = sorted((root / PROJECT).rglob("*.py"))
    return {module_name(path, root): path.read_text("utf-8") for path in paths}


def imports(module: str, source: str, modules: Mapping[str, object]) -> Iterator[Import]:
    """Every import, wherever it stands; `from package import module` names the module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield Import(module, full if full in modules else base, node.lineno)


def room(module: str) -> str:
    """The part under hadoopjobs/ that a module belongs to."""
    return module.split(".")[1] if "." in module else "__init__"


def is_excepted(found: Import) -> bool:
    return any(
        (found.importer + ".").startswith(importer + ".") and room(found.target) == target
        for importer, target in DECLARED_EXCEPTIONS
    )


def ours(found: Import) -> bool:
    return found.target.split(".")[0] == PROJECT


def offences(modules: Mapping[str, str]) -> list[str]:
    """One line for each import that the tables forbid, and for each room that they lack."""
    lines = [
        f"{module}: no row for {room(module)!r} in MAY_IMPORT"
        for module in modules
        if room(module) not in MAY_IMPORT
    ]
    for module, source in modules.items():
        own = room(module)
        allowed = MAY_IMPORT.get(own, set()) | {own} - {"__init__"}
        for found in imports(module, source, modules):
            place, top = f"{module}, line {found.line}", found.target.split(".")[0]
            if found.target.startswith("."):
                lines.append(f"{place}: relative import of {found.target!r}")
            elif ours(found) and room(found.target) not in allowed and not is_excepted(found):
                lines.append(f"{place}: {own} may not import {found.target}")
            elif own not in ONLY_IN.get(top, {own}):
                lines.append(f"{place}: only {' and '.join(sorted(ONLY_IN[top]))} imports {top}")
    return lines


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The strongly connected parts of more than one module, by Tarjan's algorithm."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        number[module] = lowest[module] = len(number)
        stack.append(module)
        for target in sorted(graph[module]):
            if target not in number:
                visit(target)
            if target in stack:
                lowest[module] = min(lowest[module], lowest[target])
        if lowest[module] == number[module]:
            start = stack.index(module)
            part, stack[start:] = stack[start:], []
            if len(part) > 1:
                found.append(sorted(part))

    for module in sorted(graph):
        if module not in number:
            visit(module)
    return found


def import_graph(modules: Mapping[str, str]) -> dict[str, set[str]]:
    """Which modules of ours each module imports, the declared exceptions left out."""
    graph: dict[str, set[str]] = {}
    for module, source in modules.items():
        named = [found for found in imports(module, source, modules) if not is_excepted(found)]
        graph[module] = {found.target for found in named} & modules.keys() - {module}
    return graph


def test_every_import_is_in_the_table() -> None:
    assert offences(sources(ROOT)) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(import_graph(sources(ROOT))) == []


def test_importing_the_project_loads_no_heavy_library() -> None:
    heavy = {"pyarrow", "duckdb", "numpy", "pyspark", "mrjob", "jinja2", "fastavro", "requests"}
    program = "import sys, hadoopjobs; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert heavy & set(result.stdout.split()) == set()


@pytest.mark.parametrize(
    ("module", "source", "offence"),
    [
        (
            "hadoopjobs.runners.local",
            "def run():\n    from hadoopjobs.logical.operators import Scan\n",
            "hadoopjobs.runners.local, line 2: runners may not import hadoopjobs.logical.operators",
        ),
        (
            "hadoopjobs.core.sizes",
            "if TYPE_CHECKING:\n    import hadoopjobs.storage\n",
            "hadoopjobs.core.sizes, line 2: core may not import hadoopjobs.storage",
        ),
        (
            "hadoopjobs.core.sizes",
            "from hadoopjobs import Job\n",
            "hadoopjobs.core.sizes, line 1: core may not import hadoopjobs",
        ),
        (
            "hadoopjobs.core.sizes",
            "from . import errors\n",
            "hadoopjobs.core.sizes, line 1: relative import of '.'",
        ),
        (
            "hadoopjobs.planner.lower",
            "import sqlglot.expressions\n",
            "hadoopjobs.planner.lower, line 1: only hiveql imports sqlglot",
        ),
        (
            "hadoopjobs.helpers.text",
            "",
            "hadoopjobs.helpers.text: no row for 'helpers' in MAY_IMPORT",
        ),
    ],
)
def test_an_offender_is_named(module: str, source: str, offence: str) -> None:
    assert offences({module: source}) == [offence]


def test_only_the_job_imports_the_command_line() -> None:
    source = "def run():\n    from hadoopjobs.cli.main import main\n"
    assert offences({"hadoopjobs.job.job": source}) == []
    assert len(offences({"hadoopjobs.logical.operators": source})) == 1


def test_a_circle_is_named() -> None:
    modules = {
        "hadoopjobs.core.a": "from hadoopjobs.core import b",
        "hadoopjobs.core.b": "def f():\n    from hadoopjobs.core.c import g",
        "hadoopjobs.core.c": "import hadoopjobs.core.a",
        "hadoopjobs.core.d": "import hadoopjobs.core.a",
    }
    assert circles(import_graph(modules)) == [
        ["hadoopjobs.core.a", "hadoopjobs.core.b", "hadoopjobs.core.c"]
    ]
