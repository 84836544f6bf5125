"""`job.xml`, the settings of one job, which everyone who may see the job can read.

Source: org.apache.hadoop.conf.Configuration.writeXml; XML 1.0, section 2.2, for what it can hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from xml.sax.saxutils import escape

from hadoopjobs.core.errors import UsageError
from hadoopjobs.core.hadoop_conf import HadoopConf
from hadoopjobs.core.hadoop_values import is_sensitive

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SECRET_NAME = re.compile(
    r"passw(or)?d|passphrase|secret|credential|(^|_)tokens?(_|$)|(api|access|private)_?key", re.I
)
_ENVIRONMENTS = re.compile(r"stream\.addenvironment|(.*\.env)(?:\.(?P<name>[^.]+))?")
_PASSWORD_IN_URI = re.compile(r"[a-z][a-z0-9+.-]*://[^/@:\s]+:[^/@\s]+@", re.I)
_REDACTED = "mapreduce.job.redacted-properties"
_OF_JOBS = ("mapreduce.", "mapred.", "yarn.app.mapreduce.", "stream.", "io.")
_OF_SERVERS = ("mapreduce.jobhistory.", "mapreduce.shuffle.", "mapreduce.cluster.")
_ESCAPED = {"\r": "&#13;"}


def job_xml(settings: Mapping[str, str]) -> bytes:
    """The file with `settings`, sorted. Raises `UsageError` for what XML cannot hold."""
    lines = ['<?xml version="1.0" encoding="UTF-8" standalone="no"?>', "<configuration>"]
    for key, value in sorted(settings.items()):
        if _NOT_XML.search(key + value):
            raise UsageError(
                f"setting {key!r} holds a character that job.xml cannot hold: put it in a file"
            )
        name, told = escape(key, _ESCAPED), escape(value, _ESCAPED)
        lines.append(f"<property><name>{name}</name><value>{told}</value></property>")
    return "\n".join([*lines, "</configuration>", ""]).encode()


def check_secrets(settings: Mapping[str, str]) -> None:
    """Refuse settings that hold a secret: by name, in an environment, or in an address."""
    for key, value in settings.items():
        what = _secret_in(key, value, settings.get(_REDACTED, ""))
        if what is not None:
            raise UsageError(
                f"{what} looks like a secret, and everyone who may see the job can read its "
                "settings: keep it in a credential provider "
                "(hadoop.security.credential.provider.path) or in a file that only the job reads"
            )


def _secret_in(key: str, value: str, redacted: str) -> str | None:
    """What looks like a secret in a setting, by its name; never its value."""
    patterns = (pattern.strip() for pattern in redacted.split(","))
    for name in _environment_names(key, value):
        if _SECRET_NAME.search(name):
            return f"environment variable {name!r} in setting {key!r}"
    if is_sensitive(key) or any(p and fnmatchcase(key, p) for p in patterns if key != _REDACTED):
        return f"setting {key!r}"
    if _PASSWORD_IN_URI.search(value):
        return f"the password in the address in setting {key!r}"
    return None


def _environment_names(key: str, value: str) -> Iterator[str]:
    match = _ENVIRONMENTS.fullmatch(key)
    if match is None:
        return
    if match["name"]:
        yield match["name"]
    else:
        yield from re.findall(r"(?:^|[\s,])(\w+)=", value)


def settings_for_jobs(conf: HadoopConf) -> dict[str, str]:
    """What the site files of this machine say about jobs, without secrets.

    Hadoop's own client sends all of its settings; those of daemons and file systems are left to
    the site files of the nodes.
    """
    found = {
        key: conf.get(key) or ""
        for key in conf.keys()  # noqa: SIM118  it is no dict
        if key.startswith(_OF_JOBS) and not key.startswith(_OF_SERVERS)
    }
    redacted = found.get(_REDACTED, "")
    return {key: text for key, text in found.items() if not _secret_in(key, text, redacted)}
