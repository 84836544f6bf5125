"""What the cluster's site files say: the clients' part, and that of the daemons of each node.

Most waiting times are shorter than Hadoop's own, so that a fault shows within half a minute.
Source: Hadoop 3.4.2's core-default, hdfs-default, yarn-default and mapred-default.
"""

from __future__ import annotations

import getpass
from pathlib import Path

import layout
import security
import site_files
from settings import Settings
from site_files import Site

IDENTITY_VARIABLE = "HADOOPJOBS_CLUSTER"
SMALL_QUEUE = "small"
_BLOCK_BYTES = 16 << 20


def write(settings: Settings, jars: Path) -> None:
    """Write the folders of site files."""
    client = {
        "core-site": core(settings),
        "hdfs-site": hdfs(settings),
        "yarn-site": yarn(settings, jars),
        "mapred-site": mapred(settings, jars),
    }
    site_files.write(settings.client_conf, client)
    for node in layout.nodes(settings):
        site_files.write(settings.node_conf(node), node_sites(settings, client, node))
        log4j = settings.node_conf(node) / "log4j.properties"
        log4j.write_text(site_files.LOG4J, "utf-8")


def node_sites(settings: Settings, client: dict[str, Site], node: int) -> dict[str, Site]:
    """What the daemons and the containers of one node read: the clients' part and more."""
    return {
        "core-site": {**client["core-site"], **node_core(settings, node)},
        "hdfs-site": {**client["hdfs-site"], **node_hdfs(settings, node)},
        "yarn-site": {**client["yarn-site"], **node_yarn(settings, node)},
        "mapred-site": {**client["mapred-site"], **node_mapred(settings)},
        "capacity-scheduler": queues(),
    }


def core(settings: Settings) -> Site:
    return {
        "fs.defaultFS": f"hdfs://{layout.address(settings, 'namenode rpc')}",
        # A cut network is no refused connection: do not wait 45 times 20 seconds for it.
        "ipc.client.connect.timeout": 5000,
        "ipc.client.connect.max.retries.on.timeouts": 3,
        **security.core(settings),
    }


def node_core(settings: Settings, node: int) -> Site:
    user = getpass.getuser()
    return {
        "hadoop.tmp.dir": str(settings.node_data(node) / "tmp"),
        f"hadoop.proxyuser.{user}.hosts": "*",
        f"hadoop.proxyuser.{user}.groups": "*",
        **security.node_core(settings),
    }


def hdfs(settings: Settings) -> Site:
    return {
        "dfs.namenode.rpc-address": layout.address(settings, "namenode rpc"),
        "dfs.namenode.http-address": layout.address(settings, "namenode web"),
        "dfs.replication": min(2, settings.nodes),
        "dfs.blocksize": _BLOCK_BYTES,
        "dfs.client.socket-timeout": 10000,
        **security.hdfs(settings),
    }


def node_hdfs(settings: Settings, node: int) -> Site:
    data = settings.node_data(node)
    return {
        "dfs.namenode.name.dir": (data / "namenode").as_uri(),
        "dfs.datanode.data.dir": (data / "datanode").as_uri(),
        "dfs.datanode.hostname": layout.host(settings, node),
        "dfs.datanode.address": layout.address(settings, "datanode data", node),
        "dfs.datanode.http.address": layout.address(settings, "datanode web", node),
        "dfs.datanode.ipc.address": layout.address(settings, "datanode rpc", node),
        # Two nodes of addresses only have no names that a check could look up.
        "dfs.namenode.datanode.registration.ip-hostname-check": "false",
        "dfs.namenode.safemode.extension": 0,
        "dfs.namenode.fs-limits.min-block-size": 4096,
        # A DataNode is dead after 2 x 5 s + 10 heartbeats, not after ten minutes.
        "dfs.heartbeat.interval": 1,
        "dfs.namenode.heartbeat.recheck-interval": 5000,
        "dfs.namenode.stale.datanode.interval": 5000,
        "dfs.namenode.avoid.read.stale.datanode": "true",
        "dfs.namenode.avoid.write.stale.datanode": "true",
        "dfs.namenode.redundancy.interval.seconds": "1s",
        **security.node_hdfs(settings),
    }


def yarn(settings: Settings, jars: Path) -> Site:
    def at(name: str) -> str:
        return layout.address(settings, f"resourcemanager {name}")

    history = layout.address(settings, "historyserver web")
    return {
        "yarn.resourcemanager.hostname": layout.host(settings),
        "yarn.resourcemanager.address": at("rpc"),
        "yarn.resourcemanager.scheduler.address": at("scheduler"),
        "yarn.resourcemanager.resource-tracker.address": at("tracker"),
        "yarn.resourcemanager.admin.address": at("admin"),
        "yarn.resourcemanager.webapp.address": at("web"),
        "yarn.resourcemanager.connect.retry-interval.ms": 1000,
        "yarn.client.nodemanager-connect.max-wait-ms": 20000,
        "yarn.application.classpath": f"$HADOOP_CONF_DIR,{jars}/*",
        "yarn.log-aggregation-enable": "true",
        "yarn.log.server.url": f"http://{history}/jobhistory/logs",
        "yarn.log.server.web-service.url": f"http://{history}/ws/v1/history",
        **security.yarn(settings),
    }


def node_yarn(settings: Settings, node: int) -> Site:
    return {**_scheduling(settings), **_recovery(settings, node), **_node_manager(settings, node)}


def _scheduling(settings: Settings) -> Site:
    return {
        "yarn.resourcemanager.scheduler.class": "org.apache.hadoop.yarn.server.resourcemanager."
        "scheduler.capacity.CapacityScheduler",
        "yarn.scheduler.minimum-allocation-mb": 128,
        "yarn.scheduler.maximum-allocation-mb": min(4096, _node_memory_mb(settings)),
        "yarn.resourcemanager.nodemanagers.heartbeat-interval-ms": 200,
        # A lost node, a silent application master, a container that nobody started: 30 to 60 s.
        "yarn.nm.liveness-monitor.expiry-interval-ms": 30000,
        "yarn.am.liveness-monitor.expiry-interval-ms": 60000,
        "yarn.resourcemanager.rm.container-allocation.expiry-interval-ms": 60000,
    }


def _recovery(settings: Settings, node: int) -> Site:
    """Applications outlive a restart of the ResourceManager, containers one of a NodeManager."""
    data = settings.node_data(node)
    return {
        "yarn.resourcemanager.recovery.enabled": "true",
        "yarn.resourcemanager.work-preserving-recovery.enabled": "true",
        "yarn.resourcemanager.work-preserving-recovery.scheduling-wait-ms": 2000,
        "yarn.resourcemanager.store.class": "org.apache.hadoop.yarn.server.resourcemanager."
        "recovery.FileSystemRMStateStore",
        # On the node's own disk: the ResourceManager comes back without HDFS.
        "yarn.resourcemanager.fs.state-store.uri": (data / "resourcemanager").as_uri(),
        "yarn.nodemanager.recovery.enabled": "true",
        "yarn.nodemanager.recovery.supervised": "true",
        "yarn.nodemanager.recovery.dir": str(data / "nodemanager-recovery"),
    }


def _node_manager(settings: Settings, node: int) -> Site:
    data = settings.node_data(node)
    return {
        "yarn.nodemanager.hostname": layout.host(settings, node),
        "yarn.nodemanager.address": layout.address(settings, "nodemanager rpc", node),
        "yarn.nodemanager.localizer.address": layout.address(
            settings, "nodemanager localizer", node
        ),
        "yarn.nodemanager.webapp.address": layout.address(settings, "nodemanager web", node),
        "yarn.nodemanager.aux-services": "mapreduce_shuffle",
        "yarn.nodemanager.local-dirs": str(data / "nodemanager-local"),
        "yarn.nodemanager.log-dirs": str(data / "nodemanager-logs"),
        "yarn.nodemanager.remote-app-log-dir": "/tmp/logs",
        "yarn.nodemanager.resource.memory-mb": _node_memory_mb(settings),
        "yarn.nodemanager.resource.cpu-vcores": 4,
        # Virtual memory says nothing about a JVM.
        "yarn.nodemanager.vmem-check-enabled": "false",
        "yarn.nodemanager.container-monitor.interval-ms": 1000,
        "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": 99.5,
        "yarn.nodemanager.env-whitelist": "JAVA_HOME,HADOOP_HOME,"
        "HADOOP_COMMON_HOME,HADOOP_CONF_DIR,PATH,LANG,TZ," + IDENTITY_VARIABLE,
        **security.node_yarn(settings),
    }


def _node_memory_mb(settings: Settings) -> int:
    return 6144 if settings.nodes == 1 else 3072


def mapred(settings: Settings, jars: Path) -> Site:
    return {
        "mapreduce.framework.name": "yarn",
        "mapreduce.jobhistory.address": layout.address(settings, "historyserver rpc"),
        "mapreduce.jobhistory.webapp.address": layout.address(settings, "historyserver web"),
        # Where application masters leave what the history server takes: they believe job.xml.
        "mapreduce.jobhistory.intermediate-done-dir": "/mr-history/tmp",
        "mapreduce.jobhistory.done-dir": "/mr-history/done",
        "yarn.app.mapreduce.am.staging-dir": "/user",
        "mapreduce.application.classpath": f"{jars}/*",
        # Version 2, the default, can publish what a failed task wrote (MAPREDUCE-7282).
        "mapreduce.fileoutputcommitter.algorithm.version": 1,
        "yarn.app.mapreduce.am.resource.mb": 512,
        "yarn.app.mapreduce.am.command-opts": "-Xmx384m",
        "mapreduce.map.memory.mb": 512,
        "mapreduce.map.java.opts": "-Xmx256m",
        "mapreduce.reduce.memory.mb": 512,
        "mapreduce.reduce.java.opts": "-Xmx256m",
        "mapreduce.task.io.sort.mb": 64,
        "mapreduce.reduce.shuffle.connect.timeout": 10000,
        "mapreduce.reduce.shuffle.read.timeout": 30000,
        "yarn.app.mapreduce.am.scheduler.heartbeat.interval-ms": 200,
        "mapreduce.client.progressmonitor.pollinterval": 200,
        "mapreduce.client.completion.pollinterval": 500,
        **security.mapred(settings),
    }


def node_mapred(settings: Settings) -> Site:
    return {
        "mapreduce.jobhistory.admin.address": layout.address(settings, "historyserver admin"),
        "mapreduce.jobhistory.always-scan-user-dir": "true",
        "mapreduce.jobhistory.move.interval-ms": 2000,
        "mapreduce.shuffle.port": layout.port(settings, "nodemanager shuffle"),
        **security.node_mapred(settings),
    }


def queues() -> Site:
    """`default`, and `small`, which takes one application at a time."""
    root = "yarn.scheduler.capacity"
    return {
        f"{root}.maximum-am-resource-percent": 0.8,
        f"{root}.root.queues": f"default,{SMALL_QUEUE}",
        f"{root}.root.default.capacity": 90,
        f"{root}.root.default.user-limit-factor": 2,
        f"{root}.root.{SMALL_QUEUE}.capacity": 10,
        f"{root}.root.{SMALL_QUEUE}.maximum-capacity": 50,
        f"{root}.root.{SMALL_QUEUE}.user-limit-factor": 5,
        f"{root}.root.{SMALL_QUEUE}.maximum-applications": 1,
    }
