"""Moving to a user's trash folder instead of deleting.

Source: org.apache.hadoop.fs.TrashPolicyDefault.moveToTrash.
"""

from __future__ import annotations

import time

from hadoopjobs.core.errors import FileExists, StorageError
from hadoopjobs.storage.base import FileSystem
from hadoopjobs.storage.uris import parent_path, split_uri

_ATTEMPTS = 3


def move_to_trash(fs: FileSystem, uri: str, home: str) -> str | None:
    """Move to `home`/.Trash/Current, under the same path; None for what lies in it already."""
    place, trash = split_uri(uri), split_uri(f"{home}/.Trash")
    if f"{place.path}/".startswith(f"{trash.path}/"):
        return None
    if f"{trash.path}/".startswith(f"{place.path.rstrip('/')}/"):
        raise StorageError(f"cannot move {uri} to the trash: it holds the trash", uri=uri)
    target = f"{trash.path}/Current{place.path}"
    fs.make_dirs(trash._replace(path=parent_path(target)).uri)
    for attempt in range(_ATTEMPTS):
        free = target if attempt == 0 else f"{target}{time.time_ns() // 1_000_000}"
        where = trash._replace(path=free).uri
        try:
            fs.rename(uri, where)
        except FileExists:
            continue
        return where
    raise FileExists(f"cannot move {uri} to the trash: {target} exists", uri=uri)
