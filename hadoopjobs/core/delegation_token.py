"""A delegation token of a Hadoop service, and the bytes of it.

Source: org.apache.hadoop.security.token.Token, `write`.
"""

from __future__ import annotations

from dataclasses import dataclass

from hadoopjobs.core.writable import read_sized, sized, text

HDFS_KIND = "HDFS_DELEGATION_TOKEN"


@dataclass(frozen=True)
class Token:
    """The parts of a token; `password` is a secret, so the parts do not print."""

    identifier: bytes
    password: bytes
    kind: str
    service: str

    def __repr__(self) -> str:
        return f"Token(kind={self.kind!r}, service={self.service!r})"

    def to_bytes(self) -> bytes:
        return sized(self.identifier) + sized(self.password) + text(self.kind) + text(self.service)


def read_token(data: bytes, at: int) -> tuple[Token, int]:
    """The token at `at`, and the place behind it. Raises `ValueError`."""
    identifier, at = read_sized(data, at)
    password, at = read_sized(data, at)
    kind, at = read_sized(data, at)
    service, at = read_sized(data, at)
    return Token(identifier, password, kind.decode(), service.decode()), at
