from __future__ import annotations

from xml.etree import ElementTree

import pytest

from hadoopjobs.core.errors import UsageError
from hadoopjobs.core.hadoop_conf import load_hadoop_conf
from hadoopjobs.yarn.job_xml import check_secrets, job_xml, settings_for_jobs


def test_the_bytes_of_the_file() -> None:
    assert (
        job_xml({"b": "1 < 2 & 3", "a": "ü"})
        == (
            '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
            "<configuration>\n"
            "<property><name>a</name><value>ü</value></property>\n"
            "<property><name>b</name><value>1 &lt; 2 &amp; 3</value></property>\n"
            "</configuration>\n"
        ).encode()
    )


@pytest.mark.parametrize("value", ["", " a\t\n b\r\n", "]]>", "</value>", "\U0001f600", "${x}"])
def test_values_come_back(value: str) -> None:
    root = ElementTree.fromstring(job_xml({"key": value}))
    assert (root[0].findtext("value") or "") == value


@pytest.mark.parametrize("value", ["\0", "\x1b[0m", "\ud800", "\uffff"])
def test_what_xml_cannot_hold_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="setting 'key' holds a character"):
        job_xml({"key": value})


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"fs.s3a.secret.key": "x"}, "setting 'fs.s3a.secret.key'"),
        ({"my.password": "x"}, "setting 'my.password'"),
        ({"mapreduce.map.env": "A=1,DB_PASSWORD=canary"}, "variable 'DB_PASSWORD'"),
        ({"mapreduce.map.env.API_TOKEN": "canary"}, "variable 'API_TOKEN'"),
        ({"stream.addenvironment": "A=1 AWS_SECRET=canary "}, "variable 'AWS_SECRET'"),
        ({"x": "s3a://key:canary@bucket/p"}, "the password in the address in setting 'x'"),
        (
            {"mapreduce.job.redacted-properties": "my.*,other", "my.pin": "canary"},
            "setting 'my.pin'",
        ),
    ],
)
def test_secrets_are_refused_and_not_repeated(settings: dict[str, str], what: str) -> None:
    with pytest.raises(UsageError, match="looks like a secret") as caught:
        check_secrets(settings)
    assert what in str(caught.value)
    assert "canary" not in str(caught.value)


def test_plain_settings_pass() -> None:
    check_secrets(
        {
            "mapreduce.job.token.tracking.ids.enabled": "false",
            "mapreduce.map.env": "PATH=/a:/b,TOKENIZERS_PARALLELISM=false",
            "x": "http://host:80/a@b",
            "mapreduce.job.redacted-properties": "none",
        }
    )


def test_site_files_say_what_belongs_to_jobs() -> None:
    layer = {
        "mapreduce.map.memory.mb": "2048",
        "mapreduce.jobhistory.address": "h:1",
        "dfs.replication": "2",
        "mapreduce.my.password": "x",
    }
    conf = load_hadoop_conf({}, [("test", layer)])
    assert settings_for_jobs(conf) == {"mapreduce.map.memory.mb": "2048"}
