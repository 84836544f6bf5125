"""The delegation tokens that YARN gives to a container, named so that hdfs-native finds them.

Hadoop names the NameNode in a token by its IP address (`hadoop.security.token.service.use_ip`),
hdfs-native looks for the name by which it connects.

Source: Hadoop's Credentials.writeTokenStorageToStream, Token.write and
SecurityUtil.buildTokenService; the tokens of a container are of the form with the version 0.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from hadoopjobs.core.delegation_token import Token, read_token
from hadoopjobs.core.writable import read_sized, read_vlong, sized, vlong

VARIABLE = "HADOOP_TOKEN_FILE_LOCATION"
_BEGIN = b"HDTS\0"


class _Entry(NamedTuple):
    """A token, and under what name it is in the file."""

    alias: bytes
    token: Token

    def to_bytes(self) -> bytes:
        return sized(self.alias) + self.token.to_bytes()


def name_tokens(servers: Iterable[str]) -> None:
    """Let the tokens of this process be found by the names of `servers` (host:port), too.

    The file with more names is in memory, and this process and its children see it in place of
    the one that there was. Where there are no tokens, or none of these servers, nothing happens.
    """
    try:
        with open(os.environ.get(VARIABLE, ""), "rb") as file:
            entries, rest = _parse(file.read())
    except (OSError, ValueError):
        return
    known = {entry.token.service for entry in entries}
    addresses = {name: _address(name) for name in servers if name not in known}
    more = [
        _Entry(name.encode(), replace(token, service=name))
        for name, address in addresses.items()
        for _, token in entries
        if token.service == address
    ]
    if more:
        entries += more
        content = b"".join(entry.to_bytes() for entry in entries)
        os.environ[VARIABLE] = _in_memory(_BEGIN + vlong(len(entries)) + content + rest)


def _parse(data: bytes) -> tuple[list[_Entry], bytes]:
    """The tokens, and what comes behind them. Raises `ValueError`."""
    if not data.startswith(_BEGIN):
        raise ValueError("it holds no tokens of this form")
    count, at = read_vlong(data, len(_BEGIN))
    entries = []
    for _ in range(count):
        alias, at = read_sized(data, at)
        token, at = read_token(data, at)
        entries.append(_Entry(alias, token))
    return entries, data[at:]


def _address(server: str) -> str | None:
    """`server` with the IP address of its host."""
    host, _, port = server.rpartition(":")
    try:
        return f"{socket.gethostbyname(host)}:{port}"
    except OSError:
        return None


def _in_memory(content: bytes) -> str:
    """The path of a file with `content` that goes with this process."""
    descriptor = os.memfd_create("tokens")
    with open(descriptor, "wb", closefd=False) as file:
        file.write(content)
    return f"/proc/{os.getpid()}/fd/{descriptor}"
