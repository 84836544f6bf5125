"""The user's own modules: the job's file, and what it imports that no package manager installed.

Imports are read from the source, so those inside functions count too. What is imported by a name
that is put together while the job runs is seen only if the driver has it loaded already.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

from hadoopjobs.core.errors import UsageError
from hadoopjobs.runtime.environment.archive import files_below
from hadoopjobs.runtime.environment.distributions import PROJECT

_NOT_USERS = frozenset({*sys.stdlib_module_names, "__main__", PROJECT})
_ZIPS = (".zip", ".egg")


@dataclass
class UserModules:
    """`placed`: files by where they go, relative to a folder of modules. `zips` are put on the
    path. `third_party`: names of modules that are imported and that some distribution brought."""

    placed: dict[str, Path] = field(default_factory=dict)
    zips: list[Path] = field(default_factory=list)
    third_party: set[str] = field(default_factory=set)


def find_user_modules(
    files: Iterable[Path],
    modules: Iterable[str],
    py_files: Iterable[Path],
    loaded: Mapping[str, ModuleType],
    path: Sequence[str],
) -> UserModules:
    """What goes along; `loaded` and `path` are Python's `sys.modules` and `sys.path`."""
    found = _Finder(path)
    for file in files:
        found.add_file(file.resolve().parent, file)
    for file in py_files:
        found.add_py_file(file)
    for name in modules:
        found.add_module(name.partition(".")[0])
    found.add_loaded(loaded)
    return found.result


class _Finder:
    """Follows imports from file to file."""

    def __init__(self, path: Sequence[str]) -> None:
        self.result = UserModules()
        self._folders: list[str] = []
        self._path = list(path)
        self._looked_up: set[str] = set()

    def add_file(self, folder: Path, file: Path) -> None:
        """A program: modules of its folder can be imported."""
        self._folders.append(str(folder))
        self._place(file, Path(file.name))

    def add_py_file(self, file: Path) -> None:
        if not file.exists():
            raise UsageError(f"--py-files {file} does not exist")
        if file.is_dir():
            self._place_folder(file.resolve(), file.resolve().parent)
        elif file.suffix in _ZIPS:
            self.result.zips.append(file)
        else:
            self.add_file(file.resolve().parent, file)

    def add_loaded(self, loaded: Mapping[str, ModuleType]) -> None:
        """Modules beside the files above that are loaded by now, however they are imported."""
        for name, module in list(loaded.items()):
            origin = getattr(module, "__file__", None)
            if origin and any(origin.startswith(folder + os.sep) for folder in self._folders):
                if "." not in name and not _is_installed(origin):
                    self.add_module(name)

    def add_module(self, name: str) -> None:
        """The top-level module or package `name`; nothing if there is none."""
        if name in self._looked_up or name in _NOT_USERS:
            return
        self._looked_up.add(name)
        spec = self._spec(name)
        if spec is None or spec.origin in ("built-in", "frozen"):
            return
        places = [spec.origin] if spec.origin else list(spec.submodule_search_locations or [])
        if any(_is_installed(place) for place in places):
            self.result.third_party.add(name)
        elif spec.submodule_search_locations:
            for folder in spec.submodule_search_locations:
                self._place_folder(Path(folder), Path(folder).parent)
        elif spec.origin and os.path.isfile(spec.origin):
            self._place(Path(spec.origin), Path(os.path.basename(spec.origin)))

    def _spec(self, name: str) -> ModuleSpec | None:
        found = PathFinder.find_spec(name, [*self._folders, *self._path])
        if found is not None:
            return found
        try:
            return importlib.util.find_spec(name)
        except (ImportError, ValueError):
            return None

    def _place_folder(self, folder: Path, root: Path) -> None:
        for file in files_below(folder):
            self._place(file, file.relative_to(root))

    def _place(self, file: Path, place: Path) -> None:
        """The first file of a name counts, as on Python's path."""
        if str(place) in self.result.placed:
            return
        self.result.placed[str(place)] = file
        if file.suffix == ".py":
            for name in imported(file):
                self.add_module(name)


def imported(file: Path) -> Iterator[str]:
    """The top-level modules that the source names in its imports; none if it has errors."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.partition(".")[0]


def _is_installed(place: str) -> bool:
    """Whether a file is of Python itself, or where installers put packages."""
    if {"site-packages", "dist-packages"} & set(Path(place).parts):
        return True
    return Path(place).is_relative_to(sysconfig.get_path("stdlib"))
