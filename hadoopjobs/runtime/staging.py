"""The hidden folder in which a run gathers its output, and how to undo it."""

from __future__ import annotations

import contextlib
import os
import shutil
from abc import ABC, abstractmethod
from dataclasses import dataclass

from hadoopjobs.core.errors import StorageError
from hadoopjobs.storage import filesystem_for


@dataclass(frozen=True)
class Staging(ABC):
    """`folder` lies beside `target`; `new_parents`, deepest first, are there for this run only."""

    target: str
    folder: str
    new_parents: tuple[str, ...]

    @property
    def replaced(self) -> str:
        """Where an older output lies while the new one takes its place."""
        return f"{self.folder}/replaced"

    @abstractmethod
    def remove(self) -> None:
        """Leave nothing but the target: the new one if it is complete, else what was there."""


class LocalStaging(Staging):
    def remove(self) -> None:
        if os.path.isdir(self.replaced) and not os.path.lexists(self.target):
            os.rename(self.replaced, self.target)
        shutil.rmtree(self.folder, ignore_errors=True)
        for folder in self.new_parents:
            try:
                os.rmdir(folder)
            except FileNotFoundError:
                continue
            except OSError:
                break


class StoredStaging(Staging):
    def remove(self) -> None:
        """A store that does not answer leaves the hidden folder there: readers skip it."""
        fs = filesystem_for(self.folder)
        with contextlib.suppress(StorageError):
            if fs.exists(self.replaced) and not fs.exists(self.target):
                fs.rename(self.replaced, self.target)
            fs.delete(self.folder)
            for folder in self.new_parents:
                if not fs.exists(folder):
                    continue
                if fs.list(folder):
                    break
                fs.delete(folder)
