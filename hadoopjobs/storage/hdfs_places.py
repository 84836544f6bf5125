"""Where a cluster's NameNodes are: by RPC for data, by HTTP for what RPC does not give.

Source: hdfs-default.xml; "HDFS High Availability", section "Deployment".
"""

from __future__ import annotations

from collections.abc import Mapping

from hadoopjobs.core.errors import ConfigError
from hadoopjobs.core.hadoop_conf import HadoopConf
from hadoopjobs.storage.uris import Location, split_uri

_RPC = "dfs.namenode.rpc-address"
_RPC_PORT = "8020"
_HTTP = {
    "http": ("dfs.namenode.http-address", "9870"),
    "https": ("dfs.namenode.https-address", "9871"),
}
# Hadoop waits 10 s for one NameNode (ipc.client.connect.max.retries) and minutes for a pair
# (15 attempts). hdfs-native has one key for both; 2 attempts are 2 s, 8 are a minute (measured).
_ATTEMPTS = "dfs.client.failover.max.attempts"


def default_authority(conf: HadoopConf, uri: str) -> str:
    """The authority of fs.defaultFS, for a `uri` that names none."""
    text = conf.get("fs.defaultFS")
    place = None if text is None else split_uri(text.strip())
    if place is None or not place.authority:
        has = "there is no fs.defaultFS" if text is None else f"fs.defaultFS is {text!r}"
        raise ConfigError(
            f"{uri!r} names no cluster, and {has}: set HADOOP_CONF_DIR to the folder with"
            " core-site.xml, or write hdfs://host:port/path"
        )
    return place.authority


def qualified(uri: str, conf: HadoopConf) -> Location:
    """The parts of `uri`, with the authority of fs.defaultFS if it has none."""
    place = split_uri(uri)
    return place if place.authority else place._replace(authority=default_authority(conf, uri))


def namenodes(conf: HadoopConf, authority: str) -> list[str]:
    """The RPC addresses (host:port) that an authority stands for, several with HA."""
    names = conf.get_list(f"dfs.ha.namenodes.{authority}")
    addresses = [conf.get(f"{_RPC}.{authority}.{name}") for name in names]
    found = [address.strip() for address in addresses if address]
    if found:
        return found
    host, _, port = authority.partition(":")
    return [f"{host}:{port or _RPC_PORT}"]


def web_addresses(conf: HadoopConf, authority: str) -> list[str]:
    """The addresses (http://host:port) of the NameNodes that an authority stands for."""
    policy = (conf.get("dfs.http.policy") or "HTTP_ONLY").strip()
    scheme = "https" if policy == "HTTPS_ONLY" else "http"
    key, port = _HTTP[scheme]
    hosts = [address.partition(":")[0] for address in namenodes(conf, authority)]
    suffixes = [f".{authority}.{name}" for name in conf.get_list(f"dfs.ha.namenodes.{authority}")]
    if not suffixes:
        suffixes = [f".{authority}"]
        if _is_the_clusters_own(conf, authority):
            suffixes = [""]
    addresses = [conf.get(key + suffix) for suffix in suffixes]
    return [
        f"{scheme}://{_web_address(address, host, port)}"
        for address, host in zip(addresses, hosts, strict=False)
    ]


def rest_uri(uri: str, conf: HadoopConf) -> str:
    """The webhdfs:// or swebhdfs:// URI of what an hdfs:// URI names."""
    place = qualified(uri, conf)
    scheme, _, address = web_addresses(conf, place.authority)[0].partition("://")
    has_several = bool(conf.get(f"dfs.ha.namenodes.{place.authority}"))
    authority = place.authority if has_several else address
    return Location("swebhdfs" if scheme == "https" else "webhdfs", authority, place.path).uri


def _is_the_clusters_own(conf: HadoopConf, authority: str) -> bool:
    """Whether the keys without a suffix speak of this authority."""
    own = split_uri(conf.get("fs.defaultFS") or "file:///").authority
    rpc = {namenodes(conf, authority)[0], authority}
    return not rpc.isdisjoint({own, *namenodes(conf, own), (conf.get(_RPC) or "").strip()})


def _web_address(address: str | None, host: str, port: str) -> str:
    named, _, its_port = (address or "").strip().partition(":")
    return f"{host if named in ('', '0.0.0.0') else named}:{its_port or port}"


def client_settings(conf: HadoopConf, authority: str) -> Mapping[str, str]:
    """What hdfs-native is told: every key with its variables expanded, and patience.

    Of them it reads fs.defaultFS, dfs.ha.namenodes.*, dfs.namenode.rpc-address.*,
    dfs.client.failover.*, dfs.client.use.datanode.hostname, dfs.client.socket-timeout,
    dfs.client.block.write.replace-datanode-on-failure.*, dfs.data.transfer.protection,
    hadoop.security.authentication, hadoop.security.key.provider.path, fs.viewfs.mounttable.*
    and dfs.user.home.dir.prefix.
    """
    settings = {key: (conf.get(key) or "").strip() for key in conf.keys()}  # noqa: SIM118
    if _ATTEMPTS not in settings:
        settings[_ATTEMPTS] = "8" if len(namenodes(conf, authority)) > 1 else "2"
    return settings


def _umask(conf: HadoopConf) -> int:
    """Source: core-default.xml, fs.permissions.umask-mode (the octal form)."""
    text = (conf.get("fs.permissions.umask-mode") or "022").strip()
    return int(text, 8) if text.isdecimal() else 0o022


def new_file_permission(conf: HadoopConf) -> int:
    return 0o666 & ~_umask(conf)


def new_folder_permission(conf: HadoopConf) -> int:
    return 0o777 & ~_umask(conf)
