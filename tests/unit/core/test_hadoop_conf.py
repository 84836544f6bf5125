"""What each value became was asked of Hadoop 3.4.2's own Configuration with the same files."""

from __future__ import annotations

import pytest

from hadoopjobs.core.errors import ConfigError
from hadoopjobs.core.hadoop_conf import HadoopConf, Setting, load_hadoop_conf
from hadoopjobs.core.hadoop_values import is_sensitive, login_name


def site(*properties: str) -> str:
    return "<configuration>\n" + "\n".join(properties) + "\n</configuration>\n"


def prop(key: str, value: str, *, final: str = "") -> str:
    more = f"<final>{final}</final>" if final else ""
    return f"<property><name>{key}</name><value>{value}</value>{more}</property>"


@pytest.fixture
def load(tmp_path):
    def load(core="", hdfs="", overrides=(), **environ) -> HadoopConf:
        for name, text in (("core-site.xml", core), ("hdfs-site.xml", hdfs)):
            if text:
                (tmp_path / name).write_text(text, "utf-8")
        return load_hadoop_conf({"HADOOP_CONF_DIR": str(tmp_path), **environ}, overrides)

    return load


def expanded(load, value: str, **environ: str) -> str | None:
    text = site(prop("key", value), prop("plain", "v"), prop("in", "ain"))
    return load(text, **environ).get("key")


def test_values_keep_their_spaces_and_names_do_not(load):
    assert load(site(prop(" key\n", "  a b\n "))).get("key") == "  a b\n "


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ("${plain}/${plain}", "v/v"),
        ("${pl${in}}", "v"),
        ("x${key}y", "x${key}y"),
        ("${plain}-${nope}-${plain}", "v-${nope}-${plain}"),
        ("${env.FOO}", "foo"),
        ("${env.NOT_SET:-instead}", "instead"),
        ("${env.EMPTY:-a}|${env.EMPTY-b}|", "a||"),
        ("${user.name}", login_name()),
        ("${ plain}", "${ plain}"),
    ],
)
def test_variables_are_expanded(load, value, result):
    assert expanded(load, value, FOO="foo", EMPTY="", HADOOP_USER_NAME="alice") == result


def test_variables_that_lead_in_a_circle_are_refused_with_the_place(load):
    conf = load(site(prop("a", "${b}"), prop("b", "${a}")))
    with pytest.raises(ConfigError, match=r"a is '\$\{b\}' \(.*core-site.xml, line 2\): its var"):
        conf.get("a")


def test_the_later_file_wins_unless_the_earlier_is_final(load):
    conf = load(
        site(prop("a", "1"), prop("b", "1", final="true"), prop("c", "1", final=" true ")),
        site(prop("a", "2"), prop("b", "2"), prop("c", "2")),
    )
    assert [conf.get(key) for key in "abc"] == ["2", "1", "2"]


def test_an_override_wins_over_final(load):
    conf = load(site(prop("a", "1", final="true")), overrides=[("command line", {"a": "2"})])
    assert conf.get("a") == "2"


def test_an_old_name_is_the_new_one(load):
    conf = load(site(prop("fs.default.name", "hdfs://old")), site(prop("mapred.reduce.tasks", "5")))
    assert conf.get("fs.defaultFS") == "hdfs://old"
    assert conf.get("mapred.reduce.tasks") == conf.get("mapreduce.job.reduces") == "5"
    assert conf.keys() == ["fs.defaultFS", "mapreduce.job.reduces"]


def test_an_empty_value_is_none_and_attributes_count(load):
    empty = "<property><name>no</name></property>"
    conf = load(site(prop("key", ""), empty, '<property name="attr" value="av"/>'))
    assert [conf.get(key, "default") for key in ("key", "no", "attr")] == [
        "default",
        "default",
        "av",
    ]


def test_parsed_values(load):
    values = {"b": "128m", "t": " 10s", "ms": "1500", "bool": " TRUE ", "hex": "0x10"}
    conf = load(site(*(prop(key, value) for key, value in values.items()), prop("l", "a, b,,c")))
    assert conf.get_bytes("b", 0) == 128 * 1024**2
    assert conf.get_seconds("t", 0, unit="ms") == 10
    assert conf.get_seconds("ms", 0, unit="ms") == 1.5
    assert conf.get_bool("bool", False)
    assert conf.get_int("hex", 0) == 16
    assert conf.get_int("missing", 7) == 7
    assert conf.get_list("l") == ["a", "b", "c"]


def test_a_value_of_the_wrong_kind_names_its_place(load):
    conf = load(site(prop("dfs.replication", "many")))
    with pytest.raises(ConfigError, match=r"dfs.replication is 'many' \(.*line 2\): it is not a"):
        conf.get_int("dfs.replication", 3)


def test_explain_names_every_place_with_the_winner_first(load, tmp_path):
    conf = load(
        site(prop("a", "1", final="true")),
        site(prop("a", "2")),
        overrides=[("job", {"b": "3"})],
    )
    core, hdfs = str(tmp_path / "core-site.xml"), str(tmp_path / "hdfs-site.xml")
    assert conf.explain("a") == (
        Setting("a", "1", core, 2, is_final=True, is_winner=True),
        Setting("a", "2", hdfs, 2),
    )
    assert conf.explain("b") == (Setting("b", "3", "job", is_winner=True),)
    assert conf.explain("c") == ()


XI = 'xmlns:xi="http://www.w3.org/2001/XInclude"'


def include(href: str, fallback: str = "") -> str:
    inner = f"<xi:fallback>{fallback}</xi:fallback>" if fallback else ""
    return f'<xi:include {XI} href="{href}">{inner}</xi:include>'


def test_local_files_are_included_where_they_stand(load, tmp_path):
    (tmp_path / "more.xml").write_text(site(prop("a", "2"), prop("b", "2")))
    conf = load(site(prop("a", "1"), include("more.xml", prop("d", "no")), prop("b", "3")))
    assert [conf.get(key) for key in "abd"] == ["2", "3", None]


def test_a_fallback_counts_only_for_a_missing_file(load):
    conf = load(site(include("missing.xml", prop("a", "1")), prop("b", "2")))
    assert [conf.get(key) for key in "ab"] == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (site(include("missing.xml")), "line 2: it includes a file that does not exist"),
        (site(include("http://h/x.xml")), "line 2: cannot include 'http://h/x.xml'"),
        (site(include("core-site.xml")), "includes itself"),
        ("<configuration>\n<property>\n</configuration>", "line 3: mismatched tag"),
        ("<!DOCTYPE x [<!ENTITY e 'v'>]>\n<configuration/>", "line 1: a document type is not"),
        ("<html></html>", "line 1: the file begins with <html>"),
        ("", "line 1: "),
        ("<configuration>&e;</configuration>", "line 1: undefined entity"),
    ],
)
def test_a_malformed_file_is_one_error_with_file_and_line(load, tmp_path, text, message):
    (tmp_path / "core-site.xml").write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        load()
    assert str(tmp_path / "core-site.xml") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_are_found_as_on_a_class_path(tmp_path):
    for folder, name, value in (
        ("hadoop", "core-site.xml", "hadoop"),
        ("yarn", "core-site.xml", "yarn"),
        ("yarn", "yarn-site.xml", "yarn"),
        ("home/etc/hadoop", "core-site.xml", "home"),
        ("hive", "hive-site.xml", "hive"),
    ):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / name).write_text(site(prop(name, value)))
    environ = {"YARN_CONF_DIR": str(tmp_path / "yarn"), "HADOOP_HOME": str(tmp_path / "home")}

    def found(**more: str) -> list[str | None]:
        conf = load_hadoop_conf({**environ, **more})
        return [conf.get(f"{name}-site.xml") for name in ("core", "yarn", "hive")]

    assert found() == ["home", "yarn", None]
    hadoop, hive = str(tmp_path / "hadoop"), str(tmp_path / "hive")
    assert found(HADOOP_CONF_DIR=hadoop, HIVE_CONF_DIR=hive) == ["hadoop", "yarn", "hive"]


def test_no_folder_is_no_setting_and_a_wrong_one_an_error(tmp_path):
    assert load_hadoop_conf({}).keys() == []
    with pytest.raises(ConfigError, match="HADOOP_CONF_DIR is '/no/such'"):
        load_hadoop_conf({"HADOOP_CONF_DIR": "/no/such"})


def test_the_user_is_hadoop_user_name_or_the_login():
    assert load_hadoop_conf({"HADOOP_USER_NAME": "alice"}).user == "alice"
    assert load_hadoop_conf({"USER": "other"}).user == login_name()


@pytest.mark.parametrize("key", ["fs.s3a.secret.key", "a.password", "fs.s3a.access.key"])
def test_secrets_are_known_by_their_keys(key):
    assert is_sensitive(key)
    assert not is_sensitive("fs.defaultFS")
