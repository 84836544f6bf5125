"""Let the process end sooner: Python looks at every object twice as it does, for cycles."""

from __future__ import annotations

import atexit
import gc
import sys


def end_quickly() -> None:
    """Leave all objects out of the last collections, if nobody would complain of it."""
    atexit.register(_freeze)


def _freeze() -> None:
    if not _has_nanobind():
        gc.freeze()


def _has_nanobind() -> bool:
    """Whether a library made with nanobind is loaded, as DuckDB is: it tells on standard error of
    objects of its own that are still there at the end."""
    extensions = [m for m in list(sys.modules.values()) if _file_of(m).endswith((".so", ".pyd"))]
    return any(
        type(value).__module__ == "nanobind" for m in extensions for value in vars(m).values()
    )


def _file_of(module: object) -> str:
    return getattr(module, "__file__", None) or ""
