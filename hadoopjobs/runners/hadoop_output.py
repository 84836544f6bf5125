"""Where a run on Hadoop leaves its output: absent, or complete with `_SUCCESS`.

The job writes to a hidden folder beside the target, where Hadoop's committer gathers what the
attempts that succeeded wrote; the driver renames it when all is there.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterable

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import FileExists, StorageError, UsageError
from hadoopjobs.runtime.hadoop_orders import RESULTS
from hadoopjobs.storage import filesystem_for
from hadoopjobs.storage.uris import child_uri, name_of, parent_path, split_uri


class ClusterOutput:
    """An output folder in HDFS."""

    def __init__(self, dataset: DatasetRef, overwrite: bool, *, is_in_place: bool = False) -> None:
        """`is_in_place`: the job writes to the target itself, whose `_SUCCESS` says when it is
        complete, since nobody may be there to rename anything."""
        (self.uri,) = dataset.uris
        place = split_uri(self.uri)
        if place.path == "/":
            raise UsageError(f"cannot write {self.uri}: name a folder in it")
        self._fs = filesystem_for(self.uri)
        self._target = place.uri
        self._parent = place._replace(path=parent_path(place.path)).uri
        self._overwrite = overwrite
        self._new_parents: list[str] = []
        self._is_in_place = is_in_place
        self._is_ours = not is_in_place  # whether `folder` may be removed
        hidden = f"._hadoopjobs-{name_of(self._target)}-{uuid.uuid4().hex[:12]}"
        self.folder = self._target if is_in_place else child_uri(self._parent, hidden)

    def prepare(self, inputs: Iterable[str]) -> None:
        """Refuse what must not be overwritten. `inputs` are the files that the run reads."""
        if self._fs.exists(self._target):
            if not self._overwrite:
                raise FileExists(
                    f"cannot write {self.uri}: it exists; remove it or pass --overwrite",
                    uri=self.uri,
                )
            self._check_replaceable(inputs)
        self._new_parents = self._missing_parents()
        self._fs.make_dirs(self._parent)
        if self._is_in_place:
            self._fs.make_dirs(self._target)
            self._is_ours = True

    def _check_replaceable(self, inputs: Iterable[str]) -> None:
        if not self._fs.status(self._target).is_dir:
            raise UsageError(f"cannot overwrite {self.uri}: it is not a folder")
        names = [name_of(child.uri) for child in self._fs.list(self._target)]
        strange = [name for name in names if not name.startswith(("part-", "_", "."))]
        if strange:
            raise UsageError(
                f"cannot overwrite {self.uri}: no job wrote {strange[0]!r}, which is in it"
            )
        target = split_uri(self._fs.status(self._target).uri).uri
        for uri in inputs:
            if uri.startswith(f"{target}/"):
                raise UsageError(f"cannot overwrite {self.uri}: the job reads {uri}")

    def _missing_parents(self) -> list[str]:
        """From the deepest on."""
        missing = []
        place = split_uri(self._parent)
        while place.path != "/" and not self._fs.exists(place.uri):
            missing.append(place.uri)
            place = place._replace(path=parent_path(place.path))
        return missing

    def publish(self) -> None:
        """Rename the new output to its place; the old one goes when the new one is there."""
        self._fs.delete(child_uri(self.folder, RESULTS))
        if self._is_in_place:
            self._is_ours = False
            return
        replaced = f"{self.folder}-replaced"
        if self._fs.exists(self._target):
            if not self._overwrite:
                raise FileExists(f"cannot write {self.uri}: it was made meanwhile", uri=self.uri)
            self._fs.rename(self._target, replaced)
        try:
            self._fs.rename(self.folder, self._target)
        except BaseException:
            if self._fs.exists(replaced) and not self._fs.exists(self._target):
                self._fs.rename(replaced, self._target)
            raise
        self._new_parents = []
        self._fs.delete(replaced)

    def abandon(self) -> None:
        """Leave nothing of the run behind; an output that was published stays."""
        if not self._is_ours:
            return
        with contextlib.suppress(StorageError):
            self._fs.delete(self.folder)
            for parent in self._new_parents:
                if self._fs.list(parent):
                    break
                self._fs.delete(parent)
