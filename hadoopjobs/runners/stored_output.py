"""An output folder on HDFS or in an object store."""

from __future__ import annotations

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import FileMissing, UsageError
from hadoopjobs.runners.output_folder import Inputs, OutputFolder, hidden_name
from hadoopjobs.runtime.staging import StoredStaging
from hadoopjobs.storage import filesystem_for


class StoredOutput(OutputFolder):
    """All by `storage`: what a rename costs, and whether it is one step, is the store's matter."""

    def __init__(self, dataset: DatasetRef, overwrite: bool, inputs: Inputs) -> None:
        super().__init__(dataset, overwrite, inputs)
        self._fs = filesystem_for(self.uri)
        self._target = self.uri.rstrip("/")
        parent, _, name = self._target.rpartition("/")
        if not name or parent.endswith(":/"):
            raise UsageError(f"{self.uri!r} is no folder that can be made: name one below it")
        folder = f"{parent}/{hidden_name(name)}"
        self.staging = StoredStaging(self._target, folder, self._missing_folders(parent))
        self._parts = f"{folder}/parts"

    def _missing_folders(self, folder: str) -> tuple[str, ...]:
        missing = []
        while folder.rpartition("/")[0].count("/") >= 2 and not self._fs.exists(folder):
            missing.append(folder)
            folder = folder.rpartition("/")[0]
        return tuple(missing)

    def prepare(self) -> None:
        try:
            found = self._fs.status(self._target)
        except FileMissing:
            pass
        else:
            self._refuse_unless_overwritten()
            if not found.is_dir:
                raise UsageError(f"cannot overwrite {self.uri}: it is not a folder")
            for uri in self._inputs():
                if f"{uri}/".startswith(f"{found.uri.rstrip('/')}/"):
                    raise self._needed(uri)
            children = self._fs.list(self._target)
            self._check_names(child.uri.rpartition("/")[2] for child in children)
        self._fs.make_dirs(self._parts)

    def attempt_path(self, index: int, attempt: int) -> str:
        return f"{self.staging.folder}/part-{index:05d}.attempt-{attempt}"

    def accept(self, index: int, attempt: int) -> None:
        part = f"{self._parts}/part-{index:05d}{self._extension}"
        self._fs.rename(self.attempt_path(index, attempt), part)

    def reject(self, index: int, attempt: int) -> None:
        self._fs.delete(self.attempt_path(index, attempt))

    def publish(self) -> None:
        self._fs.touch(f"{self._parts}/_SUCCESS")
        if self._fs.exists(self._target):
            if not self._overwrite:
                raise self._made_meanwhile()
            self._fs.rename(self._target, self.staging.replaced)
        self._fs.rename(self._parts, self._target)
        self.staging.remove()
