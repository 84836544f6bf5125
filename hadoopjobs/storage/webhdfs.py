"""webhdfs:// and swebhdfs:// : everything over REST, for those behind HttpFS or a gateway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from hadoopjobs.core.errors import FileExists, FileMissing, StorageError, UsageError
from hadoopjobs.core.hadoop_conf import HadoopConf
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
from hadoopjobs.storage.conf import hadoop_conf
from hadoopjobs.storage.hdfs_places import new_file_permission, new_folder_permission, web_addresses
from hadoopjobs.storage.length_checked import buffered_reader
from hadoopjobs.storage.remote_glob import glob_by_listings
from hadoopjobs.storage.trash import move_to_trash
from hadoopjobs.storage.uris import Location, split_uri
from hadoopjobs.storage.webhdfs_client import Call, WebHdfsClient, reading
from hadoopjobs.storage.webhdfs_writer import WebHdfsTarget

_WEB_SCHEMES = {"webhdfs": "http", "swebhdfs": "https"}


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


class WebPlace:
    """A URI with the client for its server."""

    def __init__(self, uri: str | Location, conf: HadoopConf | None = None) -> None:
        self.conf = hadoop_conf() if conf is None else conf
        self.place = split_uri(uri) if isinstance(uri, str) else uri
        if not self.place.authority:
            scheme = self.place.scheme
            raise UsageError(f"{uri!r} names no server: write {scheme}://host:port/path")

    @property
    def uri(self) -> str:
        return self.place.uri

    @property
    def path(self) -> str:
        return self.place.path

    @property
    def client(self) -> WebHdfsClient:
        scheme, authority, _ = self.place
        if self.conf.get(f"dfs.ha.namenodes.{authority}"):
            return WebHdfsClient(self.conf, web_addresses(self.conf, authority))
        return WebHdfsClient(self.conf, [f"{_WEB_SCHEMES[scheme]}://{authority}"])

    def at(self, path: str) -> WebPlace:
        """Another path on the same server."""
        return WebPlace(self.place._replace(path=path), self.conf)

    def get(self, op: str) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = self.client.json(reading(op, self.place))
        return found

    def put(self, op: str, what: str, **more: object) -> dict[str, object]:
        """For operations that give the same when they are done twice."""
        call = Call("PUT", op, self.place, what, safe=True, more=more)
        found: dict[str, object] = self.client.json(call)
        return found

    def status(self) -> FileStatus:
        return self.client.status(self.place)

    def status_or_none(self) -> FileStatus | None:
        try:
            return self.status()
        except FileMissing:
            return None

    def delete(self) -> None:
        """Twice is as good as once: what lies there is gone at the end."""
        more = {"recursive": "true"}
        self.client.json(Call("DELETE", "DELETE", self.place, "delete", safe=True, more=more))

    def rename_to(self, new: WebPlace) -> None:
        """Sent once. With `renameoptions` a NameNode never moves into a folder that is there;
        HttpFS does not know it and answers whether it was done."""
        what = f"rename {self.uri} to"
        more = {"destination": new.path, "renameoptions": "NONE"}
        found = self.client.json(Call("PUT", "RENAME", self.place, what, safe=False, more=more))
        if found.get("boolean") is False:
            raise StorageError(f"cannot {what} {new.uri}: it was refused", uri=new.uri)

    def new_file_options(self) -> dict[str, object]:
        options: dict[str, object] = {"permission": f"{new_file_permission(self.conf):o}"}
        replication = self.conf.get_int("dfs.replication", 0)
        block_size = self.conf.get_bytes("dfs.blocksize", 0)
        if replication:
            options["replication"] = replication
        if block_size:
            options["blocksize"] = block_size
        return options
