"""What only HDFS has, over WebHDFS: concat, snapshots, extended attributes, quotas, tokens.

Each function takes hdfs://, webhdfs:// and swebhdfs:// URIs. What would fail or differ when it is
done twice is sent once: `Unreachable` then says that nobody knows whether it was done.

Source: "WebHDFS REST API" of Hadoop 3.4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hadoopjobs.core.errors import UsageError
from hadoopjobs.storage.conf import hadoop_conf
from hadoopjobs.storage.hdfs_places import qualified, web_addresses
from hadoopjobs.storage.uris import Location, split_uri
from hadoopjobs.storage.webhdfs_client import Call, WebHdfsClient, reading
from hadoopjobs.storage.webhdfs_place import WebPlace


def concat(target: str, sources: Sequence[str]) -> None:
    """Append the blocks of `sources`, files of the same folder, to `target`; they are gone then."""
    paths = ",".join(split_uri(source).path for source in sources)
    _ask("POST", "CONCAT", target, "append to", safe=False, sources=paths)


def allow_snapshots(folder: str) -> None:
    _ask("PUT", "ALLOWSNAPSHOT", folder, "change", safe=True)


def disallow_snapshots(folder: str) -> None:
    _ask("PUT", "DISALLOWSNAPSHOT", folder, "change", safe=True)


def create_snapshot(folder: str, name: str) -> str:
    """The URI of the snapshot."""
    found = _ask(
        "PUT", "CREATESNAPSHOT", folder, "make a snapshot of", safe=False, snapshotname=name
    )
    place = split_uri(folder)
    return place._replace(path=split_uri("x:" + found["Path"]).path).uri


def rename_snapshot(folder: str, old: str, new: str) -> None:
    names = {"oldsnapshotname": old, "snapshotname": new}
    _ask("PUT", "RENAMESNAPSHOT", folder, "rename a snapshot of", safe=False, **names)


def delete_snapshot(folder: str, name: str) -> None:
    what = "delete a snapshot of"
    _ask("DELETE", "DELETESNAPSHOT", folder, what, safe=False, snapshotname=name)


def attributes(uri: str) -> Mapping[str, bytes]:
    """The extended attributes, by names such as `user.origin`."""
    place, client = _client(uri)
    found = client.json(reading("GETXATTRS", place, encoding="hex"))
    return {each["name"]: _from_hex(each.get("value")) for each in found["XAttrs"]}


def set_attribute(uri: str, name: str, value: bytes) -> None:
    flag = "REPLACE" if name in attributes(uri) else "CREATE"
    more = {"xattr.name": name, "xattr.value": "0x" + value.hex(), "flag": flag}
    _ask("PUT", "SETXATTR", uri, "change", safe=False, **more)


def remove_attribute(uri: str, name: str) -> None:
    _ask("PUT", "REMOVEXATTR", uri, "change", safe=False, **{"xattr.name": name})


def set_quota(folder: str, *, names: int | None = None, space_bytes: int | None = None) -> None:
    """Limit the number of names, the bytes with all copies, or both; None lifts the limit."""
    limits = {"namespacequota": names, "storagespacequota": space_bytes}
    more = {key: -1 if limit is None else limit for key, limit in limits.items()}
    _ask("PUT", "SETQUOTA", folder, "change", safe=True, **more)


def delegation_token(uri: str, renewer: str) -> str:
    """A token for the cluster of `uri` in the form of URLs: a secret. Needs Kerberos."""
    found = _ask("GET", "GETDELEGATIONTOKEN", uri, "get a token for", safe=True, renewer=renewer)
    return str(found["Token"]["urlString"])


def _from_hex(text: str | None) -> bytes:
    return bytes.fromhex((text or "").strip('"').removeprefix("0x"))


def _client(uri: str) -> tuple[Location, WebHdfsClient]:
    scheme = split_uri(uri).scheme
    if scheme in ("webhdfs", "swebhdfs"):
        place = WebPlace(uri)
        return place.place, place.client
    if scheme != "hdfs":
        raise UsageError(f"{uri!r} is not on HDFS")
    conf = hadoop_conf()
    location = qualified(uri, conf)
    return location, WebHdfsClient(conf, web_addresses(conf, location.authority))


def _ask(method: str, op: str, uri: str, what: str, *, safe: bool, **more: object) -> Any:
    place, client = _client(uri)
    return client.json(Call(method, op, place, what, safe=safe, more=more))
