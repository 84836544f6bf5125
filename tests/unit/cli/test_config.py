from __future__ import annotations

import pytest

from hadoopjobs.cli.main import main


@pytest.fixture
def core_site(tmp_path, monkeypatch):
    path = tmp_path / "core-site.xml"
    path.write_text(
        "<configuration>\n"
        "<property><name>fs.default.name</name><value>hdfs://${env.NN}</value></property>\n"
        "<property><name>fs.s3a.secret.key</name><value>hush</value></property>\n"
        "</configuration>"
    )
    monkeypatch.setenv("HADOOP_CONF_DIR", str(tmp_path))
    monkeypatch.setenv("NN", "nn:8020")
    return path


def test_every_place_is_named_the_winner_first(core_site, capsys):
    assert main(["config", "explain", "fs.defaultFS", "-D", "fs.defaultFS=hdfs://other"]) == 0
    assert capsys.readouterr().out == (
        "fs.defaultFS = hdfs://other\n"
        " * command line: hdfs://other\n"
        f"   {core_site}, line 2: hdfs://${{env.NN}}  (as fs.default.name)\n"
    )


def test_secrets_are_not_printed(core_site, capsys):
    assert main(["config", "explain", "fs.s3a.secret.key"]) == 0
    assert "hush" not in capsys.readouterr().out


def test_a_key_that_nobody_sets_is_told(core_site, capsys, monkeypatch):
    assert main(["config", "explain", "no.such"]) == 1
    assert f"no.such is not set in {core_site.parent}" in capsys.readouterr().err
    monkeypatch.delenv("HADOOP_CONF_DIR")
    assert main(["config", "explain", "no.such"]) == 1
    assert "set HADOOP_CONF_DIR" in capsys.readouterr().err
