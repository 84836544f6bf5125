"""The cluster itself is there and whole."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.cluster.conftest import Cluster

pytestmark = pytest.mark.cluster


def get(url: str, **query: str) -> Any:
    response = requests.get(url, params=query, timeout=30)
    response.raise_for_status()
    return response.json()


def test_all_nodes_are_running(cluster: Cluster) -> None:
    found = get(f"{cluster.resourcemanager}/ws/v1/cluster/metrics")["clusterMetrics"]
    assert found["activeNodes"] in (1, 3)
    assert found["activeNodes"] == found["totalNodes"]


def test_history_server_is_of_the_same_hadoop(cluster: Cluster) -> None:
    history = get(f"{cluster.historyserver}/ws/v1/history/info")["historyInfo"]
    manager = get(f"{cluster.resourcemanager}/ws/v1/cluster/info")["clusterInfo"]
    assert history["hadoopVersion"] == manager["hadoopVersion"] == "3.4.2"


def test_a_file_comes_back_as_it_was_written(cluster: Cluster, hdfs_folder: str) -> None:
    content = bytes(range(256)) * 1000
    address = f"{cluster.namenode}/webhdfs/v1{urlsplit(hdfs_folder).path}/file"
    query = {"user.name": cluster.user}
    written = requests.put(address, params={"op": "CREATE", **query}, data=content, timeout=30)
    read = requests.get(address, params={"op": "OPEN", **query}, timeout=30)
    assert (written.status_code, read.content) == (201, content)
