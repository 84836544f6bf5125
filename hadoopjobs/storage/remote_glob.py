"""Globs over a store where every question is a round trip: one listing for each folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hadoopjobs.core.errors import FileMissing
from hadoopjobs.storage.base import FileStatus, Listing
from hadoopjobs.storage.globs import match_paths
from hadoopjobs.storage.uris import name_of, parent_path


def glob_by_listings(
    pattern: str,
    status: Callable[[str], FileStatus],
    children: Callable[[str], Sequence[FileStatus]],
) -> Listing:
    """The statuses of what matches the absolute path `pattern`, sorted by path.

    `status` and `children` take paths. A folder is listed once, and a file whose folder was
    listed is not asked for.
    """
    tree = _Tree(status, children)
    return [tree.known(path) for path in match_paths(pattern, tree.names_in, tree.exists)]


class _Tree:
    def __init__(
        self,
        status: Callable[[str], FileStatus],
        children: Callable[[str], Sequence[FileStatus]],
    ) -> None:
        self._status = status
        self._children = children
        self._known: dict[str, FileStatus | None] = {}
        self._listed: dict[str, list[str]] = {}

    def names_in(self, path: str) -> list[str]:
        if path not in self._listed:
            self._listed[path] = self._list(path)
        return self._listed[path]

    def _list(self, path: str) -> list[str]:
        known = self._known.get(path)
        if known is not None and not known.is_dir:
            return []
        if known is None and (not self.exists(path) or not self.known(path).is_dir):
            return []
        try:
            statuses = self._children(path)
        except FileMissing:  # deleted since
            return []
        names = [name_of(status.uri) for status in statuses]
        for name, status in zip(names, statuses, strict=True):
            self._known[f"{path.rstrip('/')}/{name}"] = status
        return names

    def exists(self, path: str) -> bool:
        if path not in self._known and parent_path(path) not in self._listed:
            try:
                self._known[path] = self._status(path)
            except FileMissing:
                self._known[path] = None
        return self._known.get(path) is not None

    def known(self, path: str) -> FileStatus:
        found = self._known.get(path)
        return self._status(path) if found is None else found
