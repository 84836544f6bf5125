"""A .tar.gz with the same bytes for the same content, compressed on all cores.

Nodes unpack it with the system's tar, which keeps modes.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hadoopjobs.core.errors import StorageError

_PIECE_BYTES = 4 << 20
_LEVEL = 1
_GZIP = 31  # wbits of zlib: a gzip member with the largest window
# Python's zip and bytecode know no earlier time; and tar complains of files from 1970.
_TIME = 946_684_800


@dataclass(frozen=True)
class Entry:
    """A file of an archive: `content` is its bytes, or the file of this machine that has them.

    A file of this machine that can be executed can be executed there too.
    """

    name: str
    content: Path | bytes
    is_executable: bool = False

    def read(self) -> bytes:
        """Raises `StorageError`."""
        if isinstance(self.content, bytes):
            return self.content
        try:
            return self.content.read_bytes()
        except OSError as error:
            raise StorageError(
                f"cannot send {self.content} to the nodes: {error.strerror}", uri=str(self.content)
            ) from error

    @property
    def mode(self) -> int:
        is_executable = self.is_executable or (
            isinstance(self.content, Path) and os.access(self.content, os.X_OK)
        )
        return 0o755 if is_executable else 0o644


def write_archive(path: Path, entries: Iterable[Entry]) -> str:
    """Write the file; its SHA-256 in hexadecimal. Of entries with one name the first counts."""
    unique: dict[str, Entry] = {}
    for entry in entries:
        unique.setdefault(entry.name, entry)
    digest = hashlib.sha256()
    with path.open("xb") as file:
        with _Members(file, digest) as stream:
            with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                for name in sorted(unique):
                    _add(tar, unique[name])
    return digest.hexdigest()


def _add(tar: tarfile.TarFile, entry: Entry) -> None:
    data = entry.read()
    info = tarfile.TarInfo(entry.name)
    info.size = len(data)
    info.mtime = _TIME
    info.mode = entry.mode
    tar.addfile(info, io.BytesIO(data))


class _Members(io.RawIOBase):
    """Gzip members, one for each piece, which one after the other are a gzip file too."""

    def __init__(self, file: Any, digest: Any) -> None:
        super().__init__()
        self._file = file
        self._digest = digest
        self._waiting = bytearray()
        self._cores = len(os.sched_getaffinity(0))
        self._pool = ThreadPoolExecutor(self._cores)
        self._running: list[Future[bytes]] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._waiting += data
        while len(self._waiting) >= _PIECE_BYTES:
            self._compress(bytes(self._waiting[:_PIECE_BYTES]))
            del self._waiting[:_PIECE_BYTES]
        return len(data)

    def _compress(self, piece: bytes) -> None:
        self._running.append(self._pool.submit(zlib.compress, piece, _LEVEL, _GZIP))
        if len(self._running) > 2 * self._cores:
            self._save(self._running.pop(0).result())

    def _save(self, member: bytes) -> None:
        self._digest.update(member)
        self._file.write(member)

    def close(self) -> None:
        if self.closed:
            return
        try:
            self._compress(bytes(self._waiting))
            for future in self._running:
                self._save(future.result())
        finally:
            self._pool.shutdown()
            super().close()


def files_below(folder: Path) -> Iterator[Path]:
    """Every file, in order of its name; hidden ones and bytecode left out.

    A link to a folder is followed, unless it leads back to where it stands.
    """
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == "__pycache__":
            continue
        if path.is_dir():
            if not (path.is_symlink() and folder.resolve().is_relative_to(path.resolve())):
                yield from files_below(path)
        elif path.is_file():
            yield path
