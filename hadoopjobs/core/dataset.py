"""A reference to data that lies somewhere: where, in which format, with which options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Options = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class DatasetRef:
    """Files, folders and globs that are read as one data set, or a folder to be written.

    `format` is a name of `hadoopjobs.formats`, or "auto": each file's own magic bytes and
    name decide. `options` are the format's own.
    """

    uris: tuple[str, ...]
    format: str = "auto"
    options: Options = ()

    def option(self, name: str, default: Any = None) -> Any:
        return dict(self.options).get(name, default)


def as_options(mapping: Mapping[str, Any] | None) -> Options:
    """`mapping` in the hashable form that plans carry, sorted by name."""
    return tuple(sorted((mapping or {}).items()))
