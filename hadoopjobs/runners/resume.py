"""Keeps the output of finished stages of a run that failed, so that it can go on there."""

from __future__ import annotations

import hashlib
import json
import math
import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import asdict

from hadoopjobs.core.errors import DataError, StorageError
from hadoopjobs.core.listener import Listener
from hadoopjobs.physical.stage import PhysicalPlan, Stage
from hadoopjobs.runners.base import RunOptions
from hadoopjobs.runners.folder_lock import FolderLock, remove_unless_locked
from hadoopjobs.runtime.run_file import Segment, raise_storage_error, read_segment

Part = list[Segment]

INDEX = "finished.json"
KEPT = "kept-"
KEPT_SECONDS = 7 * 24 * 3600


class Checkpoints:
    """Stages that are finished, in this run or kept from an earlier one.

    Nothing is written while a run goes well. When it fails after its first stage, the parts of
    the last finished stage are copied into the folder of the run's key, which `--resume` reads.

    Who removes what was kept: a run of the same job that succeeds, or that keeps something itself;
    then nobody needs what others of the job kept, over other inputs or settings. And whatever
    was kept seven days before, by any job, goes when something is kept. A folder that a run reads
    or writes has a lock, and stays.
    """

    def __init__(self, options: RunOptions) -> None:
        self._root = _kept_root(options.temp_dir)
        job, key = options.resume_job, options.resume_key
        self._of_job = None if job is None else f"{KEPT}{digest_of(job)}-"
        self._folder = None
        if self._of_job is not None and key is not None:
            self._folder = os.path.join(self._root, self._of_job + digest_of(key))
        self._resume = options.resume
        self._last: tuple[int, list[Part]] | None = None
        self._lock: FolderLock | None = None

    def load(self, plan: PhysicalPlan, listener: Listener) -> dict[int, list[Part]]:
        """What an earlier run kept, if this one is to go on with it: the parts of its last
        finished stage, and no parts for those before, which nobody reads any more."""
        if not self._resume:
            return {}
        parts = self._kept_parts(plan, listener)
        if parts is None:
            self.close()
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
            self._lock = FolderLock(self._folder, shared=True)
            with open(os.path.join(self._folder, INDEX)) as file:
                document = json.load(file)
            stages = [repr_of(stage) for stage in plan.stages]
            if document["stages"] != stages[: len(document["stages"])]:
                return None
            parts = [[Segment(**segment) for segment in part] for part in document["parts"]]
            for segment in (segment for part in parts for segment in part):
                _check(segment)
        except OSError:
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
            self._remove_own()
            listener.said(f"the finished stages could not be kept for --resume: {error}")
            return
        self._remove_others()
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
            self.close()
            self._lock = FolderLock(self._folder, create=True)
            document = {
                "stages": [repr_of(stage) for stage in stages],
                "parts": _copy_parts(parts, path),
            }
            index = os.path.join(self._folder, INDEX)
            with open(f"{index}.new", "w") as file:
                json.dump(document, file)
            os.replace(f"{index}.new", index)
            for name in os.listdir(self._folder):
                if name.endswith(".parts") and name != os.path.basename(path):
                    os.unlink(os.path.join(self._folder, name))
        except BlockingIOError as error:
            raise StorageError(f"another run uses {self._folder}") from error
        except OSError as error:
            raise_storage_error(error, path)

    def clear(self) -> None:
        """Forget what was kept: the run succeeded."""
        self.close()
        if self._of_job is not None:
            for folder in self._kept_folders(self._of_job):
                remove_unless_locked(folder)
            with suppress(OSError):  # other runs may keep something there
                os.rmdir(self._root)

    def _remove_own(self) -> None:
        assert self._folder is not None
        self.close()
        remove_unless_locked(self._folder)
        with suppress(OSError):  # an empty one, in which no lock could be made
            os.rmdir(self._folder)
        with suppress(OSError):
            os.rmdir(self._root)

    def close(self) -> None:
        """Let others remove what this run read."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _remove_others(self) -> None:
        """Remove what other runs of the job kept, and what any kept long before this one."""
        assert self._folder is not None
        assert self._of_job is not None
        oldest = _kept_at(self._folder) - KEPT_SECONDS
        of_job = self._kept_folders(self._of_job)
        for folder in self._kept_folders(KEPT):
            if folder != self._folder and (folder in of_job or _kept_at(folder) < oldest):
                remove_unless_locked(folder)

    def _kept_folders(self, prefix: str) -> list[str]:
        try:
            names = [name for name in os.listdir(self._root) if name.startswith(prefix)]
        except OSError:
            return []
        return [path for name in names if _is_private(path := os.path.join(self._root, name))]


def repr_of(stage: Stage) -> str:
    """What must be equal for a kept stage to stand in: all of it but the code itself."""
    return repr((stage.number, stage.inputs, stage.shuffle, stage.sink))


def _kept_root(temp_dir: str | None) -> str:
    """The folder of this user in which each failed run has one."""
    root = os.path.abspath(temp_dir or tempfile.gettempdir())
    return os.path.join(root, f"hadoopjobs-{os.getuid()}")


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _kept_at(folder: str) -> float:
    """When something was kept there last, in seconds of its disk's clock."""
    for path in (os.path.join(folder, INDEX), folder):
        with suppress(OSError):
            return os.stat(path).st_mtime
    return math.inf


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
