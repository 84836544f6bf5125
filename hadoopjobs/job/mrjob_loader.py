"""The door to the `mrjob` package: import this module before a file that imports mrjob.

It lets mrjob 0.7 load quietly on every Python that we support, and finds the job in a file.
Other modules of ours take mrjob's names from here.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import shlex
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from hadoopjobs.core.errors import JobLoadError

_USED = (
    "compat", "conf", "fs.local", "job", "local", "parse", "protocol", "py2", "step", "util",
)  # fmt: skip


_PYTHON_HAS_DISTUTILS: bool = sys.version_info < (3, 12)


def _import_mrjob() -> None:
    with warnings.catch_warnings(), _own_distutils():
        warnings.simplefilter("ignore")
        _stand_in_for_pipes()
        _find_distutils()
        for name in _USED:
            importlib.import_module(f"mrjob.{name}")


@contextmanager
def _own_distutils() -> Iterator[None]:
    """Before Python 3.12 take Python's own `distutils`, and forget it afterwards.

    setuptools puts one in its place that takes 35 ms to load (setuptools 84 on 3.11, two cores),
    and warns if it is imported later and finds another there.
    """
    finders = [f for f in sys.meta_path if type(f).__name__ == "DistutilsMetaFinder"]
    if not _PYTHON_HAS_DISTUTILS or not finders or "distutils" in sys.modules:
        yield
        return
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder not in finders]
    try:
        yield
    finally:
        sys.meta_path[:0] = finders
        for name in [name for name in sys.modules if name.partition(".")[0] == "distutils"]:
            del sys.modules[name]


def _stand_in_for_pipes() -> None:
    """`pipes` left Python 3.13; mrjob takes one function from it."""
    try:
        importlib.import_module("pipes")
    except ImportError:
        stand_in = ModuleType("pipes", "The part of Python 3.12's `pipes` that mrjob uses.")
        stand_in.quote = shlex.quote  # type: ignore[attr-defined]
        sys.modules["pipes"] = stand_in


def _find_distutils() -> None:
    """`distutils` left Python 3.12; setuptools brings its own, if it was imported first."""
    try:
        importlib.import_module("distutils.version")
    except ImportError:
        try:
            importlib.import_module("setuptools")
            importlib.import_module("distutils.version")
        except ImportError as error:
            raise JobLoadError(
                "mrjob needs distutils, which Python 3.12 no longer has: pip install setuptools"
            ) from error


_import_mrjob()

from mrjob.compat import jobconf_from_dict  # noqa: E402
from mrjob.compat import translate_jobconf_for_all_versions as spellings  # noqa: E402
from mrjob.conf import combine_local_envs  # noqa: E402
from mrjob.job import MRJob  # noqa: E402
from mrjob.local import LocalMRJobRunner  # noqa: E402
from mrjob.protocol import StandardJSONProtocol, TextValueProtocol  # noqa: E402
from mrjob.step import MRStep  # noqa: E402

__all__ = [
    "LocalMRJobRunner",
    "MRJob",
    "MRStep",
    "StandardJSONProtocol",
    "TextValueProtocol",
    "combine_local_envs",
    "find_mrjob_class",
    "is_mrjob_class",
    "jobconf_from_dict",
    "mentions_mrjob",
    "spellings",
]

_run_from_script = MRJob.run.__func__


def _run(cls: type) -> None:
    """`MRJob.run`, but nothing at the top of a module that we import.

    Many a job file calls `run()` without asking whether it is `__main__`.
    """
    frame = inspect.currentframe()
    caller = frame.f_back if frame is not None else None
    if caller is not None and caller.f_code.co_name == "<module>":
        if caller.f_globals.get("__name__") != "__main__":
            return
    _run_from_script(cls)


MRJob.run = classmethod(_run)


def mentions_mrjob(source: str | bytes) -> bool:
    """Whether a file with this source may need mrjob, so that this module must come first."""
    return (b"mrjob" if isinstance(source, bytes) else "mrjob") in source  # type: ignore[operator]


def is_mrjob_class(candidate: Any) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, MRJob) and candidate is not MRJob


def find_mrjob_class(module: ModuleType, name: str | None = None) -> type | None:
    """The job of a job file: the class called `name`, else the one whose `run()` the file calls,
    else the only one that it defines. None if the file has no mrjob class.

    Raises `JobLoadError` if there are several to choose from, or none is called `name`.
    """
    classes: dict[str, type] = {k: v for k, v in vars(module).items() if is_mrjob_class(v)}
    if name is not None:
        if classes and name not in classes:
            raise JobLoadError(f"{_file_of(module)} has no job {name!r}: {_listed(classes)}")
        return classes.get(name)
    for called in _classes_run_by(module):
        if called in classes:
            return classes[called]
    own = {key: value for key, value in classes.items() if value.__module__ == module.__name__}
    leaves = {
        key: value
        for key, value in (own or classes).items()
        if not any(issubclass(other, value) and other is not value for other in own.values())
    }
    distinct = set(leaves.values())
    if len(distinct) > 1:
        raise JobLoadError(f"{_file_of(module)} has several jobs, name one: {_listed(leaves)}")
    return next(iter(distinct), None)


def _classes_run_by(module: ModuleType) -> list[str]:
    """Names of classes in calls like `MRWordCount.run()` outside functions, last one first."""
    try:
        tree = ast.parse(inspect.getsource(module))
    except (OSError, TypeError, SyntaxError):
        return []
    statements = [s for s in tree.body if not isinstance(s, ast.ClassDef | ast.FunctionDef)]
    calls = [n for s in statements for n in ast.walk(s) if isinstance(n, ast.Call)]
    names = [
        call.func.value.id
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "run"
        and isinstance(call.func.value, ast.Name)
    ]
    return names[::-1]


def _file_of(module: ModuleType) -> str:
    return getattr(module, "__file__", None) or module.__name__


def _listed(classes: dict[str, type]) -> str:
    return "choose one of " + ", ".join(sorted(classes))
