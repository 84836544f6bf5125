"""A webhdfs:// URI with the client for its server, and the operations on it."""

from __future__ import annotations

from hadoopjobs.core.errors import FileMissing, StorageError, UsageError
from hadoopjobs.core.hadoop_conf import HadoopConf
from hadoopjobs.storage.base import FileStatus
from hadoopjobs.storage.conf import hadoop_conf
from hadoopjobs.storage.hdfs_places import new_file_permission, web_addresses
from hadoopjobs.storage.uris import Location, split_uri
from hadoopjobs.storage.webhdfs_client import Call, WebHdfsClient, reading

_WEB_SCHEMES = {"webhdfs": "http", "swebhdfs": "https"}


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
