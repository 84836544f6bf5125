"""Delegation tokens in the form that Hadoop passes in URLs, made fit for an application.

Source: org.apache.hadoop.security.token.Token, `encodeToUrlString`; SecurityUtil.buildTokenService.
"""

from __future__ import annotations

import base64
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from hadoopjobs.core.delegation_token import HDFS_KIND, Token, read_token
from hadoopjobs.core.errors import ConfigError, SubmissionError
from hadoopjobs.core.hadoop_conf import HadoopConf

_HDFS_PORT = 8020


def decode_token(encoded: str) -> Token:
    """From the form in URLs. Raises `ValueError`."""
    data = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    return read_token(data, 0)[0]


def encode_token(token: Token) -> str:
    """To the form in URLs."""
    return base64.urlsafe_b64encode(token.to_bytes()).decode().rstrip("=")


def hdfs_token(encoded: str, uri: str, conf: HadoopConf) -> Token:
    """A token that WebHDFS gave, as a client of the NameNode of `uri` looks for it.

    The NameNode keeps one kind of token; WebHDFS only names it differently.
    """
    try:
        token = decode_token(encoded)
    except ValueError as error:
        raise SubmissionError(f"the delegation token for {uri} cannot be read: {error}") from error
    return Token(token.identifier, token.password, HDFS_KIND, _hdfs_service(uri, conf))


def _hdfs_service(uri: str, conf: HadoopConf) -> str:
    """How a token for a NameNode, or a pair of them, is looked up."""
    parts = urlsplit(uri)
    host = parts.hostname or ""
    if parts.netloc in conf.get_list("dfs.nameservices"):
        return f"ha-hdfs:{parts.netloc}"
    if not conf.get_bool("hadoop.security.token.service.use_ip", True):
        return f"{host}:{parts.port or _HDFS_PORT}"
    try:
        return f"{socket.gethostbyname(host)}:{parts.port or _HDFS_PORT}"
    except OSError as error:
        raise ConfigError(f"the host of {uri} cannot be resolved: {error}") from error


def renewer_of(conf: HadoopConf, servers: Mapping[str, str], url: str) -> str:
    """The principal of the ResourceManager at `url`, which renews an application's tokens."""
    key = "yarn.resourcemanager.principal"
    principal = conf.get(key) or servers.get(key)
    if not principal:
        raise ConfigError(f"Kerberos needs {key}: it is in the cluster's yarn-site.xml")
    return principal.replace("_HOST", (urlsplit(url).hostname or "").lower())
