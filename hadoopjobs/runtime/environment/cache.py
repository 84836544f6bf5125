"""Archives that were built before, by what went into them."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hadoopjobs.core.errors import StorageError
from hadoopjobs.runtime.environment.archive import Entry, write_archive

_FORMAT = 1  # of what this version builds from the same facts
_UNUSED_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True)
class Built:
    """`notes` is what the builder said of it, as JSON."""

    path: Path
    digest: str
    length: int
    notes: Any


def environment_cache(environ: Mapping[str, str]) -> Path:
    """Where a user keeps what was built."""
    base = environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base, "hadoopjobs", "environments")


Contents = tuple[Sequence[Entry], Any]


def built(folder: Path, facts: Any, make: Callable[[], Contents]) -> Built:
    """The archive of `facts`, made by `make` unless it is there. Two processes make it once.

    Those that nobody used for 30 days are removed when a new one is made.
    """
    key = hashlib.sha256(json.dumps([_FORMAT, facts], sort_keys=True).encode()).hexdigest()[:32]
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(folder / f"{key}.lock"):
            found = _known(folder, key)
            if found is not None:
                return found
            _remove_unused(folder)
            return _make(folder, key, make)
    except OSError as error:
        raise StorageError(
            f"cannot keep environments in {folder}: {error.strerror or error}; XDG_CACHE_HOME names"
            " another place"
        ) from error


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _known(folder: Path, key: str) -> Built | None:
    path = folder / f"{key}.tar.gz"
    try:
        said = json.loads((folder / f"{key}.json").read_text("utf-8"))
        if path.stat().st_size != said["length"]:
            return None
        os.utime(path)
        return Built(path, said["digest"], said["length"], said["notes"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _make(folder: Path, key: str, make: Callable[[], Contents]) -> Built:
    path, temporary = folder / f"{key}.tar.gz", folder / f"{key}.tmp"
    temporary.unlink(missing_ok=True)
    try:
        entries, notes = make()
        digest = write_archive(temporary, entries)
        length = temporary.stat().st_size
        said = {"digest": digest, "length": length, "notes": notes}
        (folder / f"{key}.json").write_text(json.dumps(said), "utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return Built(path, digest, length, notes)


def _remove_unused(folder: Path) -> None:
    before = time.time() - _UNUSED_SECONDS
    for path in folder.glob("*.tar.gz"):
        if path.stat().st_mtime < before:
            for suffix in (".tar.gz", ".json", ".lock"):
                path.with_name(path.name.removesuffix(".tar.gz") + suffix).unlink(missing_ok=True)
