"""From what is asked for to the archives that give it.

Three archives, since they change at different times: the packages, `hadoopjobs`, and what belongs
to one run: the user's modules and the launcher.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import Distribution
from pathlib import Path

from hadoopjobs.runtime.environment.archive import Entry, files_below
from hadoopjobs.runtime.environment.bytecode import with_bytecode
from hadoopjobs.runtime.environment.cache import Built, Contents, built
from hadoopjobs.runtime.environment.distributions import (
    PROJECT,
    canonical,
    distributions_by_module,
    needed_by_tasks,
    with_their_own,
)
from hadoopjobs.runtime.environment.launch import launcher_entries, launcher_words
from hadoopjobs.runtime.environment.node_platform import (
    NodePlatform,
    Version,
    needed_glibc,
    this_platform,
)
from hadoopjobs.runtime.environment.parts import Environment, EnvironmentRequest, ShippedArchive
from hadoopjobs.runtime.environment.pip import download, resolve
from hadoopjobs.runtime.environment.requirements import (
    check_against_project,
    digest_of,
    requirements_file,
)
from hadoopjobs.runtime.environment.user_modules import UserModules, find_user_modules
from hadoopjobs.runtime.environment.wheels import (
    LEFT_OUT,
    Wheel,
    installed_files,
    tags_of,
    wheels_in,
)

PACKAGES, PROJECT_FOLDER, OWN = "hadoopjobs-packages", "hadoopjobs-project", "hadoopjobs-own"
_MODULES, _ZIPS = "modules", "zips"
_ROOT = Path(__file__).parents[2]
_ANY: Version = (0, 0)
_MANY_BYTES = 64 << 20

Say = Callable[[str], None]


def environment_for(
    request: EnvironmentRequest, cache: Path, say: Say = lambda text: None
) -> Environment:
    """The archives for `request`: out of `cache`, or built and put there, of which `say` tells.

    Raises `ConfigError` and `UsageError` for packages that cannot be had.
    """
    here = this_platform()
    nodes = request.nodes or here
    modules = find_user_modules(
        [Path(file.path) for file in request.job_files],
        request.modules,
        [Path(file) for file in request.py_files],
        sys.modules,
        sys.path,
    )
    _warn_of_size(modules, say)
    packages = _packages(request, modules, nodes, here, cache, say)
    glibc: Version = _ANY if packages is None else tuple(packages.notes)
    project = _project(nodes, cache)
    own = _own(request, modules, nodes, glibc, packages is not None, cache)
    archives = [
        *([] if packages is None else [_shipped(packages, PACKAGES, is_shared=True)]),
        _shipped(project, PROJECT_FOLDER, is_shared=True),
        _shipped(own, OWN, is_shared=False),
    ]
    files = {str(file): f"{OWN}/{_MODULES}/{name}" for name, file in modules.placed.items()}
    return Environment(tuple(archives), launcher_words(OWN), files)


def _warn_of_size(modules: UserModules, say: Say) -> None:
    size = sum(file.stat().st_size for file in (*modules.placed.values(), *modules.zips))
    if size > _MANY_BYTES:
        largest = max(
            (*modules.placed.values(), *modules.zips), key=lambda file: file.stat().st_size
        )
        say(
            f"your own modules have {size / 1e6:.0f} MB, which each run uploads; the largest file "
            f"is {largest}: pass data by --files"
        )


def _shipped(found: Built, name: str, *, is_shared: bool) -> ShippedArchive:
    return ShippedArchive(found.path, name, found.digest, found.length, is_shared)


def _packages(
    request: EnvironmentRequest,
    modules: UserModules,
    nodes: NodePlatform,
    here: NodePlatform,
    cache: Path,
    say: Say,
) -> Built | None:
    """Noted with it: the glibc that they need."""
    if request.env == "none":
        return None
    file = None if request.env == "auto" else requirements_file(request.env)
    imported = tuple(sorted(_distributions_of(modules.third_party)))
    installed = _installed(imported, nodes, ())
    facts = {
        "kind": "packages",
        "nodes": str(nodes),
        "here": str(here),
        "file": None if file is None else digest_of(file),
        "left_out": LEFT_OUT,
        "installed": [f"{name}=={found.version}" for name, found in installed.items()],
    }

    def make() -> Contents:
        say(f"making the archive of packages for nodes with {nodes}, once")
        with tempfile.TemporaryDirectory(prefix="hadoopjobs-wheels-") as folder:
            return _package_contents(file, imported, nodes, here, Path(folder))

    return built(cache, facts, make)


def _distributions_of(third_party: set[str]) -> set[str]:
    by_module = distributions_by_module()
    return {name for module in third_party for name in by_module.get(module, ())}


def _installed(
    imported: Sequence[str], nodes: NodePlatform, given: Sequence[str]
) -> Mapping[str, Distribution]:
    from packaging.requirements import Requirement

    wanted = [*needed_by_tasks(), *(Requirement(name) for name in imported)]
    return with_their_own(wanted, nodes, given)


def _package_contents(
    file: Path | None,
    imported: Sequence[str],
    nodes: NodePlatform,
    here: NodePlatform,
    folder: Path,
) -> Contents:
    """Packages of the file, then those that are installed here: as they are where they fit the
    nodes, else from where pip finds them."""
    named: list[Wheel] = []
    if file is not None:
        (folder / "named").mkdir()
        resolve(file, nodes, here, folder / "named")
        named = list(wheels_in(folder / "named"))
        check_against_project(named, file)
    given = [canonical(wheel.distribution) for wheel in named]
    fitting: list[Distribution] = []
    others: list[str] = []
    glibc = _ANY
    for found in _installed(imported, nodes, given).values():
        needed = needed_glibc(tags_of(found) or ["py3-none-any"], nodes, here)
        if needed is None:
            others.append(f"{found.metadata['Name']}=={found.version}")
        else:
            fitting.append(found)
            glibc = max(glibc, needed)
    (folder / "other").mkdir()
    if others:
        download(others, nodes, folder / "other")
    wheels = wheels_in(folder / "other")
    for wheel in (*named, *wheels):
        glibc = max(glibc, needed_glibc(wheel.tags(), nodes, here) or _ANY)
    return list(with_bytecode(_files(named, fitting, wheels), nodes.python)), glibc


def _files(
    named: Sequence[Wheel], fitting: Sequence[Distribution], others: Sequence[Wheel]
) -> Iterator[Entry]:
    for wheel in named:
        yield from wheel.files(is_pruned=False)
    for found in fitting:
        yield from installed_files(found)
    for wheel in others:
        yield from wheel.files(is_pruned=True)


def _project(nodes: NodePlatform, cache: Path) -> Built:
    """`hadoopjobs` as it is here, by what its files hold."""
    files = [(str(Path(PROJECT) / path.relative_to(_ROOT)), path) for path in files_below(_ROOT)]
    digest = hashlib.sha256()
    for name, path in files:
        digest.update(f"{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    facts = {"kind": PROJECT, "python": nodes.python, "files": digest.hexdigest()}

    def make() -> Contents:
        entries = [Entry(name, path) for name, path in files] + list(_project_metadata())
        return list(with_bytecode(entries, nodes.python)), None

    return built(cache, facts, make)


def _project_metadata() -> Iterator[Entry]:
    """Enough for importlib.metadata to know the version."""
    version = sys.modules[PROJECT].__version__
    text = f"Metadata-Version: 2.1\nName: {PROJECT}\nVersion: {version}\n"
    yield Entry(f"{PROJECT}-{version}.dist-info/METADATA", text.encode())


def _own(
    request: EnvironmentRequest,
    modules: UserModules,
    nodes: NodePlatform,
    glibc: Version,
    has_packages: bool,
    cache: Path,
) -> Built:
    """The user's modules and the launcher."""
    sources = [Entry(f"{_MODULES}/{name}", file) for name, file in modules.placed.items()]
    zips = [Entry(f"{_ZIPS}/{at}-{file.name}", file) for at, file in enumerate(modules.zips)]
    launcher = launcher_entries(
        request.python,
        nodes,
        glibc,
        modules=[f"{OWN}/{_MODULES}", *(f"{OWN}/{entry.name}" for entry in zips)],
        packages=[PROJECT_FOLDER, *([PACKAGES] if has_packages else [])],
    )
    entries = [*with_bytecode(sources, nodes.python), *zips, *launcher]
    facts = [[entry.name, hashlib.sha256(entry.read()).hexdigest()] for entry in entries]
    return built(cache, {"kind": OWN, "files": facts}, lambda: (entries, None))
