"""Hadoop's own Streaming client, in Java, to compare with."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from hadoopjobs.core.hadoop_conf import load_hadoop_conf

_OPENS = "--add-opens=java.base/java.lang=ALL-UNNAMED"
# One map task for each file; and a small job runs in its master, in half the time.
_QUICK = (
    "-Dmapreduce.job.maps=1",
    "-Dmapreduce.job.ubertask.enable=true",
    "-Dmapreduce.task.io.sort.mb=64",
    "-Dyarn.app.mapreduce.am.scheduler.heartbeat.interval-ms=250",
)
_CLIENT = "org.apache.hadoop.streaming.HadoopStreaming"


def class_path() -> str:
    """The cluster's jars; skips the test where there is no Java to use them."""
    jars = load_hadoop_conf(os.environ).get("mapreduce.application.classpath") or ""
    if shutil.which("java") is None or not jars:
        pytest.skip("needs Java and the cluster's jars")
    return f"{os.environ['HADOOP_CONF_DIR']}:{jars.replace(',', ':')}"


def streaming(user: str, *words: str) -> None:
    """Run a job by Hadoop's client, and see it succeed."""
    command = ["java", _OPENS, "-cp", class_path(), _CLIENT, *_QUICK, *words]
    environment = {**os.environ, "HADOOP_USER_NAME": user}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]


def jar_of(source: Path, folder: Path) -> Path:
    """A jar of the classes in a Java file, which has no package."""
    if shutil.which("javac") is None:
        pytest.skip("needs a Java compiler")
    classes = folder / "classes"
    classes.mkdir()
    compiling = ["javac", "-nowarn", "-cp", class_path(), "-d", str(classes), str(source)]
    subprocess.run(compiling, check=True, capture_output=True, timeout=120)
    jar = folder / f"{source.stem.lower()}.jar"
    subprocess.run(["jar", "cf", str(jar), "-C", str(classes), "."], check=True, timeout=60)
    return jar
