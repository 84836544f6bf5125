"""What a user of `scripts/cluster` is told instead of a traceback."""

from __future__ import annotations


class ClusterError(Exception):
    """One line for the user, and more lines (the end of a log) where they help."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details
