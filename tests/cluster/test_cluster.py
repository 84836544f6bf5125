"""The cluster itself is there and whole."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.cluster import web
from tests.cluster.conftest import Cluster

pytestmark = pytest.mark.cluster


def test_all_nodes_are_running(cluster: Cluster) -> None:
    url = f"{cluster.resourcemanager}/ws/v1/cluster/metrics"
    found = web.ask(url, is_secure=cluster.is_secure)["clusterMetrics"]
    assert found["activeNodes"] in (1, 3)
    assert found["activeNodes"] == found["totalNodes"]


def test_history_server_is_of_the_same_hadoop(cluster: Cluster) -> None:
    history = web.ask(f"{cluster.historyserver}/ws/v1/history/info", is_secure=cluster.is_secure)[
        "historyInfo"
    ]
    manager = web.ask(f"{cluster.resourcemanager}/ws/v1/cluster/info", is_secure=cluster.is_secure)[
        "clusterInfo"
    ]
    assert history["hadoopVersion"] == manager["hadoopVersion"] == "3.4.2"


def test_a_file_comes_back_as_it_was_written(cluster: Cluster, hdfs_folder: str) -> None:
    content = bytes(range(256)) * 1000
    url = f"{cluster.namenode}/webhdfs/v1{urlsplit(hdfs_folder).path}/file"
    create, read = ({"op": op, **cluster.who} for op in ("CREATE", "OPEN"))
    web.request("PUT", url, create, content, is_secure=cluster.is_secure)
    assert web.request("GET", url, read, is_secure=cluster.is_secure) == content
