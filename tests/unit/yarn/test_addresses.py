from __future__ import annotations

import pytest

from hadoopjobs.core.errors import ConfigError
from hadoopjobs.core.hadoop_conf import HadoopConf, load_hadoop_conf
from hadoopjobs.yarn.addresses import history_server_url, resource_manager_urls


def conf(**settings: str) -> HadoopConf:
    return load_hadoop_conf({}, [("test", settings)])


RM = "yarn.resourcemanager."


@pytest.mark.parametrize(
    ("settings", "urls"),
    [
        ({"hostname": "rm"}, ["http://rm:8088"]),
        ({"hostname": "rm", "webapp.address": "web:1"}, ["http://web:1"]),
        (
            {"hostname": "rm", "webapp.address": "${yarn.resourcemanager.hostname}:9"},
            ["http://rm:9"],
        ),
        (
            {
                "ha.enabled": "true",
                "ha.rm-ids": "a, b",
                "hostname.a": "x",
                "hostname.b": "y",
            },
            ["http://x:8088", "http://y:8088"],
        ),
    ],
)
def test_addresses_of_resource_managers(settings: dict[str, str], urls: list[str]) -> None:
    assert resource_manager_urls(conf(**{RM + key: it for key, it in settings.items()})) == urls


def test_addresses_with_tls() -> None:
    tls = {"yarn.http.policy": "HTTPS_ONLY", "mapreduce.jobhistory.http.policy": "HTTPS_ONLY"}
    found = conf(**tls, **{RM + "hostname": "rm", "mapreduce.jobhistory.address": "h:10020"})
    assert resource_manager_urls(found) == ["https://rm:8090"]
    assert history_server_url(found) == "https://h:19890"


@pytest.mark.parametrize("settings", [{}, {RM + "webapp.address": "0.0.0.0:8088"}])
def test_no_address_is_told(settings: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="HADOOP_CONF_DIR"):
        resource_manager_urls(conf(**settings))


def test_the_history_server_may_be_unknown() -> None:
    assert history_server_url(conf()) is None
    assert (
        history_server_url(conf(**{"mapreduce.jobhistory.webapp.address": "h:1"})) == "http://h:1"
    )
