"""What HDFS answers when it refuses, as errors of ours: one line that says what to do.

The classes of Java's exceptions are those of org.apache.hadoop; `what` says what was tried
("read", "rename A to"), `uri` is what it was tried on.
"""

from __future__ import annotations

import re

from hadoopjobs.core.errors import (
    FileExists,
    FileMissing,
    NoSpace,
    PermissionDenied,
    StorageError,
)

_CLASSES: dict[str, type[StorageError]] = {
    "FileNotFoundException": FileMissing,
    "PathNotFoundException": FileMissing,
    "FileAlreadyExistsException": FileExists,
    "AlreadyBeingCreatedException": FileExists,
    "AccessControlException": PermissionDenied,
    "AuthorizationException": PermissionDenied,
    "SecurityException": PermissionDenied,
    "NSQuotaExceededException": NoSpace,
    "DSQuotaExceededException": NoSpace,
    "QuotaByStorageTypeExceededException": NoSpace,
    "QuotaExceededException": NoSpace,
}
_NO_DATANODE = "could only be written to"


class Unreachable(StorageError):
    """There was no answer: the operation may have been done or not."""


def hdfs_error(java_class: str, message: str, what: str, uri: str) -> StorageError:
    """The error for an exception of the server."""
    name = java_class.rpartition(".")[2]
    text = first_line(message)
    begin = f"cannot {what} {uri}: "
    if text.startswith("Path is not a file"):
        return StorageError(begin + "it is a folder", uri=uri)
    if "safe mode" in text.lower():
        return StorageError(
            begin + "the NameNode is in safe mode, in which nothing can be changed; wait until"
            " it has left it, or ask who runs the cluster",
            uri=uri,
        )
    if _NO_DATANODE in text:
        message = "no DataNode took the data: none is running, or all are full"
        return NoSpace(begin + message, uri=uri)
    kind = _CLASSES.get(name, StorageError)
    return kind(begin + _reason(kind, name, text), uri=uri)


def _reason(kind: type[StorageError], name: str, text: str) -> str:
    if kind is FileMissing:
        return "it does not exist"
    if kind is FileExists:
        return "it exists"
    if kind is PermissionDenied:
        return re.sub(r"^Permission denied", "permission denied", text)
    if kind is NoSpace:
        return f"a quota would be exceeded: {text}"
    if name in ("ParentNotDirectoryException", "NotDirectoryException"):
        return "a file lies where a folder is needed (not a directory)"
    return text or name


def first_line(message: str) -> str:
    """The message of an exception of Java without the frames and its own class."""
    line = message.strip().split("\n")[0].strip()
    line = re.sub(r"^(?:[a-z0-9_]+\.)+[A-Z]\w*(?:Exception|Error): ", "", line)
    return line.rstrip(".")


def unreachable(reason: str, what: str, uri: str, server: str) -> Unreachable:
    """There was no connection, or it broke; `server` is where the NameNode should be."""
    begin = f"cannot {what} {uri}: "
    lowered = reason.lower()
    if "refused" in lowered:
        text = f"connection refused by {server}: is HDFS running there?"
        if server == "a DataNode":
            text = "connection refused by a DataNode: one has died, try again"
    elif any(part in lowered for part in ("lookup", "name or service", "resolve", "getaddrinfo")):
        text = f"the host of {server} is unknown: check the name, or set HADOOP_CONF_DIR"
    elif "timed out" in lowered or "timeout" in lowered:
        text = f"no answer from {server} in time"
    else:
        text = f"the connection to {server} failed: {first_line(reason)}"
    return Unreachable(begin + text, uri=uri)
