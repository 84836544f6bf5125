"""Clients of hdfs-native, one for each cluster and process, and their errors as ours.

A client has threads of its own, so it must never be used across a fork: clients belong to the
process that made them, and a child of a fork makes its own.
"""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hadoopjobs.core.errors import StorageError
from hadoopjobs.core.hadoop_conf import HadoopConf
from hadoopjobs.storage.hdfs_errors import first_line, hdfs_error, unreachable
from hadoopjobs.storage.hdfs_places import client_settings, namenodes
from hadoopjobs.storage.hdfs_tokens import name_tokens

if TYPE_CHECKING:
    from hdfs_native import Client

_clients: dict[tuple[int, str], tuple[HadoopConf, Client]] = {}
_NO_FOLDER = "/dev/null"  # hdfs-native looks for no site files: it is told everything


def client_for(conf: HadoopConf, authority: str) -> Client:
    """The client of this process for a cluster."""
    key = os.getpid(), authority
    found = _clients.get(key)
    if found is None or found[0] is not conf:
        from hdfs_native import Client

        name_tokens(namenodes(conf, authority))
        settings = dict(client_settings(conf, authority))
        with native_errors("reach", f"hdfs://{authority}", conf, authority):
            client = Client(f"hdfs://{authority}", config=settings, config_dir=_NO_FOLDER)
        found = _clients[key] = conf, client
    return found[1]


def _leave_clients_of_the_parent() -> None:
    """In a child of a fork. The threads of a client are not there, and its end would wait for
    them: it must stay for ever."""
    for _, client in _clients.values():
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(client))
    _clients.clear()


os.register_at_fork(after_in_child=_leave_clients_of_the_parent)

_RPC_ERROR = re.compile(r'(?:Fatal)?RPCError\("([\w.$]+)", "(.*)"\)', re.DOTALL)
_JAVA_CLASSES = (
    (FileNotFoundError, "FileNotFoundException"),
    (FileExistsError, "FileAlreadyExistsException"),
    (PermissionError, "AccessControlException"),
)


@contextmanager
def native_errors(
    what: str, uri: str, conf: HadoopConf, authority: str, server: str | None = None
) -> Iterator[None]:
    """Raise our error in place of what hdfs-native raises, its panics too.

    `server` is whom a broken connection was to, the NameNode if it is not given.
    """
    try:
        yield
    except StorageError:
        raise
    except Exception as error:
        server = server or " or ".join(namenodes(conf, authority))
        raise _mapped(error, what, uri, authority, server) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise StorageError(f"cannot {what} {uri}: hdfs-native failed: {error}", uri=uri) from error


def _mapped(error: Exception, what: str, uri: str, authority: str, server: str) -> StorageError:
    text = str(error)
    match = _RPC_ERROR.search(text)
    if match is not None:
        message = match[2].replace("\\n", "\n").replace('\\"', '"').replace("\\t", "\t")
        return hdfs_error(match[1], message, what, uri)
    for kind, java_class in _JAVA_CLASSES:
        if isinstance(error, kind):
            return hdfs_error(java_class, text, what, uri)
    if "No NameNode hosts found" in text:
        return unreachable("resolve", what, uri, f"the name service {authority}")
    transfer = re.search(r'DataTransferError\("(.*?)"\)', text)
    if transfer is not None:
        return unreachable(transfer[1], what, uri, "a DataNode")
    if isinstance(error, OSError):
        return unreachable(text, what, uri, server)
    return StorageError(f"cannot {what} {uri}: {first_line(text)}", uri=uri)
