"""Evaluates a logical plan of a mrjob job on small files, as plainly as can be.

One map task for each file, one reduce task, no shuffle: what the operators mean, not how they run.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hadoopjobs.core.context import Counters, TaskContext, add_counters, enter_task
from hadoopjobs.core.functions import RecordFunction, UserCode
from hadoopjobs.job.mrjob_adapter import MrjobProgram
from hadoopjobs.job.mrjob_loader import TextValueProtocol
from hadoopjobs.job.mrjob_task import leave_process
from hadoopjobs.logical.operators import MapRecords, Materialise, ReduceGroups, Scan, Write

SCALARS = (str, bytes, int, float, bool, type(None))
Pairs = list[tuple[Any, Any]]


class Evaluation:
    """Output lines and counters of a program."""

    def __init__(self, program: MrjobProgram, scratch: Path) -> None:
        self.counters: Counters = {}
        self._program = program
        self._scratch = scratch
        self._given = Path.cwd()
        self._tasks = 0
        assert isinstance(program.plan, Write)
        parts = self._parts(program.plan.child)
        self.lines: list[bytes] = [line for _, pairs in parts for _, line in pairs]
        self.output = b"".join(line + b"\n" for line in self.lines)

    def _parts(self, node: Any) -> list[tuple[str, Pairs]]:
        """(input file, pairs) of each task below `node`."""
        if isinstance(node, Scan):
            return [(path, self._scanned(node, path)) for path in node.dataset.uris]
        parts = self._parts(node.child)
        if isinstance(node, Materialise):
            return parts
        if isinstance(node, MapRecords):
            return [(path, self._run(node.code, pairs, path)) for path, pairs in parts]
        assert isinstance(node, ReduceGroups)
        if node.combiner is not None:
            parts = [
                (path, self._run(node.combiner, self._groups(node, pairs), path))
                for path, pairs in parts
            ]
        merged = [pair for _, pairs in parts for pair in pairs]
        assert node.reducer is not None
        return [("", self._run(node.reducer, self._groups(node, merged), ""))]

    def _scanned(self, scan: Scan, uri: str) -> Pairs:
        path = str(self._given / uri)
        if scan.layout == "files":
            return [(path, path)]
        opened: Callable[..., Any] = gzip.open if path.endswith(".gz") else open
        with opened(path, "rb") as file:
            lines = [line.removesuffix(b"\n") for line in file]
        if scan.layout == "texts":
            read = TextValueProtocol().read
            return [read(line.rstrip(b"\r")) for line in lines]
        return [(None, line) for line in lines]

    def _groups(self, node: ReduceGroups, pairs: Pairs) -> list[tuple[Any, Iterator[Any]]]:
        assert node.grouping.key_bytes is not None
        codes = node.grouping.key_bytes.load()([key for key, _ in pairs])
        groups: dict[bytes, tuple[Any, list[Any]]] = {}
        for code, (key, value) in zip(codes, pairs, strict=True):
            groups.setdefault(code, (key, []))[1].append(value)
        if node.grouping.sort_values:
            assert node.grouping.value_bytes is not None
            encode = node.grouping.value_bytes.load()
            for _, values in groups.values():
                values.sort(key=lambda value: encode([value])[0])
        return [(key, iter(values)) for _, (key, values) in sorted(groups.items())]

    def _run(self, code: UserCode, records: Iterable[Any], path: str) -> Pairs:
        self._tasks += 1
        context = TaskContext()
        enter_task(context)
        try:
            with self._surroundings(path):
                return self._called(code.load(), iter(records))
        finally:
            leave_process()
            enter_task(TaskContext())
            add_counters(self.counters, context.counters)

    @staticmethod
    def _called(function: RecordFunction, records: Iterator[Any]) -> Pairs:
        def emitted() -> Iterator[Any]:
            if function.stream is not None:
                yield from function.stream(records)
                return
            if function.init is not None:
                yield from function.init() or ()
            if function.each is not None:
                for key, value in records:
                    yield from function.each(key, value) or ()
            if function.final is not None:
                yield from function.final() or ()

        freeze = function.freeze
        assert freeze is not None

        def frozen(item: Any) -> Any:
            return item if type(item) in SCALARS else freeze(item)

        return [(frozen(key), frozen(value)) for key, value in emitted()]

    @contextmanager
    def _surroundings(self, path: str) -> Iterator[None]:
        folder = self._scratch / f"task-{self._tasks}"
        folder.mkdir(parents=True)
        for place, name, _ in self._program.side_files:
            (folder / name).symlink_to(place)
        kept = dict(os.environ)
        os.environ.update(self._program.environment)
        if path:
            file = str(self._given / path)
            os.environ.update(mapreduce_map_input_file=file, mapreduce_task_ismap="true")
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(self._given)
            os.environ.clear()
            os.environ.update(kept)
