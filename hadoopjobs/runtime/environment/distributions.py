"""Which installed distributions a task needs.

Source: the Core Metadata Specifications (Requires-Dist); PEP 508 for its markers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution, requires
from typing import TYPE_CHECKING

from hadoopjobs.core.errors import ConfigError
from hadoopjobs.runtime.environment.node_platform import NodePlatform

if TYPE_CHECKING:
    from packaging.requirements import Requirement

PROJECT = "hadoopjobs"
# What setup.cfg asks for and only the driver imports. mrjob goes along when a job imports it.
_OF_DRIVER = frozenset({"jinja2", "mrjob", "packaging", "rich", "setuptools"})
# mrjob 0.7 imports distutils, which setuptools stands in for since Python 3.12.
_ALSO = {"mrjob": ("setuptools",)}


def canonical(name: str) -> str:
    """The one spelling of a distribution's name (PEP 503).

    >>> canonical("Hdfs_Native")
    'hdfs-native'
    """
    from packaging.utils import canonicalize_name

    return str(canonicalize_name(name))


def needed_by_tasks() -> list[Requirement]:
    """What `hadoopjobs` itself needs on a node."""
    return [each for each in project_requirements() if canonical(each.name) not in _OF_DRIVER]


def project_requirements() -> list[Requirement]:
    """All that `hadoopjobs` asks for, extras left out."""
    try:
        texts = requires(PROJECT) or []
    except PackageNotFoundError as error:
        raise ConfigError(
            "hadoopjobs is not installed here, so what it needs on a node is not known: pip install"
            " it, or pass --env none"
        ) from error
    return list(_parsed(texts, None))


def with_their_own(
    wanted: Iterable[Requirement], nodes: NodePlatform, given: Iterable[str] = ()
) -> dict[str, Distribution]:
    """The distributions by name, and all that they need on `nodes` in turn.

    Those in `given` come from elsewhere and are left out, with what only they need.
    """
    found: dict[str, Distribution] = {}
    left_out = {PROJECT, *given}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = list(wanted)
    while waiting:
        requirement = waiting.pop()
        name = canonical(requirement.name)
        asked = (name, frozenset(requirement.extras))
        if name in left_out or asked in seen:
            continue
        seen.add(asked)
        if name not in found:
            found[name] = _installed(requirement)
        waiting += _parsed(found[name].requires or [], nodes, requirement.extras)
        waiting += _parsed(_ALSO.get(name, ()), nodes)
    return dict(sorted(found.items()))


def _installed(requirement: Requirement) -> Distribution:
    try:
        return distribution(requirement.name)
    except PackageNotFoundError as error:
        raise ConfigError(
            f"the tasks need the package {requirement.name}, which is not installed here: "
            f"pip install '{requirement}'"
        ) from error


def _parsed(
    texts: Iterable[str], nodes: NodePlatform | None, extras: Iterable[str] = ()
) -> Iterator[Requirement]:
    """Those whose markers hold, for one of the extras or for none."""
    from packaging.requirements import Requirement

    for text in texts:
        requirement = Requirement(text)
        marker = requirement.marker
        environments = [{**_environment(nodes), "extra": extra} for extra in ("", *extras)]
        if marker is None or any(marker.evaluate(each) for each in environments):
            yield requirement


def _environment(nodes: NodePlatform | None) -> dict[str, str]:
    if nodes is None:
        return {}
    version = f"{nodes.python[0]}.{nodes.python[1]}"
    return {
        "python_version": version,
        "python_full_version": f"{version}.0",
        "implementation_version": f"{version}.0",
        "platform_machine": nodes.machine,
    }


@cache
def distributions_by_module() -> Mapping[str, tuple[str, ...]]:
    """The distributions that bring each top-level module."""
    from importlib.metadata import packages_distributions

    return {module: tuple(set(names)) for module, names in packages_distributions().items()}
