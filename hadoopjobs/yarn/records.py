"""From JSON objects to frozen dataclasses: what is unknown is left out, what is missing is None."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Record = TypeVar("Record", bound=DataclassInstance)
else:
    Record = TypeVar("Record")

_NOTHING = ("N/A", "", -1)


def field_named(*names: str) -> Any:
    """A field that is called one of `names` in JSON; None if the object has none of them."""
    return dataclasses.field(default=None, metadata={"json": names})


def record_of(cls: type[Record], found: Mapping[str, Any]) -> Record:
    """A `cls` of the fields that `found` has.

    Hadoop writes "N/A", "" and -1 for what it does not know.
    """
    values = {}
    for field, names in _names(cls):
        value = next((found[name] for name in names if name in found), None)
        values[field] = None if value in _NOTHING else value
    return cls(**values)


@cache
def _names(cls: type[Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (field.name, field.metadata.get("json", (field.name,))) for field in dataclasses.fields(cls)
    )


def listed(found: Any, *path: str) -> list[dict[str, Any]]:
    """The objects at `path` in `found`: none where something on the way is missing or null.

    >>> listed({"apps": {"app": {"id": 1}}}, "apps", "app"), listed({"apps": None}, "apps", "app")
    ([{'id': 1}], [])
    """
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    if found is None:
        return []
    return list(found) if isinstance(found, list) else [found]
