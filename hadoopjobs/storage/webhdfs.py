"""webhdfs:// and swebhdfs:// : everything over REST, for those behind HttpFS or a gateway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from hadoopjobs.core.errors import FileExists, StorageError
from hadoopjobs.storage.applied import rename_once
from hadoopjobs.storage.aside import written_aside
from hadoopjobs.storage.base import (
    Checksum,
    ContentSummary,
    FileStatus,
    FileSystem,
    Listing,
    Locations,
    SpaceUsage,
)
from hadoopjobs.storage.hdfs_places import new_folder_permission
from hadoopjobs.storage.length_checked import buffered_reader
from hadoopjobs.storage.remote_glob import glob_by_listings
from hadoopjobs.storage.trash import move_to_trash
from hadoopjobs.storage.webhdfs_place import WebPlace
from hadoopjobs.storage.webhdfs_writer import WebHdfsTarget


class WebHdfsFileSystem(FileSystem):
    """The authority is the host and port of a NameNode's web server, of HttpFS or a gateway, or
    the name of a name service of the site files."""

    def status(self, uri: str) -> FileStatus:
        return WebPlace(uri).status()

    def list(self, uri: str) -> Listing:
        place = WebPlace(uri)
        return sorted(place.client.children(place.place), key=lambda status: status.uri)

    def glob(self, pattern: str) -> Listing:
        place = WebPlace(pattern)
        return glob_by_listings(
            place.path,
            lambda path: place.at(path).status(),
            lambda path: self.list(place.at(path).uri),
        )

    def open_read(self, uri: str) -> BinaryIO:
        place = WebPlace(uri)
        status = place.status()
        if status.is_dir:
            raise StorageError(f"cannot read {place.uri}: it is a folder", uri=place.uri)

        def pieces(start: int, end: int) -> Iterator[bytes]:
            return place.client.read(place.place, start, end)

        return buffered_reader(place.uri, status.length, pieces)

    def open_write(self, uri: str) -> BinaryIO:
        place = WebPlace(uri)
        if place.status_or_none() is not None:
            raise FileExists(f"cannot write {place.uri}: it exists", uri=place.uri)
        return written_aside(WebHdfsTarget(place))

    def make_dirs(self, uri: str) -> None:
        place = WebPlace(uri)
        mode = f"{new_folder_permission(place.conf):o}"
        place.put("MKDIRS", "make the folder", permission=mode)

    def delete(self, uri: str) -> None:
        WebPlace(uri).delete()

    def rename(self, source: str, target: str) -> None:
        old, new = WebPlace(source), WebPlace(target)
        if old.place[:2] != new.place[:2]:
            message = f"cannot rename {old.uri} to {new.uri}: the two are on different clusters"
            raise StorageError(message, uri=old.uri)
        rename_once(
            lambda: old.rename_to(new),
            old.status_or_none,
            new.status_or_none,
            source_uri=old.uri,
            target_uri=new.uri,
        )

    def content_summary(self, uri: str) -> ContentSummary:
        found = WebPlace(uri).get("GETCONTENTSUMMARY")["ContentSummary"]
        return ContentSummary(
            found["length"],
            found["fileCount"],
            found["directoryCount"],
            found["spaceConsumed"],
            None if found["quota"] < 0 else found["quota"],
            None if found["spaceQuota"] < 0 else found["spaceQuota"],
        )

    def set_permission(self, uri: str, permission: int) -> None:
        WebPlace(uri).put("SETPERMISSION", "change", permission=f"{permission:o}")

    def set_owner(self, uri: str, owner: str | None, group: str | None) -> None:
        named = {"owner": owner, "group": group}
        WebPlace(uri).put("SETOWNER", "change", **{k: v for k, v in named.items() if v is not None})

    def set_replication(self, uri: str, replication: int) -> None:
        place = WebPlace(uri)
        found = place.put("SETREPLICATION", "change", replication=replication)
        if not found.get("boolean", True):
            raise StorageError(f"cannot change {place.uri}: it is a folder", uri=place.uri)

    def set_times(self, uri: str, *, modified: float, accessed: float) -> None:
        times = {"modificationtime": round(modified * 1000), "accesstime": round(accessed * 1000)}
        WebPlace(uri).put("SETTIMES", "change", **times)

    def trash(self, uri: str) -> str | None:
        place = WebPlace(uri)
        found = place.get("GETSERVERDEFAULTS")["FsServerDefaults"]
        if not found.get("trashInterval"):
            return None
        home = f"/user/{place.conf.user}"
        return move_to_trash(self, place.uri, place.at(home).uri)

    def block_locations(self, uri: str, start: int, length: int) -> Locations:
        place = WebPlace(uri)
        return place.client.block_locations(place.place, start, length)

    def checksum(self, uri: str) -> Checksum | None:
        place = WebPlace(uri)
        return place.client.checksum(place.place)

    def usage(self, uri: str) -> SpaceUsage:
        place = WebPlace(uri)
        return place.client.usage(place.place)
