"""Inputs of this machine, which tasks on a cluster cannot read, copied to where they can."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from hadoopjobs.core.listener import Listener
from hadoopjobs.core.sizes import format_size
from hadoopjobs.physical.stage import PhysicalPlan, ScanSource, Stage, StageInput
from hadoopjobs.runners.hadoop_storage import RunFolder
from hadoopjobs.storage import FileStatus, resolve_inputs, scheme_of
from hadoopjobs.storage.local import local_path

_STDIN, _SPOOLED = "standard input", "/proc/"


class LocalInputs:
    """Copies each file once; `in_the_users_words` knows where they came from."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._copies: dict[str, str] = {}

    def in_the_users_words(self, text: str) -> str:
        """`text` with what the user called the files that tasks know by other names."""
        for mine, copy in self._copies.items():
            text = text.replace(copy, _STDIN if mine.startswith(_SPOOLED) else mine)
        return text

    def copied(self, plan: PhysicalPlan, listener: Listener) -> PhysicalPlan:
        """`plan` over files that all nodes can read."""
        return PhysicalPlan(tuple(self._stage(stage, listener) for stage in plan.stages))

    def _stage(self, stage: Stage, listener: Listener) -> Stage:
        inputs = tuple(self._input(given, listener) for given in stage.inputs)
        return dataclasses.replace(stage, inputs=inputs)

    def _input(self, given: StageInput, listener: Listener) -> StageInput:
        source = given.source
        if not isinstance(source, ScanSource):
            return given
        uris = tuple(there for uri in source.dataset.uris for there in self._uris(uri, listener))
        dataset = dataclasses.replace(source.dataset, uris=uris)
        return dataclasses.replace(given, source=dataclasses.replace(source, dataset=dataset))

    def _uris(self, uri: str, listener: Listener) -> list[str]:
        if scheme_of(uri) != "file":
            return [uri]
        statuses = resolve_inputs([uri])
        new = [status for status in statuses if status.uri not in self._copies]
        if new:
            size = format_size(sum(status.length for status in new))
            what = _STDIN if uri.startswith(_SPOOLED) else uri
            listener.said(f"copying {what} ({size}) to the cluster for this run")
        for status in new:
            self._copies[status.uri] = self._copy(status)
        return [self._copies[status.uri] for status in statuses]

    def _copy(self, status: FileStatus) -> str:
        path = local_path(status.uri)
        number = len(self._copies)
        name = "stdin" if path.startswith(_SPOOLED) else os.path.basename(path)
        return self._folder.put(f"inputs/{number}/{name}", Path(path))
