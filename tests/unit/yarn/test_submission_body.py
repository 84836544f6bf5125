from __future__ import annotations

import pytest

from hadoopjobs.core.errors import UsageError
from hadoopjobs.core.hadoop_conf import load_hadoop_conf
from hadoopjobs.yarn import CacheFile, InputSplit, JobSpec, StoredFile
from hadoopjobs.yarn.class_path import mapreduce_class_path
from hadoopjobs.yarn.effective import Effective
from hadoopjobs.yarn.preflight import check_memory, check_spec
from hadoopjobs.yarn.reports import NewApplication
from hadoopjobs.yarn.submission_body import (
    Credentials,
    LocalResource,
    master_command,
    master_environment,
    submission_body,
)

SERVERS = {
    "yarn.application.classpath": "/conf, /h/*",
    "mapreduce.application.classpath": "/m/*",
    "yarn.app.mapreduce.am.command-opts": "-Xmx1g",
    "yarn.app.mapreduce.am.env": "HADOOP_MAPRED_HOME=/opt/h",
}


def effective(version: str = "3.4.2", **job: str) -> Effective:
    settings = {key.replace("_", "."): value for key, value in job.items()}
    return Effective(settings, load_hadoop_conf({}), SERVERS, version)


def test_the_whole_body() -> None:
    file = StoredFile("hdfs://n:8020/s/a b,c", 3, 17)
    body = submission_body(
        "application_1_0002",
        "a job",
        effective(),
        [LocalResource("job.xml", file), LocalResource("env", file, True, "PUBLIC")],
        Credentials({"n:8020": "tok"}, {"MapReduceShuffleToken": b"\xff\xfe"}),
        queue="q",
        priority=None,
        tags=["t"],
    )
    container = body.pop("am-container-spec")
    assert body == {
        "application-id": "application_1_0002",
        "application-name": "a job",
        "application-type": "MAPREDUCE",
        "application-tags": {"tag": ["t"]},
        "queue": "q",
        "priority": 0,
        "max-app-attempts": 2,
        "unmanaged-AM": False,
        "cancel-tokens-when-complete": True,
        "keep-containers-across-application-attempts": False,
        "resource": {"memory": 1536, "vCores": 1},
    }
    assert container["local-resources"] == {
        "entry": [
            {
                "key": name,
                "value": {
                    "resource": "hdfs://n:8020/s/a%20b%2Cc",
                    "type": kind,
                    "visibility": visibility,
                    "size": 3,
                    "timestamp": 17,
                },
            }
            for name, kind, visibility in [
                ("job.xml", "FILE", "APPLICATION"),
                ("env", "ARCHIVE", "PUBLIC"),
            ]
        ]
    }
    assert container["credentials"] == {
        "tokens": {"entry": [{"key": "n:8020", "value": "tok"}]},
        "secrets": {"entry": [{"key": "MapReduceShuffleToken", "value": "__4="}]},
    }


def test_the_command_of_the_master() -> None:
    assert master_command(effective()) == (
        "{{JAVA_HOME}}/bin/java -Djava.io.tmpdir={{PWD}}/tmp "
        "-Dlog4j.configuration=container-log4j.properties -Dyarn.app.container.log.dir=<LOG_DIR> "
        "-Dyarn.app.container.log.filesize=0 -Dhadoop.root.logger=INFO,CLA "
        "-Dhadoop.root.logfile=syslog -Xmx1g <ADD_OPENS> "
        "org.apache.hadoop.mapreduce.v2.app.MRAppMaster 1><LOG_DIR>/stdout 2><LOG_DIR>/stderr"
    )


def test_older_hadoop_gets_no_placeholder_that_it_does_not_know() -> None:
    assert "ADD_OPENS" not in master_command(effective("3.3.6"))
    assert "ADD_OPENS" not in master_command(effective(""))


def test_the_heap_follows_memory_that_the_job_asks_for() -> None:
    job = {"yarn.app.mapreduce.am.resource.mb": "4096"}
    assert "-Xmx3072m" in master_command(Effective(job, load_hadoop_conf({}), SERVERS, "3.4.2"))


def test_the_environment_of_the_master() -> None:
    environment = master_environment(effective())
    assert environment["HADOOP_MAPRED_HOME"] == "/opt/h"
    assert environment["LD_LIBRARY_PATH"] == "{{PWD}}<CPS>{{HADOOP_COMMON_HOME}}/lib/native"
    tools = "share/hadoop/tools/lib/hadoop-streaming-3.4.2.jar"
    assert environment["CLASSPATH"].split("<CPS>") == [
        "{{PWD}}",
        "/conf",
        "/h/*",
        "/m/*",
        f"$HADOOP_MAPRED_HOME/{tools}",
        f"$HADOOP_HOME/{tools}",
        f"$HADOOP_COMMON_HOME/{tools}",
        "job.jar/job.jar",
        "job.jar/classes/",
        "job.jar/lib/*",
        "{{PWD}}/*",
    ]


def test_an_unknown_version_names_no_streaming_jar() -> None:
    assert mapreduce_class_path(effective("")) == "/m/*"


def test_more_memory_than_the_cluster_gives_is_refused() -> None:
    new = NewApplication("application_1_0001", 4096, 4)
    spec = JobSpec("j", (InputSplit("hdfs://n/a", 0, 1),))
    check_memory(spec, effective(mapreduce_map_memory_mb="4096"), new, None)
    check_memory(spec, effective(mapreduce_reduce_memory_mb="9000"), new, None)
    with pytest.raises(UsageError, match=r"mapreduce\.map\.memory\.mb is 4097, more than the 4096"):
        check_memory(spec, effective(mapreduce_map_memory_mb="4097"), new, None)


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (JobSpec("j", ()), "no task to run"),
        (JobSpec("j", (), reduces=1, tags=("ü",)), "'ü' is no tag"),
        (JobSpec("j", (), reduces=1, tags=("a,b",)), "holds a comma"),
        (
            JobSpec("j", (), reduces=1, cache=(CacheFile("h://a", "x"), CacheFile("h://b", "x"))),
            "two files would be named 'x'",
        ),
    ],
)
def test_what_is_wrong_on_every_cluster_is_refused(spec: JobSpec, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        check_spec(spec)


@pytest.mark.parametrize("name", ["", "/a", "../a", "a//b", 'a"b', "a$(rm)", "a`b", "a\nb", "a#b"])
def test_names_that_a_shell_would_read_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="a task cannot have a file named"):
        CacheFile("hdfs://n/a", name)


def test_an_archive_needs_an_ending_that_yarn_unpacks() -> None:
    assert CacheFile("hdfs://n/A.TAR.GZ", "x", is_archive=True).suffix == ".tar.gz"
    with pytest.raises(UsageError, match="is no archive that YARN unpacks"):
        CacheFile("hdfs://n/a.rar", "x", is_archive=True)
