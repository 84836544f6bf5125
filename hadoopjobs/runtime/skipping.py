"""A mapper that goes on after records on which it raises, up to a bound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hadoopjobs.core.functions import RecordFunction
from hadoopjobs.core.pairs import Pairs
from hadoopjobs.core.snapshot import snapshot
from hadoopjobs.physical.records import PairStream, map_records, tolerant

if TYPE_CHECKING:
    from hadoopjobs.runtime.task import Task

_SHOWN = 200


def map_records_skipping(
    task: Task, function: RecordFunction, batches: Iterable[Pairs]
) -> Iterator[PairStream]:
    """As `map_records`, but a record on which `each` raises gives nothing and is reported.

    One more than `skip_bad_records` and the error stands.
    """
    if function.each is None:
        return map_records(function, batches, task.cursor)
    each, freeze = tolerant(function.each), function.freeze or snapshot

    def careful(key: Any, value: Any) -> list[tuple[Any, Any]]:
        try:
            return [(freeze(k), freeze(v)) for k, v in each(key, value)]
        except Exception as error:
            if len(task.skipped) >= task.spec.skip_bad_records:
                raise
            place = task.cursor.uri or "record"
            offset = task.cursor.offset()
            where = place if offset is None else f"{place}, offset {offset}"
            record = repr(task.cursor.record())[:_SHOWN]
            task.skipped.append(f"{where}: {type(error).__name__}: {error}; record: {record}")
            return []

    wrapped = replace(function, each=careful)
    return map_records(wrapped, batches, task.cursor)
