"""Storage for submissions in tests: WebHDFS and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

from hadoopjobs.core.errors import NotFound
from hadoopjobs.core.hadoop_conf import HadoopConf
from hadoopjobs.core.hadoop_http import HadoopSession
from hadoopjobs.yarn import StoredFile


class WebHdfsStore:
    def __init__(self, conf: HadoopConf, session: HadoopSession) -> None:
        self.filesystem = str(conf.get("fs.defaultFS")).rstrip("/")
        host = str(conf.get("dfs.namenode.http-address") or urlsplit(self.filesystem).hostname)
        self._base = (
            f"http://{host}/webhdfs/v1" if ":" in host else f"http://{host}:9870/webhdfs/v1"
        )
        self._session = session

    def _url(self, uri: str, op: str, **params: str) -> str:
        path = quote(uri.removeprefix(self.filesystem))
        query = "".join(f"&{name}={value}" for name, value in params.items())
        return f"{self._base}{path}?op={op}{query}"

    def make_dirs(self, uri: str, mode: int) -> None:
        self._session.json("PUT", self._url(uri, "MKDIRS"))
        self._session.json("PUT", self._url(uri, "SETPERMISSION", permission=f"{mode:o}"))

    def write(self, uri: str, data: bytes | Path) -> StoredFile:
        content = data if isinstance(data, bytes) else data.read_bytes()
        place = self._session.json("PUT", self._url(uri, "CREATE", noredirect="true"))["Location"]
        headers = {"Content-Type": "application/octet-stream"}
        self._session.call("PUT", place, data=content, headers=headers)
        return self.status(uri)

    def status(self, uri: str) -> StoredFile:
        found = self._session.json("GET", self._url(uri, "GETFILESTATUS"))["FileStatus"]
        return StoredFile(uri, found["length"], found["modificationTime"])

    def read(self, uri: str) -> bytes:
        return self._session.call("GET", self._url(uri, "OPEN")).content

    def names(self, uri: str) -> list[str]:
        try:
            found = self._session.json("GET", self._url(uri, "LISTSTATUS"))
        except NotFound:
            return []
        return [item["pathSuffix"] for item in found["FileStatuses"]["FileStatus"]]

    def delete(self, uri: str) -> None:
        self._session.json("DELETE", self._url(uri, "DELETE", recursive="true"))

    def delegation_tokens(self, renewer: str) -> Mapping[str, str]:
        url = self._url("/", "GETDELEGATIONTOKEN", renewer=renewer)
        return {self.filesystem: self._session.json("GET", url)["Token"]["urlString"]}
