"""The batch in which record-at-a-time data flows: a list of keys beside a list of values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

Key: TypeAlias = Any
Value: TypeAlias = Any


class Origin:
    """Where the records of a batch were read, for error messages; costs nothing until asked."""

    def __init__(self, uri: str, offset: int | None = None) -> None:
        self.uri = uri
        self.offset = offset

    def offset_of(self, index: int) -> int | None:
        """Offset in bytes (of the file as uncompressed) of the record at `index`, or None."""
        return self.offset


@dataclass(slots=True)
class Pairs:
    """Records as two parallel lists of exact Python objects.

    `values[i]` belongs to `keys[i]`. A batch is never mutated once it was handed on.
    """

    keys: list[Key]
    values: list[Value]
    origin: Origin | None = field(default=None, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.values)
