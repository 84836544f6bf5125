"""What a node has: a script that tells it, what its answer means, and the answers of today."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from hadoopjobs.core.errors import UsageError
from hadoopjobs.runtime.environment.node_platform import PYTHONS, NodePlatform, Version

_MARK = "hadoopjobs-node "
# Any Python since 2.6 runs it.
_FACTS = (
    "import json, os, platform, sys; "
    "key = 'CS_GNU_LIBC_VERSION'; libc = os.confstr(key) if key in os.confstr_names else ''; "
    f"sys.stderr.write('{_MARK}' + json.dumps(dict(name=sys.argv[1], path=sys.executable, "
    "version=list(sys.version_info[:3]), libc=libc or '')) + '\\n')"
)


@dataclass(frozen=True)
class NodePython:
    """An interpreter of a node; `name` is what it was looked for by. `glibc` is (0, 0) where the
    C library is another one."""

    name: str
    path: str
    version: tuple[int, int, int]
    glibc: Version

    def __str__(self) -> str:
        return f"{self.name} ({'.'.join(map(str, self.version))})"


@dataclass(frozen=True)
class NodeFacts:
    """One node; its interpreters in the order in which they are preferred."""

    host: str
    machine: str
    pythons: tuple[NodePython, ...]


def node_script(python: str | None) -> str:
    """A script for /bin/sh that writes to standard error what `node_facts` reads."""
    names = [f"python{major}.{minor}" for major, minor in PYTHONS] + ["python3"]
    wanted = " ".join(map(shlex.quote, [python, *names] if python else names))
    return (
        f'echo "{_MARK}$(uname -n) $(uname -m)" >&2\n'
        f'for python in {wanted}; do command -v "$python" >/dev/null 2>&1 && '
        f'"$python" -sBc {shlex.quote(_FACTS)} "$python"; done\n'
    )


def node_facts(text: str) -> NodeFacts | None:
    """What the script wrote, out of a text that it stands in; None if it did not run."""
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith(_MARK)]
    rests = list(dict.fromkeys(line.removeprefix(_MARK) for line in lines))
    names = [rest.split() for rest in rests if not rest.startswith("{")]
    if not names or len(names[0]) != 2:
        return None
    return NodeFacts(names[0][0], names[0][1], tuple(_pythons(rests)))


def _pythons(rests: list[str]) -> Iterator[NodePython]:
    for rest in rests:
        try:
            found = json.loads(rest)
            major, minor, micro = found["version"]
            yield NodePython(
                found["name"], found["path"], (major, minor, micro), _glibc(found["libc"])
            )
        except (ValueError, KeyError, TypeError):  # the host's line, or one that was cut
            continue


def _glibc(text: str) -> Version:
    name, _, version = text.partition(" ")
    major, _, minor = version.partition(".")
    if name != "glibc" or not (major + minor).isdecimal():
        return 0, 0
    return int(major), int(minor)


def platform_of(facts: NodeFacts, python: str | None, here: Version) -> NodePlatform:
    """What tasks run with: `python` if it is given, else the Python of version `here`.

    Raises `UsageError` where the node has none, or one that is too old or too new.
    """
    found = _chosen(facts, python, here)
    if found is None:
        has = ", ".join(map(str, facts.pythons)) or "no Python"
        wanted = python or f"Python {here[0]}.{here[1]}, which runs here"
        raise UsageError(
            f"node {facts.host} does not have {wanted}; it has {has}: install that one there, or "
            "name its place with --python PATH"
        )
    version = found.version[:2]
    if version not in PYTHONS:
        raise UsageError(f"node {facts.host}: {found} cannot run tasks, they need 3.11 to 3.13")
    return NodePlatform(version, facts.machine, found.glibc)


def _chosen(facts: NodeFacts, python: str | None, here: Version) -> NodePython | None:
    if python is not None:
        return next((each for each in facts.pythons if each.name == python), None)
    return next((each for each in facts.pythons if each.version[:2] == here), None)


def remembered(cache: Path, cluster: str, python: str | None, today: str) -> NodeFacts | None:
    """What was kept for the cluster on this day."""
    try:
        said = json.loads(_kept(cache, cluster, python).read_text("utf-8"))
        if said["day"] != today:
            return None
        pythons = tuple(
            NodePython(each["name"], each["path"], tuple(each["version"]), tuple(each["glibc"]))
            for each in said["facts"]["pythons"]
        )
        return NodeFacts(said["facts"]["host"], said["facts"]["machine"], pythons)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(cache: Path, cluster: str, python: str | None, today: str, facts: NodeFacts) -> None:
    """Keep it for the rest of the day; a folder that cannot be written is no error."""
    path = _kept(cache, cluster, python)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps({"day": today, "facts": asdict(facts)}), "utf-8")
        temporary.replace(path)
    except OSError:
        return


def _kept(cache: Path, cluster: str, python: str | None) -> Path:
    key = hashlib.sha256(json.dumps([cluster, python]).encode()).hexdigest()[:32]
    return cache / f"node-{key}.json"
