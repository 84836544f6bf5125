"""Keeps what finished stages of a failed run on Hadoop left, so that another can go on there."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict

from hadoopjobs.core.errors import StorageError
from hadoopjobs.core.listener import Listener
from hadoopjobs.physical.stage import PhysicalPlan
from hadoopjobs.runners.base import RunOptions
from hadoopjobs.runners.hadoop_splits import Part
from hadoopjobs.runners.resume import INDEX, KEPT, KEPT_SECONDS, digest_of, repr_of
from hadoopjobs.storage import filesystem_for
from hadoopjobs.storage.uris import name_of

_PARTS = "parts"


class ClusterCheckpoints:
    """As `resume.Checkpoints`, in the user's home in HDFS: nothing is copied, the folder of the
    last finished stage is renamed.

    A run of the same job that succeeds removes what was kept; so does one that keeps something
    itself, and it removes what is older than seven days, whatever job it is of. There are no
    locks: of two runs that go on at the same place at once, one may find it gone and fail.
    """

    def __init__(self, options: RunOptions, root: str) -> None:
        """`root` is the folder of this user's runs, which nobody else can read."""
        self._root = root
        job, key = options.resume_job, options.resume_key
        self._of_job = None if job is None else f"{KEPT}{digest_of(job)}-"
        self._folder = None
        if self._of_job is not None and key is not None:
            self._folder = f"{root}/{self._of_job}{digest_of(key)}"

    def load(self, plan: PhysicalPlan, listener: Listener) -> dict[int, list[Part]]:
        """What an earlier run kept: the parts of its last finished stage, and no parts for those
        before, which nobody reads any more."""
        found = None if self._folder is None else self._read(self._folder, plan)
        if found is None:
            listener.said("there is nothing to go on with: starting with the first stage")
            return {}
        number, parts = found
        listener.said(f"going on after stage {number + 1} of {len(plan.stages)}")
        return {earlier: parts if earlier == number else [] for earlier in range(number + 1)}

    def _read(self, folder: str, plan: PhysicalPlan) -> tuple[int, list[Part]] | None:
        """The number of the last stage kept, and its parts, if they are those of `plan` and all
        there."""
        fs = filesystem_for(folder)
        try:
            with fs.open_read(f"{folder}/{INDEX}") as file:
                document = json.loads(file.read())
            there = {status.uri: status.length for status in fs.list(f"{folder}/{_PARTS}")}
            parts = [Part(**part) for part in document["parts"]]
            stages = document["stages"]
        except (StorageError, ValueError, KeyError, TypeError):
            return None
        are_there = all(there.get(part.uri) == part.length for part in parts)
        if not are_there or stages != [repr_of(stage) for stage in plan.stages[: len(stages)]]:
            return None
        return len(stages) - 1, parts

    def keep(self, plan: PhysicalPlan, number: int, parts: list[Part], listener: Listener) -> None:
        """Keep the parts of stage `number`, the last that is finished, and say so."""
        if self._folder is None or not parts:
            return
        try:
            self._keep(self._folder, plan, number, parts)
            self._remove(self._others(self._folder))
        except StorageError as error:
            listener.said(f"the finished stages could not be kept for --resume: {error}")
            return
        listener.said(
            f"{number + 1} of {len(plan.stages)} stages are done and kept in {self._folder}: "
            "run the same again with --resume to go on there"
        )

    def _keep(self, folder: str, plan: PhysicalPlan, number: int, parts: list[Part]) -> None:
        kept_in = f"{folder}/{_PARTS}"
        given = parts[0].uri.rpartition("/")[0]
        if given == kept_in:  # this run went on there, and got no further
            return
        fs = filesystem_for(folder)
        fs.delete(folder)
        fs.make_dirs(folder)
        fs.set_permission(folder, 0o700)
        fs.rename(given, kept_in)
        moved = [asdict(Part(f"{kept_in}/{name_of(part.uri)}", part.length)) for part in parts]
        stages = [repr_of(stage) for stage in plan.stages[: number + 1]]
        with fs.open_write(f"{folder}/{INDEX}") as file:
            file.write(json.dumps({"stages": stages, "parts": moved}).encode())

    def clear(self) -> None:
        """Forget what was kept: the run succeeded."""
        if self._of_job is not None:
            with suppress(StorageError):
                self._remove(
                    uri for uri, _ in self._kept() if name_of(uri).startswith(self._of_job)
                )

    def _others(self, own: str) -> Iterable[str]:
        oldest = time.time() - KEPT_SECONDS
        for uri, modified in self._kept():
            is_of_job = name_of(uri).startswith(self._of_job or KEPT)
            if name_of(uri) != name_of(own) and (is_of_job or modified < oldest):
                yield uri

    def _kept(self) -> list[tuple[str, float]]:
        """Each folder in which something is kept, and when that was."""
        fs = filesystem_for(self._root)
        if not fs.exists(self._root):
            return []
        return [(s.uri, s.modified) for s in fs.list(self._root) if name_of(s.uri).startswith(KEPT)]

    def _remove(self, folders: Iterable[str]) -> None:
        for folder in folders:
            filesystem_for(folder).delete(folder)
