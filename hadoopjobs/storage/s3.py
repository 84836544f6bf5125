"""s3:// and s3a:// : buckets of objects, by obstore.

A folder is the keys that begin with its name and a slash; there are no empty folders. A rename
copies and deletes, object by object: it is not atomic.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, BinaryIO

from hadoopjobs.core.errors import FileExists, FileMissing, StorageError
from hadoopjobs.storage.aside import written_aside
from hadoopjobs.storage.base import Checksum, FileStatus, FileSystem, Listing
from hadoopjobs.storage.length_checked import buffered_reader
from hadoopjobs.storage.pipe import Pipe
from hadoopjobs.storage.remote_glob import glob_by_listings
from hadoopjobs.storage.s3_store import s3_errors, store_for
from hadoopjobs.storage.uris import Location, split_uri

if TYPE_CHECKING:
    from obstore.store import S3Store

_SMALL_BYTES = 16 << 20
_BLOCK_BYTES = 64 << 20


class S3FileSystem(FileSystem):
    """Objects have no owner, permission or replicas; s3a:// is another name for s3://."""

    def status(self, uri: str) -> FileStatus:
        return _Object(uri).status()

    def list(self, uri: str) -> Listing:
        place = _Object(uri)
        found = place.children()
        if not found and not place.status().is_dir:
            raise StorageError(f"cannot list {uri}: it is a file, not a directory", uri=uri)
        return sorted(found, key=lambda status: status.uri)

    def glob(self, pattern: str) -> Listing:
        place = _Object(pattern)
        return glob_by_listings(
            place.place.path,
            lambda path: place.at(path).status(),
            lambda path: self.list(place.at(path).uri),
        )

    def walk(self, uri: str) -> Iterator[FileStatus]:
        """Objects only, in one stream of answers: folders are not there as such."""
        place = _Object(uri)
        for meta, following in pairwise(chain(place.below(), [None])):
            if not _is_marker(meta, following):
                yield place.described(meta)

    def open_read(self, uri: str) -> BinaryIO:
        place = _Object(uri)
        status = place.status()
        if status.is_dir:
            raise StorageError(f"cannot read {uri}: it is a folder", uri=uri)
        return buffered_reader(place.uri, status.length, place.pieces)

    def open_write(self, uri: str) -> BinaryIO:
        place = _Object(uri)
        if self.exists(uri):
            raise FileExists(f"cannot write {uri}: it exists", uri=uri)
        place.refuse_below_a_file()
        return written_aside(_S3Target(place))

    def make_dirs(self, uri: str) -> None:
        """A folder without objects is not there in S3, so nothing is made."""
        place = _Object(uri)
        if place.head() is not None:
            raise FileExists(f"cannot make the folder {uri}: it exists", uri=uri)
        place.refuse_below_a_file()

    def delete(self, uri: str) -> None:
        import obstore

        place = _Object(uri)
        keys = [meta["path"] for meta in place.below()]
        keys += [place.key] if place.head() is not None else []
        with s3_errors("delete", uri):
            if keys:
                obstore.delete(place.store, keys)

    def rename(self, source: str, target: str) -> None:
        old, new = _Object(source), _Object(target)
        status = old.status()
        if new.status_or_none() is not None:
            raise FileExists(f"cannot rename {source} to {target}: it exists", uri=target)
        new.refuse_below_a_file()
        moved = [meta["path"] for meta in old.below()] if status.is_dir else [old.key]
        for key in moved:
            old.copy(key, new, new.key + key[len(old.key) :])
        self.delete(source)

    def checksum(self, uri: str) -> Checksum | None:
        place = _Object(uri)
        meta = place.head()
        if meta is None:
            place.status()  # says what is wrong
        tag = (meta or {}).get("e_tag")
        return None if tag is None else Checksum("ETag", str(tag).strip('"').encode())


class _Object:
    """A bucket and a key; the root of a bucket has an empty key."""

    def __init__(self, uri: str | Location) -> None:
        self.place = split_uri(uri) if isinstance(uri, str) else uri
        self.key = self.place.path.lstrip("/")

    @property
    def uri(self) -> str:
        return self.place.uri

    @property
    def store(self) -> S3Store:
        return store_for(self.place.authority, self.uri)

    def at(self, path: str) -> _Object:
        return _Object(self.place._replace(path=path))

    @property
    def _prefix(self) -> str:
        return self.key + "/" if self.key else ""

    def head(self) -> Any:
        """What the store says of the object itself; None if there is none."""
        import obstore

        if not self.key:
            return None
        try:
            with s3_errors("read", self.uri):
                return obstore.head(self.store, self.key)
        except FileMissing:
            return None

    def status(self) -> FileStatus:
        status = self.status_or_none()
        if status is None:
            raise FileMissing(f"cannot read {self.uri}: it does not exist", uri=self.uri)
        return status

    def status_or_none(self) -> FileStatus | None:
        meta = self.head()
        if meta is not None:
            return self.described(meta)
        found = next(self.below(), None)
        if found is None and self.key:
            return None
        if found is None:
            self._check_bucket()
        return FileStatus(self.uri, 0, is_dir=True, modified=0.0)

    def _check_bucket(self) -> None:
        """An empty bucket and one that is not there look alike until it is listed."""
        self.children()

    def children(self) -> Listing:
        import obstore

        with s3_errors("list", self.uri):
            found = obstore.list_with_delimiter(self.store, self._prefix or None)
        files = [self.described(meta) for meta in found["objects"] if meta["path"] != self.key]
        names = {file.uri for file in files}
        folders = [self.at("/" + prefix) for prefix in found["common_prefixes"]]
        return files + [
            FileStatus(folder.uri, 0, is_dir=True, modified=0.0)
            for folder in folders
            if folder.uri not in names and folder.key != self.key
        ]

    def below(self) -> Iterator[Any]:
        """What the store says of every object under this name and a slash."""
        import obstore

        with s3_errors("list", self.uri):
            for batch in obstore.list(self.store, self._prefix or None):
                yield from (meta for meta in batch if meta["path"] != self.key)

    def described(self, meta: Any) -> FileStatus:
        place = self.place._replace(path="/" + meta["path"])
        return FileStatus(
            place.uri,
            meta["size"],
            is_dir=False,
            modified=meta["last_modified"].timestamp(),
            block_size=_BLOCK_BYTES,
        )

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        import obstore

        with s3_errors("read", self.uri):
            answer = obstore.get(self.store, self.key, options={"range": (start, end)})
            for piece in answer.stream(min_chunk_size=256 * 1024):
                yield bytes(piece)

    def put(self, key: str, data: bytes) -> None:
        """Atomic; raises `FileExists`."""
        import obstore

        obstore.put(self.store, key, data, mode="create", use_multipart=False)

    def send(self, pieces: Iterator[bytes]) -> None:
        """A multipart upload, completed when the pieces end and abandoned when they raise."""
        import obstore

        with s3_errors("write", self.uri):
            obstore.put(self.store, self.key, pieces, chunk_size=8 << 20, max_concurrency=4)

    def copy(self, key: str, new: _Object, new_key: str) -> None:
        import obstore

        with s3_errors(f"rename {self.uri} to", new.uri):
            if self.place.authority == new.place.authority:
                obstore.copy(self.store, key, new_key)
            else:
                obstore.put(new.store, new_key, obstore.get(self.store, key))

    def refuse_below_a_file(self) -> None:
        """A file cannot hold others, though S3 would let it."""
        folder, _, _ = self.key.rpartition("/")
        while folder:
            place = self.at("/" + folder)
            if place.head() is not None:
                message = f"cannot write {self.uri}: {place.uri} is a file, not a directory"
                raise StorageError(message, uri=self.uri)
            folder, _, _ = folder.rpartition("/")


def _is_marker(meta: Any, following: Any) -> bool:
    """Other tools mark a folder by an empty object whose name ends in a slash, which obstore
    leaves off."""
    return bool(
        meta["size"] == 0 and following and following["path"].startswith(meta["path"] + "/")
    )


class _S3Target:
    """A new object: nothing is there before the upload is completed."""

    def __init__(self, place: _Object) -> None:
        self.uri = place.uri
        self._place = place
        self._waiting = bytearray()
        self._sent = 0
        self._pipe: Pipe | None = None
        self._is_published = False

    def write(self, data: memoryview) -> None:
        if self._pipe is None:
            self._waiting += data
            if len(self._waiting) <= _SMALL_BYTES:
                return
            self._pipe = Pipe(self.uri, self._place.send)
            data = memoryview(bytes(self._waiting))
            self._waiting.clear()
        self._pipe.put(bytes(data))
        self._sent += len(data)

    def finish(self) -> int:
        """What is ready to appear; a large object is compared after it has appeared."""
        return self._sent if self._pipe else len(self._waiting)

    def publish(self) -> None:
        try:
            self._complete()
        except FileExists as error:
            raise FileExists(f"cannot write {self.uri}: it exists", uri=self.uri) from error

    def _complete(self) -> None:
        with s3_errors("write", self.uri):
            if self._pipe is None:
                return self._place.put(self._place.key, bytes(self._waiting))
        if self._place.head() is not None:
            raise FileExists(f"cannot write {self.uri}: it exists", uri=self.uri)
        self._pipe.end()
        self._pipe = None
        length = self._place.status().length
        if length != self._sent:
            S3FileSystem().delete(self.uri)
            raise StorageError(
                f"cannot write {self.uri}: {self._sent} bytes were sent, {length} arrived",
                uri=self.uri,
            )
        return None

    def abandon(self) -> None:
        if self._pipe is not None:
            self._pipe.abandon()
