from __future__ import annotations

import pytest

from hadoopjobs.core.delegation_token import Token
from hadoopjobs.core.errors import ConfigError, SubmissionError
from hadoopjobs.core.hadoop_conf import HadoopConf, load_hadoop_conf
from hadoopjobs.yarn.tokens import decode_token, encode_token, hdfs_token, renewer_of

TOKEN = Token(b"\0id" * 60, b"pass", "WEBHDFS delegation", "127.0.0.1:9870")


def conf(**settings: str) -> HadoopConf:
    return load_hadoop_conf({}, [("test", {k.replace("_", "."): v for k, v in settings.items()})])


def test_a_token_survives_and_does_not_print_its_secret() -> None:
    assert decode_token(encode_token(TOKEN)) == TOKEN
    assert "pass" not in repr(TOKEN)
    assert "=" not in encode_token(TOKEN)


def test_a_token_of_webhdfs_becomes_one_of_hdfs() -> None:
    token = hdfs_token(encode_token(TOKEN), "hdfs://127.0.0.1:8020", conf())
    assert token == Token(
        TOKEN.identifier, TOKEN.password, "HDFS_DELEGATION_TOKEN", "127.0.0.1:8020"
    )


def test_the_service_of_a_pair_of_namenodes_is_logical() -> None:
    token = hdfs_token(encode_token(TOKEN), "hdfs://ns1", conf(dfs_nameservices="ns0,ns1"))
    assert token.service == "ha-hdfs:ns1"


def test_a_broken_token_is_told() -> None:
    with pytest.raises(SubmissionError, match="cannot be read"):
        hdfs_token("BQ", "hdfs://127.0.0.1:8020", conf())


def test_the_renewer_is_the_resource_manager() -> None:
    key = {"yarn.resourcemanager.principal": "rm/_HOST@EXAMPLE"}
    assert renewer_of(conf(), key, "http://Rm1.example:8088") == "rm/rm1.example@EXAMPLE"
    with pytest.raises(ConfigError, match=r"yarn\.resourcemanager\.principal"):
        renewer_of(conf(), {}, "http://rm:8088")
