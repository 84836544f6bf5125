"""Runs a small shell script on a node: the master of an application that asks for nothing more.

It never registers with the ResourceManager, so YARN calls the application failed, and keeps the
end of what it wrote to standard error: that is the answer. No file is written anywhere.

Source: Hadoop, "ResourceManager REST APIs", section "Cluster Applications API (Submit
Application)"; yarn-default.xml, yarn.nodemanager.container.stderr.tail.bytes.
"""

from __future__ import annotations

import base64
import time

from hadoopjobs.core.errors import YarnError
from hadoopjobs.yarn.client import YarnClient
from hadoopjobs.yarn.reports import ApplicationReport

_MEMORY_MB = 256
_PAUSE_SECONDS = 0.3
_FAILED = 3  # for an exit code of 0 YARN would not look at standard error


def run_on_node(
    client: YarnClient, name: str, script: str, *, queue: str, seconds: float = 60.0
) -> str:
    """What YARN tells of the application's end, with the last 4096 bytes that `script`, which
    /bin/sh runs, wrote to standard error.

    Raises `YarnError` if it has not run within `seconds`; then it is killed.
    """
    manager = client.resource_manager
    app = manager.new_application().id
    manager.submit(_body(app, name, script, queue))
    report = _wait(client, app, time.monotonic() + seconds)
    if not report.has_ended:
        manager.kill(app)
        raise YarnError(
            f"no node has run {app} within {seconds:.0f} s, it is {report.state}: the queue "
            f"{queue!r} may be full"
        )
    return report.diagnostics or ""


def _wait(client: YarnClient, app: str, end: float) -> ApplicationReport:
    try:
        while True:
            report = client.resource_manager.report(app)
            if report.has_ended or time.monotonic() >= end:
                return report
            time.sleep(_PAUSE_SECONDS)
    except BaseException:
        client.resource_manager.kill(app)
        raise


def _body(app: str, name: str, script: str, queue: str) -> dict[str, object]:
    """The script is encoded: YARN puts the command into a script of its own, unquoted."""
    encoded = base64.b64encode(script.encode()).decode()
    command = f"echo {encoded} | base64 -d | /bin/sh 1><LOG_DIR>/stdout 2><LOG_DIR>/stderr"
    return {
        "application-id": app,
        "application-name": name,
        "application-type": "hadoopjobs",
        "queue": queue,
        "max-app-attempts": 1,
        "resource": {"memory": _MEMORY_MB, "vCores": 1},
        "am-container-spec": {"commands": {"command": f"{command}; exit {_FAILED}"}},
    }
