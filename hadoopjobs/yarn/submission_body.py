"""What is posted to the ResourceManager to start the master of a MapReduce job.

Source: Hadoop, "ResourceManager REST APIs", section "Cluster Applications API (Submit
Application)"; Hadoop's YARNRunner for the master's command and environment. `{{X}}` and `<X>`
are replaced on the node.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hadoopjobs.yarn.class_path import master_class_path
from hadoopjobs.yarn.effective import Effective
from hadoopjobs.yarn.job_spec import StoredFile, encoded_uri

_MASTER = "org.apache.hadoop.mapreduce.v2.app.MRAppMaster"
_AM = "yarn.app.mapreduce.am"
_HEAP_SHARE = 0.75
_ADD_OPENS_SINCE = (3, 4)


@dataclass(frozen=True)
class LocalResource:
    """A file that the node copies to the working folder of the master as `name`."""

    name: str
    file: StoredFile
    is_archive: bool = False
    visibility: str = "APPLICATION"

    def entry(self) -> dict[str, object]:
        return {
            "resource": encoded_uri(self.file.uri),
            "type": "ARCHIVE" if self.is_archive else "FILE",
            "visibility": self.visibility,
            "size": self.file.length,
            "timestamp": self.file.modified_ms,
        }


@dataclass(frozen=True)
class Credentials:
    """What the application may do, by name; a secret, so it does not print."""

    tokens: Mapping[str, str]
    secrets: Mapping[str, bytes]

    def __repr__(self) -> str:
        return f"Credentials(tokens={sorted(self.tokens)}, secrets={sorted(self.secrets)})"


def submission_body(
    application_id: str,
    name: str,
    effective: Effective,
    resources: Sequence[LocalResource],
    credentials: Credentials,
    *,
    queue: str,
    priority: int | None,
    tags: Sequence[str],
) -> dict[str, Any]:
    """The JSON of a submission."""
    body: dict[str, Any] = {
        "application-id": application_id,
        "application-name": name,
        "application-type": "MAPREDUCE",
        "queue": queue,
        "priority": priority or 0,
        "max-app-attempts": effective.number("mapreduce.am.max-attempts"),
        "unmanaged-AM": False,
        "cancel-tokens-when-complete": True,
        "keep-containers-across-application-attempts": False,
        "resource": {
            "memory": effective.memory_mb(f"{_AM}.resource.mb"),
            "vCores": effective.number(f"{_AM}.resource.cpu-vcores"),
        },
        "am-container-spec": _container(effective, resources, credentials),
    }
    if tags:
        body["application-tags"] = {"tag": list(tags)}
    return body


def _container(
    effective: Effective, resources: Sequence[LocalResource], credentials: Credentials
) -> dict[str, Any]:
    secrets = {
        name: base64.urlsafe_b64encode(secret).decode()
        for name, secret in credentials.secrets.items()
    }
    return {
        "local-resources": _entries({it.name: it.entry() for it in resources}),
        "environment": _entries(master_environment(effective)),
        "commands": {"command": master_command(effective)},
        "credentials": {
            "tokens": _entries(credentials.tokens),
            "secrets": _entries(secrets),
        },
        "application-acls": _entries(
            {
                "VIEW_APP": effective.get("mapreduce.job.acl-view-job") or " ",
                "MODIFY_APP": effective.get("mapreduce.job.acl-modify-job") or " ",
            }
        ),
    }


def _entries(found: Mapping[str, object]) -> dict[str, Any]:
    """A map, in the form that this service wants."""
    return {"entry": [{"key": key, "value": value} for key, value in found.items()]}


def master_command(effective: Effective) -> str:
    """The command line that starts the master."""
    words = [
        "{{JAVA_HOME}}/bin/java",
        "-Djava.io.tmpdir={{PWD}}/tmp",
        "-Dlog4j.configuration=container-log4j.properties",
        "-Dyarn.app.container.log.dir=<LOG_DIR>",
        "-Dyarn.app.container.log.filesize=0",
        f"-Dhadoop.root.logger={effective.get(f'{_AM}.log.level')},CLA",
        "-Dhadoop.root.logfile=syslog",
        effective.get(f"{_AM}.admin-command-opts") or "",
        master_options(effective),
        _add_opens(effective),
        _MASTER,
        "1><LOG_DIR>/stdout",
        "2><LOG_DIR>/stderr",
    ]
    return " ".join(word for word in words if word)


def master_options(effective: Effective) -> str:
    """Java's options; the heap follows the memory when the job sets only the memory."""
    key = f"{_AM}.command-opts"
    if key not in effective.job and f"{_AM}.resource.mb" in effective.job:
        memory = effective.memory_mb(f"{_AM}.resource.mb")
        return f"-Xmx{int(memory * _HEAP_SHARE)}m"
    return effective.require(key)


def _add_opens(effective: Effective) -> str:
    """What Java 17 needs; older Hadoop would take the placeholder for a redirection."""
    wanted = effective.is_true("mapreduce.jvm.add-opens-as-default")
    return "<ADD_OPENS>" if wanted and effective.version_numbers >= _ADD_OPENS_SINCE else ""


def master_environment(effective: Effective) -> dict[str, str]:
    """CLASSPATH, and what the settings `yarn.app.mapreduce.am[.admin.user].env` say."""
    result = {
        "CLASSPATH": master_class_path(effective),
        "SHELL": effective.get("mapreduce.admin.user.shell") or "/bin/bash",
        "LD_LIBRARY_PATH": "{{PWD}}",
    }
    for key in (f"{_AM}.admin.user.env", f"{_AM}.env"):
        variables = _variables(effective.get(key) or "")
        variables |= effective.under(f"{key}.")
        for name, value in variables.items():
            result[name] = f"{result[name]}<CPS>{value}" if name in result else value
    return result


def _variables(text: str) -> dict[str, str]:
    """`A=b,C=d`; a comma that begins no variable belongs to the value before it.

    >>> _variables("A=b,c, D=$E")
    {'A': 'b,c', 'D': '$E'}
    """
    found = re.findall(r"\s*([A-Za-z_]\w*)=(.*?)\s*(?=,\s*[A-Za-z_]\w*=|$)", text, re.DOTALL)
    return dict(found)
