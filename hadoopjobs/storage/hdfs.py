"""hdfs:// : data by hdfs-native (RPC, no Java), and over WebHDFS what it does not give."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, BinaryIO

from hadoopjobs.core.errors import FileExists, FileMissing, StorageError
from hadoopjobs.core.hadoop_conf import HadoopConf
from hadoopjobs.storage.applied import rename_once
from hadoopjobs.storage.aside import temporary_name, written_aside
from hadoopjobs.storage.base import (
    Checksum,
    ContentSummary,
    FileStatus,
    FileSystem,
    Listing,
    Locations,
    SpaceUsage,
)
from hadoopjobs.storage.conf import hadoop_conf
from hadoopjobs.storage.hdfs_client import client_for, native_errors
from hadoopjobs.storage.hdfs_places import (
    new_file_permission,
    new_folder_permission,
    qualified,
    web_addresses,
)
from hadoopjobs.storage.length_checked import buffered_reader
from hadoopjobs.storage.pipe import Pipe
from hadoopjobs.storage.remote_glob import glob_by_listings
from hadoopjobs.storage.uris import Location, parent_path
from hadoopjobs.storage.webhdfs_client import WebHdfsClient

if TYPE_CHECKING:
    import hdfs_native


class HdfsFileSystem(FileSystem):
    """URIs come back with their authority, so they mean the same without fs.defaultFS."""

    def status(self, uri: str) -> FileStatus:
        place = _Place(uri)
        return place.status("read")

    def list(self, uri: str) -> Listing:
        place = _Place(uri)
        with place.errors("list"):
            found = [place.converted(each) for each in place.client.list_status(place.path)]
        if len(found) == 1 and found[0].uri == place.uri:
            raise StorageError(f"cannot list {uri}: it is a file, not a directory", uri=place.uri)
        return sorted(found, key=lambda status: status.uri)

    def glob(self, pattern: str) -> Listing:
        place = _Place(pattern)
        return glob_by_listings(
            place.path,
            lambda path: self.status(place.sibling(path)),
            lambda path: self.list(place.sibling(path)),
        )

    def walk(self, uri: str) -> Iterator[FileStatus]:
        """One stream of answers for the whole tree."""
        place = _Place(uri)
        with place.errors("list"):
            for each in place.client.list_status(place.path, recursive=True):
                yield place.converted(each)

    def open_read(self, uri: str) -> BinaryIO:
        place = _Place(uri)
        with place.errors("read"):
            reader = place.client.read(place.path)
        return buffered_reader(place.uri, len(reader), _Pieces(place, reader))

    def open_write(self, uri: str) -> BinaryIO:
        place = _Place(uri)
        if place.status_or_none() is not None:
            raise FileExists(f"cannot write {place.uri}: it exists", uri=place.uri)
        return written_aside(_HdfsTarget(place))

    def make_dirs(self, uri: str) -> None:
        place = _Place(uri)
        with place.errors("make the folder"):
            place.client.mkdirs(place.path, new_folder_permission(place.conf), create_parent=True)

    def delete(self, uri: str) -> None:
        place = _Place(uri)
        with place.errors("delete"), contextlib.suppress(FileNotFoundError):
            place.client.delete(place.path, recursive=True)

    def rename(self, source: str, target: str) -> None:
        old, new = _Place(source), _Place(target)
        if old.place.authority != new.place.authority:
            message = f"cannot rename {old.uri} to {new.uri}: the two are on different clusters"
            raise StorageError(message, uri=old.uri)

        def rename() -> None:
            with new.errors(f"rename {old.uri} to"):
                old.client.rename(old.path, new.path, overwrite=False)

        rename_once(
            rename,
            old.status_or_none,
            new.status_or_none,
            source_uri=old.uri,
            target_uri=new.uri,
        )

    def replace(self, source: str, target: str) -> None:
        old, new = _Place(source), _Place(target)
        status = new.status_or_none()
        if status is not None and status.is_dir:
            raise FileExists(f"cannot write {new.uri}: a folder is there", uri=new.uri)
        with new.errors(f"rename {old.uri} to"):
            old.client.rename(old.path, new.path, overwrite=True)

    def content_summary(self, uri: str) -> ContentSummary:
        place = _Place(uri)
        with place.errors("read"):
            found = place.client.get_content_summary(place.path)
        return ContentSummary(
            found.length,
            found.file_count,
            found.directory_count,
            found.space_consumed,
            _quota(found.quota),
            _quota(found.space_quota),
        )

    def set_permission(self, uri: str, permission: int) -> None:
        place = _Place(uri)
        with place.errors("change"):
            place.client.set_permission(place.path, permission)

    def set_owner(self, uri: str, owner: str | None, group: str | None) -> None:
        place = _Place(uri)
        with place.errors("change"):
            place.client.set_owner(place.path, owner, group)

    def set_replication(self, uri: str, replication: int) -> None:
        place = _Place(uri)
        with place.errors("change"):
            is_file = place.client.set_replication(place.path, replication)
        if not is_file:
            raise StorageError(f"cannot change {place.uri}: it is a folder", uri=place.uri)

    def set_times(self, uri: str, *, modified: float, accessed: float) -> None:
        place = _Place(uri)
        with place.errors("change"):
            place.client.set_times(place.path, round(modified * 1000), round(accessed * 1000))

    def trash(self, uri: str) -> str | None:
        from hdfs_native import TrashNotEnabledError

        place = _Place(uri)
        try:
            with place.errors("delete"):
                where = place.client.trash(place.path)
        except StorageError as error:
            if isinstance(error.__cause__, TrashNotEnabledError):
                return None
            raise
        return None if where is None else place.sibling(where)

    def block_locations(self, uri: str, start: int, length: int) -> Locations:
        place = _Place(uri)
        return place.web.block_locations(place.place, start, length)

    def checksum(self, uri: str) -> Checksum | None:
        place = _Place(uri)
        return place.web.checksum(place.place)

    def usage(self, uri: str) -> SpaceUsage:
        place = _Place(uri)
        return place.web.usage(place.place)


class _Place:
    """A URI with its cluster."""

    def __init__(self, uri: str) -> None:
        self.conf: HadoopConf = hadoop_conf()
        self.place: Location = qualified(uri, self.conf)

    @property
    def path(self) -> str:
        return self.place.path

    @property
    def uri(self) -> str:
        return self.place.uri

    def sibling(self, path: str) -> str:
        """The URI of another path on this cluster."""
        return self.place._replace(path=path).uri

    @property
    def client(self) -> hdfs_native.Client:
        return client_for(self.conf, self.place.authority)

    @property
    def web(self) -> WebHdfsClient:
        return WebHdfsClient(self.conf, web_addresses(self.conf, self.place.authority))

    def errors(self, what: str, server: str | None = None) -> AbstractContextManager[None]:
        return native_errors(what, self.uri, self.conf, self.place.authority, server)

    def status(self, what: str) -> FileStatus:
        with self.errors(what):
            return self.converted(self.client.get_file_info(self.path))

    def status_or_none(self) -> FileStatus | None:
        try:
            return self.status("read")
        except FileMissing:
            return None

    def converted(self, status: hdfs_native.FileStatus) -> FileStatus:
        is_dir = status.isdir
        return FileStatus(
            self.sibling(status.path),
            0 if is_dir else status.length,
            is_dir,
            status.modification_time / 1000,
            owner=status.owner,
            group=status.group,
            permission=status.permission & 0o1777,
            replication=None if is_dir else status.replication,
            block_size=None if is_dir else status.blocksize,
            accessed=status.access_time / 1000,
        )


class _Pieces:
    """The bytes of a file as packets come from DataNodes; another replica when one fails."""

    def __init__(self, place: _Place, reader: hdfs_native.FileReader) -> None:
        self._place = place
        self._reader: hdfs_native.FileReader | None = reader
        self._length = len(reader)

    def __call__(self, start: int, end: int) -> Iterator[bytes]:
        with self._place.errors("read"):
            try:
                yield from self._opened().read_range_stream(start, end - start)
            except Exception:
                self._reader = None  # the next one asks the NameNode where the blocks are now
                raise

    def _opened(self) -> hdfs_native.FileReader:
        if self._reader is None:
            reader = self._place.client.read(self._place.path)
            if len(reader) != self._length:
                uri = self._place.uri
                raise StorageError(f"cannot read {uri}: it changed while it was read", uri=uri)
            self._reader = reader
        return self._reader


class _HdfsTarget:
    """A new file of HDFS, made beside its place."""

    def __init__(self, place: _Place) -> None:
        from hdfs_native import WriteOptions

        self.uri = place.uri
        self._place = place
        folder = parent_path(place.path).rstrip("/")
        self._aside = f"{folder}/{temporary_name()}"
        options = WriteOptions(
            permission=new_file_permission(place.conf),
            replication=place.conf.get_int("dfs.replication", 0) or None,
            block_size=place.conf.get_bytes("dfs.blocksize", 0) or None,
            overwrite=False,
            create_parent=True,
        )
        with place.errors("write"):
            self._writer = place.client.create(self._aside, options)
        # hdfs-native 0.14.7 waits for ever now and then when a DataNode dies while it writes.
        patience_seconds = place.conf.get_seconds("dfs.client.socket-timeout", 60, unit="ms")
        self._pipe = Pipe(self.uri, self._send, patience_seconds)

    def _send(self, pieces: Iterator[bytes]) -> None:
        with self._place.errors("write", "a DataNode"):
            for piece in pieces:
                self._writer.write(piece)
            self._writer.close()

    def write(self, data: memoryview) -> None:
        self._pipe.put(bytes(data))  # hdfs-native copies anything else byte by byte

    def finish(self) -> int:
        self._pipe.end()
        with self._place.errors("write"):
            return self._place.client.get_file_info(self._aside).length

    def publish(self) -> None:
        place = self._place

        def rename() -> None:
            with place.errors("write"):
                place.client.rename(self._aside, place.path, overwrite=False)

        try:
            aside = _Place(place.sibling(self._aside))
            rename_once(
                rename,
                aside.status_or_none,
                place.status_or_none,
                source_uri=aside.uri,
                target_uri=self.uri,
            )
        except FileExists as error:
            raise FileExists(f"cannot write {self.uri}: it exists", uri=self.uri) from error

    def abandon(self) -> None:
        self._pipe.abandon()
        with contextlib.suppress(Exception):
            self._place.client.delete(self._aside, recursive=False)


def _quota(number: int) -> int | None:
    """The server says 2**64 - 1, or -1, where there is none."""
    return None if number < 0 or number >= 1 << 63 else number
