"""Hears how a run goes."""

from __future__ import annotations


class Listener:
    """Overridden by whoever shows progress; the default says nothing. Shares run from 0 to 1."""

    def stage_started(self, name: str, maps: int, reduces: int) -> None: ...

    def progressed(self, map_share: float, reduce_share: float) -> None: ...

    def stage_finished(self, name: str, reduces: int) -> None: ...

    def said(self, text: str) -> None:
        """Something that the user should read: a warning, a retry, a status."""

    def close(self) -> None:
        """The run is over, well or not."""
