"""A secret that a job needs is where only its user can read it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hadoopjobs.cli.main import main
from hadoopjobs.core.hadoop_conf import load_hadoop_conf
from hadoopjobs.storage import filesystem_for
from hadoopjobs.yarn import yarn_client
from tests.cluster.harness import FAULTY, ROOT, put

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("home")]

CANARY = "canary-9315"


def test_it_is_shown_nowhere(home: str, hdfs_folder: str, capfd) -> None:
    text = put(f"{hdfs_folder}/text", b"one two\n" * 2000)
    settings = ["--split-size", "4k", "-D", "mapreduce.job.reduces=1"]
    words = ["run", "-r", "hadoop", *settings, "--cmdenv", f"DB_PASSWORD={CANARY}"]
    words += [f"{FAULTY}:Secretive", "--password", CANARY, text, "-o", f"{hdfs_folder}/out"]
    process = subprocess.Popen(
        [sys.executable, "-m", "hadoopjobs", *words],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "API_TOKEN": CANARY, "KRB5_CLIENT_KTNAME": f"/{CANARY}.keytab"},
    )
    assert process.stderr is not None
    told = ""
    for line in process.stderr:
        told += line
        if re.match(r" map [1-9]", line):
            break
    staged = dict(files_below(f"{home}/.staging"))
    runs = list(files_below(f"{home}/.hadoopjobs"))
    permissions = {status.permission for status in filesystem_for(home).walk(f"{home}/.hadoopjobs")}
    commands = [command for pid, command in commands_of_all() if pid != process.pid]
    told += process.communicate(timeout=120)[1]
    assert process.returncode == 0, told
    assert any(uri.endswith("job.xml") for uri in staged)
    assert any("hadoop_task" in command for command in commands)
    assert any(CANARY.encode() in content for _, content in runs)  # it is looked for rightly
    app = re.search(r"application_\d+_\d+", told)
    assert app is not None
    shown = {
        "staging files": repr(staged),
        "ps": "\n".join(commands),
        "messages": told,
        "logs": logs_of(app[0], capfd),
        **told_of_job(app[0]),
    }
    assert [name for name, content in shown.items() if CANARY in content] == []
    assert all(permission in (0o600, 0o700) for permission in permissions)


def files_below(uri: str) -> Iterator[tuple[str, bytes]]:
    fs = filesystem_for(uri)
    for status in fs.walk(uri):
        if not status.is_dir and status.length < 1 << 20:
            with fs.open_read(status.uri) as file:
                yield status.uri, file.read()


def commands_of_all() -> Iterator[tuple[int, str]]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            command = path.read_bytes().replace(b"\0", b" ")
            yield int(path.parent.name), command.decode("utf-8", "replace")


def logs_of(app: str, capfd) -> str:
    capfd.readouterr()
    assert main(["app", "logs", app]) == 0
    logs = capfd.readouterr().out
    assert "syslog" in logs
    return logs


def told_of_job(app: str) -> dict[str, str]:
    client = yarn_client(load_hadoop_conf(os.environ), os.environ)
    try:
        return {
            "settings": repr(client.ask_job(app, lambda service: service.settings(app))),
            "counters": json.dumps(client.counters(app)),
            "report": repr(client.resource_manager.report(app)),
        }
    finally:
        client.session.close()
