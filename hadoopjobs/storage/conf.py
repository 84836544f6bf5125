"""The cluster's settings for the file systems of this process."""

from __future__ import annotations

import os

from hadoopjobs.core.hadoop_conf import HadoopConf, load_hadoop_conf

_VARIABLES = ("HADOOP_CONF_DIR", "YARN_CONF_DIR", "HADOOP_HOME", "HIVE_CONF_DIR", "HIVE_HOME")

_chosen: HadoopConf | None = None
_found: tuple[tuple[str | None, ...], HadoopConf] | None = None


def use_hadoop_conf(conf: HadoopConf | None) -> None:
    """Let every file system of this process use `conf`; None is what the environment names."""
    global _chosen
    _chosen = conf


def hadoop_conf() -> HadoopConf:
    """What `use_hadoop_conf` was given, else the site files that the environment names."""
    global _found
    if _chosen is not None:
        return _chosen
    key = tuple(os.environ.get(name) for name in _VARIABLES)
    if _found is None or _found[0] != key:
        _found = key, load_hadoop_conf(os.environ)
    return _found[1]
