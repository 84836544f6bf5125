"""The cluster's storage as a run on Hadoop uses it: for submissions, and a folder of its own."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

from hadoopjobs.core.errors import ConfigError, StorageError
from hadoopjobs.core.hadoop_conf import HadoopConf
from hadoopjobs.storage import filesystem_for
from hadoopjobs.yarn import StoredFile

_PIECE_BYTES = 4 << 20
_CLEAN_LOOKS, _LOOK_SECONDS = 4, 0.5


class ClusterStore:
    """A `yarn.StagingStore` on the file systems of `hadoopjobs.storage`."""

    def make_dirs(self, uri: str, mode: int) -> None:
        fs = filesystem_for(uri)
        fs.make_dirs(uri)
        fs.set_permission(uri, mode)

    def write(self, uri: str, data: bytes | Path) -> StoredFile:
        fs = filesystem_for(uri)
        with fs.open_write(uri) as target:
            if isinstance(data, bytes):
                target.write(data)
            else:
                _copy(data, target)
        return self.status(uri)

    def status(self, uri: str) -> StoredFile:
        found = filesystem_for(uri).status(uri)
        return StoredFile(found.uri, found.length, round(found.modified * 1000))

    def delete(self, uri: str) -> None:
        filesystem_for(uri).delete(uri)

    def delegation_tokens(self, renewer: str) -> Mapping[str, str]:
        from hadoopjobs.storage import hadoop_conf
        from hadoopjobs.storage.hdfs_features import delegation_token

        uri = default_filesystem(hadoop_conf())
        return {uri: delegation_token(f"{uri}/", renewer)}


def _copy(source: Path, target: object) -> None:
    try:
        with source.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                target.write(piece)  # type: ignore[attr-defined]
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(f"cannot read {source}: {reason}", uri=str(source)) from error


def default_filesystem(conf: HadoopConf) -> str:
    """The URI of the cluster's storage. Raises `ConfigError` where there is none."""
    found = (conf.get("fs.defaultFS") or "").strip().rstrip("/")
    if not found.startswith("hdfs:"):
        raise ConfigError(
            "the hadoop runner needs a cluster: set HADOOP_CONF_DIR to the folder with its "
            f"core-site.xml, whose fs.defaultFS names an HDFS (it is {found or 'not set'})"
        )
    return found


def home_folder(conf: HadoopConf) -> str:
    """The user's home. Source: hdfs-default.xml, dfs.user.home.dir.prefix."""
    prefix = (conf.get("dfs.user.home.dir.prefix") or "/user").rstrip("/")
    return f"{default_filesystem(conf)}{prefix}/{conf.user}"


class RunFolder:
    """A folder that only the user can read, for what a run needs on the cluster until its end."""

    def __init__(self, home: str) -> None:
        self.root = f"{home}/.hadoopjobs"
        self.uri = f"{self.root}/run-{uuid.uuid4().hex[:16]}"
        self._store = ClusterStore()

    def make(self) -> None:
        self._store.make_dirs(self.root, 0o700)
        self._store.make_dirs(self.uri, 0o700)

    def put(self, name: str, data: bytes | Path) -> str:
        """The URI of a new file in the folder; it may hold secrets, as `--cmdenv` has them."""
        uri = self._store.write(f"{self.uri}/{name}", data).uri
        filesystem_for(uri).set_permission(uri, 0o600)
        return uri

    def remove(self) -> None:
        with contextlib.suppress(StorageError):
            self._store.delete(self.uri)


def remove_for_good(*uris: str) -> None:
    """Delete folders of an application that was killed, until they stay away.

    Its containers end a heartbeat later than YARN says, and may make a folder once more.
    """
    clean = 0
    while clean < _CLEAN_LOOKS:
        there = [uri for uri in uris if filesystem_for(uri).exists(uri)]
        for uri in there:
            filesystem_for(uri).delete(uri)
        clean = 0 if there else clean + 1
        time.sleep(_LOOK_SECONDS)
