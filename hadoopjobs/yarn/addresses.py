"""Where the web services of YARN listen, from the site files.

Source: yarn-default.xml and mapred-default.xml of Hadoop 3.4; YarnConfiguration's HAUtil.
"""

from __future__ import annotations

from hadoopjobs.core.errors import ConfigError
from hadoopjobs.core.hadoop_conf import HadoopConf

_RM = "yarn.resourcemanager"


def resource_manager_urls(conf: HadoopConf) -> list[str]:
    """The base address of each ResourceManager; more than one under high availability.

    Raises `ConfigError` where the site files name none.
    """
    if conf.get_bool(f"{_RM}.ha.enabled", False):
        ids = conf.get_list(f"{_RM}.ha.rm-ids")
        urls = [_resource_manager(conf, f".{name}") for name in ids]
    else:
        urls = [_resource_manager(conf, "")]
    found = [url for url in urls if url is not None]
    if not found:
        raise ConfigError(
            f"no ResourceManager is configured: set HADOOP_CONF_DIR to the folder with the "
            f"cluster's yarn-site.xml, or give -D {_RM}.hostname=HOST"
        )
    return found


def _resource_manager(conf: HadoopConf, suffix: str) -> str | None:
    """Named by its address for the web, or else by its host."""
    is_tls = _is_tls(conf, "yarn.http.policy")
    key, port = ("https.address", 8090) if is_tls else ("address", 8088)
    address = _text(conf, f"{_RM}.webapp.{key}{suffix}")
    host = _text(conf, f"{_RM}.hostname{suffix}")
    if not address and host and host != "0.0.0.0":
        address = f"{host}:{port}"
    if not address or address.startswith(("0.0.0.0:", "${")):
        return None
    return f"{'https' if is_tls else 'http'}://{address}"


def history_server_url(conf: HadoopConf) -> str | None:
    """The base address of MapReduce's JobHistoryServer; None where the site files name none."""
    is_tls = _is_tls(conf, "mapreduce.jobhistory.http.policy")
    key, port = ("https.address", 19890) if is_tls else ("address", 19888)
    address = _text(conf, f"mapreduce.jobhistory.webapp.{key}")
    if not address or address.startswith("0.0.0.0"):
        host = _text(conf, "mapreduce.jobhistory.address").rpartition(":")[0]
        if not host or host == "0.0.0.0":
            return None
        address = f"{host}:{port}"
    return f"{'https' if is_tls else 'http'}://{address}"


def _is_tls(conf: HadoopConf, key: str) -> bool:
    return _text(conf, key).upper() == "HTTPS_ONLY"


def _text(conf: HadoopConf, key: str) -> str:
    return (conf.get(key) or "").strip()
