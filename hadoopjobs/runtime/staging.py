"""The hidden folder in which a run gathers its output, and how to undo it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass


@dataclass(frozen=True)
class Staging:
    """`folder` lies beside `target`; `new_parents`, deepest first, are there for this run only."""

    target: str
    folder: str
    new_parents: tuple[str, ...]

    @property
    def replaced(self) -> str:
        """Where an older output lies while the new one takes its place."""
        return os.path.join(self.folder, "replaced")

    def remove(self) -> None:
        """Leave nothing but the target: the new one if it is complete, else what was there."""
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
