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
        found.add_module(name)
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
            self._place_folder(file.resolve(), Path(file.resolve().name))
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
        """The module or package that `name`, as `a.b.c`, leads to; nothing if there is none.

        A package goes along whole; of a folder without `__init__.py` only what is named.
        """
        parts = name.split(".")
        folders: list[str] = []
        for depth in range(1, len(parts) + 1):
            prefix = ".".join(parts[:depth])
            if prefix in self._looked_up or parts[0] in _NOT_USERS:
                return
            origin, folders = self._find(prefix, folders)
            if any(map(_is_installed, [origin] if origin else folders)):
                self.result.third_party.add(parts[0])
            elif origin is not None:
                self._place_module(Path(origin), parts[:depth])
            elif folders:
                continue
            self._looked_up.add(prefix)
            return
        self._looked_up.add(name)
        for folder in folders:
            self._place_folder(Path(folder), Path(*parts))

    def _find(self, name: str, folders: list[str]) -> tuple[str | None, list[str]]:
        """The source of a module, or of a package its `__init__.py`; or else the folders of that
        name. `folders` are those of the package around it."""
        if not folders:
            return _found(self._spec(name))
        part, spread = name.rpartition(".")[2], []
        for folder in folders:
            base = os.path.join(folder, part)
            for source in (os.path.join(base, "__init__.py"), f"{base}.py"):
                if os.path.isfile(source):
                    return source, []
            if os.path.isdir(base):
                spread.append(base)
        return None, spread

    def _spec(self, name: str) -> ModuleSpec | None:
        found = PathFinder.find_spec(name, [*self._folders, *self._path])
        if found is not None:
            return found
        try:
            return importlib.util.find_spec(name)
        except (ImportError, ValueError):
            return None

    def _place_module(self, source: Path, parts: Sequence[str]) -> None:
        if source.name.partition(".")[0] == "__init__" != parts[-1]:
            self._place_folder(source.parent, Path(*parts))
        elif source.is_file():
            self._place(source, Path(*parts[:-1], source.name))

    def _place_folder(self, folder: Path, place: Path) -> None:
        for file in files_below(folder):
            self._place(file, place / file.relative_to(folder))

    def _place(self, file: Path, place: Path) -> None:
        """The first file of a name counts, as on Python's path."""
        if str(place) in self.result.placed:
            return
        self.result.placed[str(place)] = file
        if file.suffix == ".py":
            for name in imported(file):
                self.add_module(name)


def _found(spec: ModuleSpec | None) -> tuple[str | None, list[str]]:
    if spec is None or spec.origin in ("built-in", "frozen"):
        return None, []
    if spec.origin is not None:
        return spec.origin, []
    return None, list(spec.submodule_search_locations or [])


def imported(file: Path) -> Iterator[str]:
    """What the source names in its imports, as `a.b.c`, the last of which may be no module but
    something in one; nothing if the source has errors."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield from (
                node.module if alias.name == "*" else f"{node.module}.{alias.name}"
                for alias in node.names
            )


def _is_installed(place: str) -> bool:
    """Whether a file is of Python itself, or where installers put packages."""
    if {"site-packages", "dist-packages"} & set(Path(place).parts):
        return True
    return Path(place).is_relative_to(sysconfig.get_path("stdlib"))
