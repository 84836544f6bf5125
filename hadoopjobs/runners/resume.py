"""Keeps the output of finished stages of a run that failed, so that it can go on there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from dataclasses import asdict

from hadoopjobs.core.errors import DataError, StorageError
from hadoopjobs.core.listener import Listener
from hadoopjobs.physical.stage import PhysicalPlan, Stage
from hadoopjobs.runtime.run_file import Segment, raise_storage_error, read_segment

Part = list[Segment]

_INDEX = "finished.json"


class Checkpoints:
    """Stages that are finished, in this run or kept from an earlier one.

    Nothing is written while a run goes well. When it fails after its first stage, the parts of
    the last finished stage are copied into the folder of the run's key, which `--resume` reads
    and a later success removes.
    """

    def __init__(self, key: str | None, resume: bool, temp_dir: str | None) -> None:
        self._folder = None if key is None else kept_folder(key, temp_dir)
        self._resume = resume
        self._last: tuple[int, list[Part]] | None = None

    def load(self, plan: PhysicalPlan, listener: Listener) -> dict[int, list[Part]]:
        """What an earlier run kept, if this one is to go on with it: the parts of its last
        finished stage, and no parts for those before, which nobody reads any more."""
        if not self._resume:
            return {}
        parts = self._kept_parts(plan, listener)
        if parts is None:
            listener.said("there is nothing to go on with: starting with the first stage")
            return {}
        last = len(parts) - 1
        listener.said(f"going on after stage {last + 1} of {len(plan.stages)}")
        self._last = last, parts[last]
        return parts

    def _kept_parts(self, plan: PhysicalPlan, listener: Listener) -> dict[int, list[Part]] | None:
        if self._folder is None or not _is_private(self._folder):
            return None
        try:
            with open(os.path.join(self._folder, _INDEX)) as file:
                document = json.load(file)
            stages = [repr_of(stage) for stage in plan.stages]
            if document["stages"] != stages[: len(document["stages"])]:
                return None
            parts = [[Segment(**segment) for segment in part] for part in document["parts"]]
            for segment in (segment for part in parts for segment in part):
                _check(segment)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, DataError, StorageError) as error:
            listener.said(f"what was kept in {self._folder} is damaged: {error}")
            return None
        last = len(document["stages"]) - 1
        return {number: parts if number == last else [] for number in range(last + 1)}

    def finished(self, stage: Stage, parts: list[Part]) -> None:
        self._last = stage.number, parts

    def keep(self, plan: PhysicalPlan, listener: Listener) -> None:
        """Write down what is finished, if anything, and say so."""
        if self._last is None or self._folder is None:
            return
        number, parts = self._last
        try:
            self._keep(plan.stages[: number + 1], parts)
        except StorageError as error:
            self.clear()
            listener.said(f"the finished stages could not be kept for --resume: {error}")
            return
        listener.said(
            f"{number + 1} of {len(plan.stages)} stages are done and kept in {self._folder}: "
            "run the same again with --resume to go on there"
        )

    def _keep(self, stages: tuple[Stage, ...], parts: list[Part]) -> None:
        assert self._folder is not None
        path = os.path.join(self._folder, f"stage-{stages[-1].number}.parts")
        if any(segment.path == path for part in parts for segment in part):
            return
        try:
            for folder in (os.path.dirname(self._folder), self._folder):
                os.makedirs(folder, mode=0o700, exist_ok=True)
            if not _is_private(self._folder):
                raise StorageError(f"{self._folder} belongs to, or is open to, another user")
            document = {
                "stages": [repr_of(stage) for stage in stages],
                "parts": _copy_parts(parts, path),
            }
            index = os.path.join(self._folder, _INDEX)
            with open(f"{index}.new", "w") as file:
                json.dump(document, file)
            os.replace(f"{index}.new", index)
            for name in os.listdir(self._folder):
                if name not in (_INDEX, os.path.basename(path)):
                    os.unlink(os.path.join(self._folder, name))
        except OSError as error:
            raise_storage_error(error, path)

    def clear(self) -> None:
        """Forget what was kept: the run succeeded."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            with suppress(OSError):  # other runs may keep something there
                os.rmdir(os.path.dirname(self._folder))


def repr_of(stage: Stage) -> str:
    """What must be equal for a kept stage to stand in: all of it but the code itself."""
    return repr((stage.number, stage.inputs, stage.shuffle, stage.sink))


def kept_folder(key: str, temp_dir: str | None) -> str:
    """The folder for the run `key`, private to this user."""
    digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    root = os.path.abspath(temp_dir or tempfile.gettempdir())
    return os.path.join(root, f"hadoopjobs-{os.getuid()}", f"kept-{digest}")


def _is_private(folder: str) -> bool:
    """Whether `folder` is ours alone: in a temporary folder others could have made it first."""
    try:
        status = os.lstat(folder)
    except FileNotFoundError:
        return False
    is_ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
    return is_ours and not status.st_mode & 0o077


def _check(segment: Segment) -> None:
    """Read all blocks once, so that they can be trusted."""
    for _ in read_segment(segment):
        pass


def _copy_parts(parts: list[Part], path: str) -> list[list[dict[str, object]]]:
    kept: list[list[dict[str, object]]] = []
    position = 0
    with open(path, "wb") as file:
        for part in parts:
            kept.append([])
            for segment in part:
                _copy(segment, file.fileno(), position)
                kept[-1].append(asdict(Segment(path, position, segment.length, segment.records)))
                position += segment.length
    return kept


def _copy(segment: Segment, target: int, position: int) -> None:
    _check(segment)
    source = os.open(segment.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        copied = 0
        while copied < segment.length:
            data = os.pread(source, min(1 << 20, segment.length - copied), segment.offset + copied)
            written = 0
            while written < len(data):
                written += os.pwrite(target, data[written:], position + copied + written)
            copied += len(data)
    finally:
        os.close(source)
