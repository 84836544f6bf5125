"""Load a user's Python file as a module, in the driver and in every worker alike."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from hadoopjobs.core.errors import JobLoadError
from hadoopjobs.core.functions import JobFile


def load_job_file(job_file: JobFile) -> ModuleType:
    """The module of the file; its folder is on `sys.path` first, as when Python runs it.

    Raises `JobLoadError` if there is no such file. What the file's own code raises is raised.
    """
    path = os.path.abspath(job_file.path)
    loaded = sys.modules.get(job_file.name)
    if loaded is not None and getattr(loaded, "__file__", None) == path:
        return loaded
    if job_file.is_module:
        return _import_module(job_file)
    if not os.path.isfile(path):
        raise JobLoadError(f"there is no job file {job_file.path}")
    folder = os.path.dirname(path)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(job_file.name, path)
    if spec is None or spec.loader is None:
        raise JobLoadError(f"{job_file.path} is not a Python file: its name must end in .py")
    for name in job_file.imports:
        importlib.import_module(name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[job_file.name] = module
    try:
        with _while_loading(path):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[job_file.name]
        raise
    return module


def _import_module(job_file: JobFile) -> ModuleType:
    for name in job_file.imports:
        importlib.import_module(name)
    with _while_loading(job_file.path):
        return importlib.import_module(job_file.name)


_loading: list[str] = []


@contextmanager
def _while_loading(path: str) -> Iterator[None]:
    _loading.append(path)
    try:
        yield
    finally:
        _loading.pop()


def is_loading() -> bool:
    """Whether the code of a job file is running because it is being loaded."""
    return bool(_loading)


def job_file_of(path: str, imports: tuple[str, ...] = ()) -> JobFile:
    """The `JobFile` for `path`: named after the file, unless a loaded module has that name.

    A job file `random.py` must not hide the standard library's module.
    """
    stem = os.path.splitext(os.path.basename(path))[0]
    name = (
        stem if stem.isidentifier() else "job_" + "".join(c if c.isalnum() else "_" for c in stem)
    )
    taken = sys.modules.get(name)
    is_other = taken is not None and getattr(taken, "__file__", None) != os.path.abspath(path)
    if is_other or name in sys.stdlib_module_names:
        name = f"{name}_job"
    return JobFile(name, os.path.abspath(path), imports)
