"""Find the job in a Python file."""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

from hadoopjobs.core.errors import JobLoadError
from hadoopjobs.core.functions import JobFile
from hadoopjobs.core.job_files import job_file_of, load_job_file
from hadoopjobs.job.job import Job

Loaded = TypeVar("Loaded")
_OUTSIDE_OF_PACKAGE = "attempted relative import with no known parent package"
_MRJOB_LOADER = "hadoopjobs.job.mrjob_loader"


def load_job_class(target: str) -> tuple[type, JobFile | None]:
    """The job class that `target` names: `FILE.py`, `FILE.py:Class` or `package.module:Class`.

    A file may import other jobs; the one class that it defines itself is meant.
    Raises `JobLoadError` with the user's own line if the file cannot be loaded.
    """
    path, name = _split(target)
    if os.path.exists(path) or path.endswith(".py"):
        job_file = job_file_of(path, _needed_first(path))
        module = _guarded(path, lambda: load_job_file(job_file))
        return _pick(module, path, name), job_file
    if name is None:
        is_module = all(part.isidentifier() for part in path.split("."))
        advice = f"; a module is named with its class, as {path}:CLASS" if is_module else ""
        raise JobLoadError(f"there is no job file {target}{advice}")
    job_file = _guarded(path, lambda: _module_file(path))
    return _pick(_guarded(path, lambda: load_job_file(job_file)), path, name), job_file


def _module_file(name: str) -> JobFile:
    """The job file of a module, which is looked for in the working folder too, as `python -m`
    does it."""
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise JobLoadError(f"there is no module {error.name}") from error
    if spec is None:
        raise JobLoadError(f"there is no module {name}")
    path = spec.origin or ""
    return JobFile(name, path, _needed_first(path), is_module=True)


def _needed_first(path: str) -> tuple[str, ...]:
    """A file that names mrjob needs our loader of mrjob before it: see there."""
    try:
        with open(path, "rb") as file:
            return (_MRJOB_LOADER,) if b"mrjob" in file.read() else ()
    except OSError:
        return ()


def _split(target: str) -> tuple[str, str | None]:
    if os.path.exists(target) or ":" not in target:
        return target, None
    path, _, name = target.rpartition(":")
    return path, name


def _guarded(path: str, load: Callable[[], Loaded]) -> Loaded:
    try:
        return load()
    except JobLoadError:
        raise
    except Exception as error:
        if isinstance(error, ImportError) and _OUTSIDE_OF_PACKAGE in str(error):
            raise JobLoadError(f"cannot load {path}: {_named_as_module(path)}") from error
        frames = [f for f in traceback.extract_tb(error.__traceback__) if _is_users(f.filename)]
        lines = traceback.format_list(frames) + traceback.format_exception_only(error)
        raise JobLoadError(f"cannot load {path}:\n{''.join(lines).rstrip()}") from error


def _named_as_module(path: str) -> str:
    folder, name = os.path.split(os.path.abspath(os.path.splitext(path)[0]))
    while True:  # the folder of a relative import is a package, with an __init__.py or without
        folder, package = os.path.split(folder)
        name = f"{package}.{name}"
        if not os.path.exists(os.path.join(folder, "__init__.py")):
            break
    return f"it imports from its package: in {folder}, name it as {name}:CLASS, its class behind it"


def _is_users(filename: str) -> bool:
    return not filename.startswith("<") and os.sep + "hadoopjobs" + os.sep not in filename


def is_mrjob(cls: type) -> bool:
    """Whether `cls` comes from the mrjob package; asks no import of it."""
    return any(base.__module__ == "mrjob.job" and base.__name__ == "MRJob" for base in cls.__mro__)


def _is_job(value: Any) -> bool:
    if not inspect.isclass(value):
        return False
    return (issubclass(value, Job) and value is not Job) or (
        is_mrjob(value) and value.__module__ != "mrjob.job"
    )


def _pick(module: ModuleType, path: str, name: str | None) -> type:
    if _MRJOB_LOADER in sys.modules:
        from hadoopjobs.job.mrjob_loader import find_mrjob_class

        of_mrjob = find_mrjob_class(module, name)
        if of_mrjob is not None:
            return of_mrjob
    jobs: dict[str, type] = {key: value for key, value in vars(module).items() if _is_job(value)}
    if name is not None:
        if name not in jobs:
            raise JobLoadError(f"{path} has no job {name!r}; it has: {', '.join(jobs) or 'none'}")
        return jobs[name]
    own: set[type] = {v for v in jobs.values() if v.__module__ == module.__name__}
    leaves = [v for v in own if not any(v is not other and issubclass(other, v) for other in own)]
    if not leaves and len(set(jobs.values())) == 1:
        leaves = list(jobs.values())
    if len(leaves) == 1:
        (only,) = leaves
        return only
    if not leaves:
        raise JobLoadError(f"{path} holds no job: a class derived from hadoopjobs.Job or MRJob")
    names = ", ".join(sorted(v.__name__ for v in leaves))
    raise JobLoadError(f"{path} holds several jobs: {names}; name one as {path}:NAME")
