"""What `doctor` says where there is no cluster, or one with faults that a real one is spared."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping
from email.utils import formatdate
from pathlib import Path

import pytest

from hadoopjobs.cli.main import main
from hadoopjobs.core.hadoop_conf import HadoopConf, Setting
from hadoopjobs.core.hadoop_http import HadoopSession, UserName
from hadoopjobs.session.doctor import Level, diagnose
from hadoopjobs.session.doctor.on_node import streaming_script
from hadoopjobs.session.doctor.scheduling import check_containers, check_nodes, check_the_queue
from hadoopjobs.session.doctor.services import Service, check_clocks, reach, services_of
from hadoopjobs.session.doctor.storage import Folders, check_folders, check_namenode
from hadoopjobs.yarn import YarnClient
from hadoopjobs.yarn.effective import Effective
from tests.unit.fake_service import Answer, Asked, fake_service


def told(findings) -> list[tuple[str, str, str]]:
    return [(it.subject, it.level.value, it.text) for it in findings]


def problems(findings) -> list[str]:
    return [f"{it.subject}: {it.text}" for it in findings if it.level is Level.PROBLEM]


def conf_of(**settings: str) -> HadoopConf:
    return HadoopConf(
        [Setting(key.replace("__", "."), value, "test") for key, value in settings.items()]
    )


@pytest.fixture
def session():
    with HadoopSession(UserName("ann")) as session:
        yield session


@pytest.fixture
def environ(tmp_path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(tmp_path)}


def test_without_a_cluster_it_says_what_is_missing(environ):
    findings = list(diagnose(environ))
    assert problems(findings) == ["configuration: HADOOP_CONF_DIR is not set"]
    assert "export HADOOP_CONF_DIR" in findings[-1].advice


def test_a_folder_that_is_not_there_is_a_problem(environ):
    findings = diagnose({**environ, "HADOOP_CONF_DIR": "/no/such"})
    assert problems(findings) == [
        "configuration: HADOOP_CONF_DIR is '/no/such', which is no folder"
    ]


def test_a_folder_without_site_files_is_a_problem(environ, tmp_path):
    findings = diagnose({**environ, "HADOOP_CONF_DIR": str(tmp_path)})
    assert problems(findings) == [f"configuration: no site files in {tmp_path}"]


def test_an_address_without_a_port_is_a_problem(environ):
    findings = diagnose(environ, [("test", {"fs.defaultFS": "hdfs://host:port"})])
    assert problems(findings) == ["configuration: 'host:port' is no address of a NameNode"]


def test_the_command_exits_with_1_if_there_is_a_problem(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert main(["doctor"]) == 1
    shown = capsys.readouterr()
    assert "problem  configuration: HADOOP_CONF_DIR is not set\n         → copy" in shown.out
    assert shown.err == "problems: 1, warnings: 0\n"


def test_the_services_of_a_pair_are_all_named():
    conf = conf_of(
        fs__defaultFS="hdfs://pair",
        dfs__nameservices="pair",
        dfs__ha__namenodes__pair="a,b",
        **{
            "dfs__namenode__rpc-address__pair__a": "h1:8020",
            "dfs__namenode__rpc-address__pair__b": "h2:8020",
        },
        yarn__resourcemanager__hostname="h3",
    )
    assert [f"{it.name} {it.place}" for it in services_of(conf)] == [
        "NameNode h1:8020",
        "NameNode h2:8020",
        "NameNode (web) h1:9870",
        "NameNode (web) h2:9870",
        "ResourceManager h3:8088",
    ]


def test_one_of_a_pair_is_enough():
    with fake_service(lambda asked: Answer()) as service:
        there = Service("NameNode", "127.0.0.1", service.port, "key")
        reached = reach([there, Service("NameNode", "127.0.0.1", 1, "key")])
    assert [it.level.value for it in reached.findings] == ["ok", "warning"]
    assert [it.level.value for it in reach([Service("X", "127.0.0.1", 1, "k")]).findings] == [
        "problem"
    ]


@pytest.mark.parametrize(
    ("ahead", "is_kerberos", "level"),
    [(0, True, "ok"), (60, False, "warning"), (-60, True, "warning"), (-400, True, "problem")],
)
def test_a_clock_that_is_wrong_is_told(session, ahead, is_kerberos, level):
    def answer(asked: Asked) -> Answer:
        return Answer(headers={"Date": formatdate(time.time() + ahead, usegmt=True)})

    with fake_service(answer) as service:
        found = Service("NameNode", "127.0.0.1", service.port, "key", service.url)
        (finding,) = check_clocks(session, [found], is_kerberos=is_kerberos)
    assert finding.level.value == level
    way = {True: "ahead of", False: "behind"}[ahead > 0]
    assert level == "ok" or f"s {way} this one" in finding.text


def namenode(info: Mapping[str, object], state: str = "active"):
    def answer(asked: Asked) -> Answer:
        is_info = "NameNodeInfo" in asked.query.get("qry", "")
        return Answer({"beans": [info if is_info else {"State": state}]})

    return answer


def test_safe_mode_and_datanodes_that_are_dead_or_out_of_reach_are_told(session):
    info = {
        "Safemode": "Safe mode is ON.",
        "LiveNodes": json.dumps({"dn1:9866": {"xferaddr": "127.0.0.1:1"}}),
        "DeadNodes": json.dumps({"dn2:9866": {}}),
        "NumberOfMissingBlocks": 3,
    }
    with fake_service(namenode(info)) as service:
        found = told(check_namenode(session, [service.url]))
    assert found == [
        ("safe mode", "problem", "the NameNode is in safe mode and takes no writes"),
        ("DataNodes", "warning", "1 are dead: dn2:9866"),
        ("DataNodes", "problem", "dn1:9866 (127.0.0.1:1): connection refused"),
        ("HDFS", "warning", "3 blocks are missing"),
    ]


def test_of_a_pair_the_active_namenode_is_looked_at(session):
    standby = {"Safemode": "Safe mode is ON.", "LiveNodes": "{}"}
    active = {"Safemode": "", "LiveNodes": "{}"}
    with (
        fake_service(namenode(standby, "standby")) as first,
        fake_service(namenode(active)) as second,
    ):
        found = told(check_namenode(session, [first.url, second.url]))
    assert found == [
        ("safe mode", "ok", "it is off"),
        ("DataNodes", "problem", "none is alive, so no file can be read"),
    ]


def test_a_namenode_that_tells_nothing_is_a_warning(session):
    with fake_service(lambda asked: Answer("no", status=403)) as service:
        ((subject, level, _),) = told(check_namenode(session, [service.url]))
    assert (subject, level) == ("HDFS", "warning")


def test_folders_that_can_be_written_or_made_are_well(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    uri = f"file://{home}"
    user = home.owner()
    found = told(check_folders(Folders(uri, f"{uri}/staging/{user}/.staging"), user))
    assert [level for _, level, _ in found] == ["ok", "ok"]
    assert list(home.iterdir()) == []
    (level,) = [it.level for it in check_folders(Folders(f"{uri}/none", uri), user)][:1]
    assert level is Level.WARNING


def test_staging_of_another_user_is_a_problem(tmp_path):
    uri = f"file://{tmp_path}"
    _, staging = told(check_folders(Folders(uri, uri), "somebody-else"))
    assert staging == ("staging", "problem", f"file://{tmp_path} belongs to {tmp_path.owner()}")


def manager(**answers: object):
    """A ResourceManager; the names of `answers` are the last parts of paths."""

    def answer(asked: Asked) -> Answer:
        name = asked.path.rpartition("/")[2].replace("-", "_")
        return Answer(answers[name]) if name in answers else Answer({}, status=404)

    return answer


NODE = {"id": "n1:1", "nodeHostName": "n1", "usedMemoryMB": 1024, "availMemoryMB": 3072}


def client_of(session: HadoopSession, url: str) -> YarnClient:
    conf = conf_of(yarn__resourcemanager__webapp__address=url.removeprefix("http://"))
    return YarnClient(conf, session, first_seconds=1, patience_seconds=1)


def test_nodes_that_do_not_run_containers_are_told_with_their_reason(session):
    nodes = [
        {**NODE, "state": "RUNNING"},
        {
            "id": "n2:1",
            "nodeHostName": "n2",
            "state": "UNHEALTHY",
            "healthReport": "1/1\ndisks bad",
        },
    ]
    with fake_service(manager(nodes={"nodes": {"node": nodes}})) as service:
        found = told(check_nodes(client_of(session, service.url)))
    assert found == [
        ("nodes", "ok", "1 run containers, with 4 GB together"),
        ("nodes", "warning", "n2 is unhealthy: 1/1 disks bad"),
    ]


def test_a_cluster_without_nodes_is_a_problem(session):
    with fake_service(manager(nodes={"nodes": None})) as service:
        assert problems(check_nodes(client_of(session, service.url))) == [
            "nodes: no NodeManager runs containers, so every job waits"
        ]


def test_containers_larger_than_any_node_are_told(session):
    answers = {
        "new_application": {
            "application-id": "application_1_0001",
            "maximum-resource-capability": {"memory": 8192, "vCores": 4},
        },
        "nodes": {"nodes": {"node": [NODE]}},
    }
    with fake_service(manager(**answers)) as service:
        effective = Effective({"mapreduce.map.memory.mb": "6000"}, conf_of())
        found = problems(check_containers(client_of(session, service.url), effective))
    assert found == [
        "containers: mapreduce.map.memory.mb is 6000, and the largest node has 4096 MB: the job "
        "would wait for ever"
    ]


@pytest.mark.parametrize(
    ("state", "used", "level"),
    [("RUNNING", 10.0, "ok"), ("RUNNING", 100.0, "warning"), ("STOPPED", 0.0, "problem")],
)
def test_a_queue_that_is_full_or_stopped_is_told(session, state, used, level):
    queue = {
        "type": "capacitySchedulerLeafQueueInfo",
        "queueName": "a",
        "queuePath": "root.a",
        "state": state,
        "absoluteUsedCapacity": used,
        "absoluteMaxCapacity": 100.0,
    }
    info = {"type": "capacityScheduler", "queueName": "root", "queues": {"queue": [queue]}}
    with fake_service(manager(scheduler={"scheduler": {"schedulerInfo": info}})) as service:
        ((subject, found, _),) = told(check_the_queue(client_of(session, service.url), "a"))
    assert (subject, found) == ("queue", level)


def streaming_jar(class_path: str, **environment: str) -> str:
    effective = Effective({"mapreduce.application.classpath": class_path}, conf_of())
    script = streaming_script(effective)
    shell = ["/bin/sh"]
    return subprocess.run(
        shell, input=script, capture_output=True, text=True, env=environment
    ).stderr.strip()


def test_the_jar_of_streaming_is_found_behind_variables_and_odd_names(tmp_path):
    folder = tmp_path / "odd $näme 'x'"
    folder.mkdir()
    jar = folder / "hadoop-streaming-3.4.2.jar"
    jar.touch()
    assert streaming_jar("/nowhere/*,$HOMES/*", HOMES=str(folder)) == f"hadoopjobs-streaming {jar}"
    assert streaming_jar(f"${{A}}/{jar.name}", A=str(folder)) == f"hadoopjobs-streaming {jar}"
    assert streaming_jar("{{A}}/*", A=str(folder)) == f"hadoopjobs-streaming {jar}"
    assert streaming_jar("/nowhere/*,$UNSET/*") == ""


def test_a_class_path_is_no_program(tmp_path):
    streaming_jar(f"/a$(touch {tmp_path}/x)/*,/`touch {tmp_path}/x`/*,/';touch {tmp_path}/x;'/*")
    assert list(Path(tmp_path).iterdir()) == []
