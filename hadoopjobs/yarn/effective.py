"""Which value of a setting counts for a job: its own, this machine's, the servers', Hadoop's.

Source: mapred-default.xml and yarn-default.xml of Hadoop 3.4; MRJobConfig for the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hadoopjobs.core.errors import ConfigError, ServiceError
from hadoopjobs.core.hadoop_conf import HadoopConf
from hadoopjobs.yarn.client import YarnClient
from hadoopjobs.yarn.job_xml import settings_for_jobs
from hadoopjobs.yarn.records import listed

_DEFAULTS = {
    "yarn.app.mapreduce.am.staging-dir": "/tmp/hadoop-yarn/staging",
    "yarn.app.mapreduce.am.resource.mb": "1536",
    "yarn.app.mapreduce.am.resource.cpu-vcores": "1",
    "yarn.app.mapreduce.am.command-opts": "-Xmx1024m",
    "yarn.app.mapreduce.am.log.level": "INFO",
    "yarn.app.mapreduce.am.admin.user.env": "LD_LIBRARY_PATH={{HADOOP_COMMON_HOME}}/lib/native",
    "mapreduce.map.memory.mb": "1024",
    "mapreduce.reduce.memory.mb": "1024",
    "mapreduce.am.max-attempts": "2",
    "mapreduce.job.queuename": "default",
    "mapreduce.jvm.add-opens-as-default": "true",
    "yarn.application.classpath": (
        "$HADOOP_CONF_DIR,$HADOOP_COMMON_HOME/share/hadoop/common/*,"
        "$HADOOP_COMMON_HOME/share/hadoop/common/lib/*,$HADOOP_HDFS_HOME/share/hadoop/hdfs/*,"
        "$HADOOP_HDFS_HOME/share/hadoop/hdfs/lib/*,$HADOOP_YARN_HOME/share/hadoop/yarn/*,"
        "$HADOOP_YARN_HOME/share/hadoop/yarn/lib/*"
    ),
    "mapreduce.application.classpath": (
        "$HADOOP_MAPRED_HOME/share/hadoop/mapreduce/*,"
        "$HADOOP_MAPRED_HOME/share/hadoop/mapreduce/lib/*"
    ),
}


@dataclass(frozen=True)
class Effective:
    """Settings from the strongest to the weakest source; an empty value counts as none.

    `version` is that of the servers' Hadoop, empty if it is not known.
    """

    job: Mapping[str, str]
    conf: HadoopConf
    servers: Mapping[str, str] = field(default_factory=dict)
    version: str = ""

    def get(self, key: str) -> str | None:
        for found in (self.job.get(key), self.conf.get(key), self.servers.get(key)):
            if found is not None and found.strip():
                return found.strip()
        return _DEFAULTS.get(key)

    def require(self, key: str) -> str:
        found = self.get(key)
        if found is None:
            raise ConfigError(f"{key} is not set, neither here nor on the servers")
        return found

    def number(self, key: str) -> int:
        text = self.require(key)
        try:
            return int(text)
        except ValueError as error:
            raise ConfigError(f"{key} is {text!r}, which is not a whole number") from error

    def memory_mb(self, key: str) -> int:
        """A negative number stands for the default."""
        found = self.number(key)
        return found if found > 0 else int(_DEFAULTS[key])

    def is_true(self, key: str) -> bool:
        return (self.get(key) or "").lower() == "true"

    def under(self, prefix: str) -> dict[str, str]:
        """The settings whose names go on behind `prefix`, by the rest of their names."""
        found = {**settings_for_jobs(self.conf), **self.job}
        size = len(prefix)
        return {key[size:]: value for key, value in found.items() if key.startswith(prefix)}

    @property
    def version_numbers(self) -> tuple[int, ...]:
        """Major and minor, (0,) if the version is not known."""
        parts = self.version.split(".")[:2]
        return tuple(int(part) for part in parts) if all(map(str.isdigit, parts)) else (0,)


def effective_settings(client: YarnClient, job: Mapping[str, str]) -> Effective:
    """Asks the servers; one that does not show its settings counts as one without any."""
    servers: dict[str, str] = {}
    for url in (client.resource_manager.active.url, client.history_url):
        try:
            found = client.session.json("GET", f"{url}/conf")
        except ServiceError:
            continue
        servers |= {item["key"]: item["value"] for item in listed(found, "properties")}
    version = client.resource_manager.info().hadoop_version or ""
    return Effective(job, client.conf, servers, version)
