"""Hadoop's own programs, from the jars of the cluster that `scripts/cluster` started."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence

from measure import CommandFailed

from hadoopjobs.core.hadoop_conf import load_hadoop_conf


def fs_shell(words: Sequence[str]) -> list[str]:
    """The command of `hdfs dfs WORDS`."""
    return [*_java(), "org.apache.hadoop.fs.FsShell", *words]


def streaming(words: Sequence[str]) -> list[str]:
    """The command of `hadoop jar hadoop-streaming.jar WORDS`."""
    return [*_java(), "org.apache.hadoop.streaming.HadoopStreaming", *words]


def _java() -> list[str]:
    folder = os.environ.get("HADOOP_CONF_DIR")
    java = shutil.which("java")
    if folder is None or java is None:
        raise CommandFailed(
            'this needs a cluster and Java: eval "$(scripts/cluster start)" and again'
        )
    jars = load_hadoop_conf(os.environ).get("mapreduce.application.classpath") or ""
    return [
        java,
        "--add-opens=java.base/java.lang=ALL-UNNAMED",
        "-XX:+UseSerialGC",
        "-cp",
        os.pathsep.join([folder, *jars.split(",")]),
    ]
