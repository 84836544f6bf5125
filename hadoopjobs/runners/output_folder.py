"""A run's output folder: absent, or complete with `_SUCCESS`; never in between."""

from __future__ import annotations

import re
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import FileExists, UsageError
from hadoopjobs.formats.naming import output_extension
from hadoopjobs.runtime.staging import Staging

_OUTPUT_NAME = re.compile(r"part-|[_.]")

Inputs = Callable[[], Iterable[str]]
"""Gives the URIs of the files that a run reads: they are not overwritten."""


def hidden_name(name: str) -> str:
    """A new name beside `name` that readers of folders skip."""
    return f"._hadoopjobs-{name}-{uuid.uuid4().hex[:12]}"


def hidden_names(name: str) -> re.Pattern[str]:
    """Matches all that `hidden_name` may give."""
    return re.compile(rf"\._hadoopjobs-{re.escape(name)}-[0-9a-f]{{12}}", re.DOTALL)


class OutputFolder(ABC):
    """Attempts write to a hidden folder beside the target; it is renamed when all is there."""

    staging: Staging

    def __init__(self, dataset: DatasetRef, overwrite: bool, inputs: Inputs) -> None:
        (self.uri,) = dataset.uris
        self._overwrite = overwrite
        self._inputs = inputs
        self._extension = output_extension(dataset.format, dict(dataset.options))

    @abstractmethod
    def prepare(self) -> None:
        """Refuse what must not be overwritten, and make the hidden folder."""

    @abstractmethod
    def attempt_path(self, index: int, attempt: int) -> str:
        """Where this attempt writes its file."""

    @abstractmethod
    def accept(self, index: int, attempt: int) -> None:
        """The attempt succeeded: its file is the part `index`."""

    @abstractmethod
    def reject(self, index: int, attempt: int) -> None:
        """The attempt failed: remove what it wrote, if anything."""

    @abstractmethod
    def publish(self) -> None:
        """Put the parts, which are complete, in the target's place."""

    def abandon(self) -> None:
        """Leave nothing of the run behind; an output that was published stays."""
        self.staging.remove()

    def _refuse_unless_overwritten(self) -> None:
        if not self._overwrite:
            raise FileExists(
                f"cannot write {self.uri}: it exists; remove it or pass --overwrite", uri=self.uri
            )

    def _made_meanwhile(self) -> FileExists:
        return FileExists(f"cannot write {self.uri}: it was made meanwhile", uri=self.uri)

    def _needed(self, path: str) -> UsageError:
        return UsageError(f"cannot overwrite {self.uri}: {path}, which the run needs, is there")

    def _check_names(self, names: Iterable[str]) -> None:
        """Refuse to overwrite a folder with files that no job wrote."""
        others = sorted(name for name in names if not _OUTPUT_NAME.match(name))
        if others:
            raise UsageError(
                f"cannot overwrite {self.uri}: {others[0]!r} in it is no output of a job; "
                "remove the folder yourself"
            )
