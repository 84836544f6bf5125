"""One step of a job: a map side, a reduce side, or both."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from hadoopjobs.core.aggregators import Aggregator
from hadoopjobs.core.errors import JobLoadError

Function = Callable[..., Any]
_FUNCTIONS = (
    *(side + end for side in ("mapper", "combiner", "reducer") for end in ("", "_init", "_final")),
    *("mapper_raw", "map_batches", "reduce_batches", "partitioner"),
)


@dataclass(frozen=True)
class Step:
    """What one MapReduce step does; every part is optional, but one there must be.

    mapper(key, value), combiner(key, values), reducer(key, values)
        yield pairs; `_init` and `_final` run before and after a task's records.
        A step without a mapper passes its input on as it is.
    mapper_raw(path, uri)
        gets one whole file a call instead of records.
    mapper_cmd, combiner_cmd, reducer_cmd
        a command that reads `key<TAB>value` lines and writes such lines.
    mapper_pre_filter, combiner_pre_filter, reducer_pre_filter
        a command through which the lines pass before the function sees them.
    map_batches(batch), reduce_batches(batch)
        take an Arrow record batch and yield record batches. `reduce_batches` gets whole groups,
        sorted by `batch_keys` (default: the first column).
    aggregator
        in place of combiner and reducer.
    sort_values
        values of a key come sorted.
    partitioner(key, partitions)
        gives the number of the key's partition.
    partitions
        how many reduce tasks; None: as many as the input asks for; 0: none, what the mappers
        give is the result, as in Hadoop.
    """

    mapper: Function | None = None
    mapper_init: Function | None = None
    mapper_final: Function | None = None
    mapper_raw: Function | None = None
    mapper_cmd: str | None = None
    mapper_pre_filter: str | None = None
    combiner: Function | None = None
    combiner_init: Function | None = None
    combiner_final: Function | None = None
    combiner_cmd: str | None = None
    combiner_pre_filter: str | None = None
    reducer: Function | None = None
    reducer_init: Function | None = None
    reducer_final: Function | None = None
    reducer_cmd: str | None = None
    reducer_pre_filter: str | None = None
    map_batches: Function | None = None
    reduce_batches: Function | None = None
    batch_keys: tuple[str, ...] = ()
    aggregator: Aggregator | dict[str, Aggregator] | None = None
    sort_values: bool = False
    partitioner: Function | None = None
    partitions: int | None = None

    def __post_init__(self) -> None:
        self._check_kinds()
        for side in ("mapper", "combiner", "reducer"):
            self._check_side(side)
        if self.is_columnar:
            self._check_columnar()
        if self.has_side("combiner") and not self.has_side("reducer") and self.aggregator is None:
            raise JobLoadError("a step with a combiner needs a reducer: else nothing is grouped")
        if self.aggregator is not None and (
            self.has_side("combiner") or self.has_side("reducer") or self.reduce_batches
        ):
            raise JobLoadError(
                "a step with an aggregator has no combiner or reducer: they come from it"
            )
        partitions: Any = self.partitions
        if partitions is not None and not (isinstance(partitions, int) and partitions >= 0):
            raise JobLoadError(f"a step has a number of partitions, not {partitions!r}")
        if not any(getattr(self, field.name) for field in fields(self)):
            raise JobLoadError("a step needs a mapper, a reducer, batches or an aggregator")

    def _check_kinds(self) -> None:
        for name in _FUNCTIONS:
            function = getattr(self, name)
            if function is not None and not callable(function):
                raise JobLoadError(f"{name} is {function!r:.100}: make it a function")
            if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
                raise JobLoadError(f"{name} is async, and tasks do not await: write def, not async")
        given: Any = self.aggregator
        if given is not None and not isinstance(given, Aggregator | dict):
            advice = f"{given.__name__}()" if isinstance(given, type) else "as Sum()"
            raise JobLoadError(f"an aggregator is an object, {advice}, and not {given!r:.100}")

    def _check_side(self, side: str) -> None:
        command = getattr(self, f"{side}_cmd")
        functions = [getattr(self, side + end) for end in ("", "_init", "_final", "_pre_filter")]
        if command and any(functions):
            raise JobLoadError(f"a step has {side}_cmd or {side} functions, not both")
        if side == "mapper" and self.mapper_raw and (command or functions[0] or functions[3]):
            raise JobLoadError("a step with mapper_raw has no mapper, command or pre-filter")

    def _check_columnar(self) -> None:
        if self.has_side("mapper"):
            raise JobLoadError("a step has map_batches or reduce_batches or a mapper, not both")
        if self.has_side("combiner") or self.has_side("reducer"):
            raise JobLoadError(
                "a step with map_batches or reduce_batches has no combiner or reducer: "
                "use reduce_batches, an aggregator, or a second step"
            )
        if self.sort_values or self.partitioner is not None:
            raise JobLoadError(
                "a step with map_batches or reduce_batches has neither sorted values nor a "
                "partitioner: they are for mapper and reducer"
            )

    def has_side(self, side: str) -> bool:
        """Whether the side (mapper, combiner, reducer) does anything."""
        ends = ["", "_init", "_final", "_cmd", "_pre_filter"]
        return any(getattr(self, side + end) for end in ends) or (
            side == "mapper" and self.mapper_raw is not None
        )

    @property
    def is_columnar(self) -> bool:
        return self.map_batches is not None or self.reduce_batches is not None
