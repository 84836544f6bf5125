"""Submit a MapReduce job by the `hadoop` program, for gateways that let nothing else submit.

Hadoop's own client makes the splits, by the job's input format, stages the files and gets the
tokens. Source: Hadoop's JobClient, option -submit, and JobResourceUploader.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from hadoopjobs.core.errors import SubmissionError, UsageError
from hadoopjobs.yarn.client import YarnClient
from hadoopjobs.yarn.effective import effective_settings
from hadoopjobs.yarn.ids import application_id
from hadoopjobs.yarn.job_spec import CacheFile, JobSpec, SubmittedJob, encoded_uri
from hadoopjobs.yarn.job_xml import check_secrets, job_xml
from hadoopjobs.yarn.preflight import check_queue
from hadoopjobs.yarn.submit import complete_settings, own_settings, staging_folder

_CLIENT = "org.apache.hadoop.mapred.JobClient"
_CREATED = re.compile(r"Created job (job_\d+_\d+)")
_EXCEPTION = re.compile(r"(?:Exception in thread \S+ )?(?:[a-z]\w*\.)+[A-Z]\w*: ?(?P<message>.*)")
_LINES_SHOWN = 8


def submit_by_program(client: YarnClient, program: str, spec: JobSpec) -> SubmittedJob:
    """Submit a job with `program`, Hadoop's command line; returns when YARN has accepted it.

    The job's `splits` are of no account: its input format makes them. Raises `UsageError` for a
    queue that does not exist or a program that is none, `SubmissionError` when it fails.
    """
    settings = own_settings(spec)
    check_secrets(settings)
    effective = effective_settings(client, settings)
    queue = effective.require("mapreduce.job.queuename")
    check_queue(client.resource_manager.scheduler(), queue)
    settings = complete_settings(client, spec, effective) | _cache_settings(spec.cache)
    if spec.job_jar is not None:
        settings["mapreduce.job.jar"] = _uri(spec.job_jar)
    with tempfile.TemporaryDirectory(prefix="hadoopjobs-") as folder:
        job_file, jar = Path(folder, "job.xml"), Path(folder, "none.jar")
        job_file.touch(0o600)
        job_file.write_bytes(job_xml(settings))
        _write_empty_jar(jar)
        told = _run([program, "jar", str(jar), _CLIENT, "-submit", str(job_file)], client)
    match = _CREATED.search(told)
    if match is None:
        raise SubmissionError(f"{program} has created no job{told and ': ' + told[-500:]}")
    app = application_id(match[1])
    url = client.resource_manager.report(app).tracking_url
    return SubmittedJob(app, staging_folder(client, effective, app), url)


def _write_empty_jar(path: Path) -> None:
    """`hadoop jar` wants one; the class that it is told to run comes from Hadoop itself."""
    with zipfile.ZipFile(path, "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n\r\n")


def _run(command: list[str], client: YarnClient) -> str:
    environment = dict(os.environ)
    if client.conf.get("hadoop.security.authentication") != "kerberos" and client.session.user:
        environment.setdefault("HADOOP_USER_NAME", client.session.user)
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="backslashreplace",
            env=environment,
            check=False,
        )
    except OSError as error:
        raise UsageError(f"cannot run {command[0]}: {error.strerror or error}") from error
    if done.returncode:
        why = _reason(done.stderr) or f"it says nothing (status {done.returncode})"
        raise SubmissionError(f"{command[0]} could not submit the job: {why}")
    return done.stdout + done.stderr


def _reason(stderr: str) -> str:
    """What Java's exceptions say, or else the last lines."""
    lines = [line.strip() for line in stderr.splitlines()]
    said = [match["message"] for line in lines if (match := _EXCEPTION.fullmatch(line))]
    return next((text for text in said if text), "\n".join(lines[-_LINES_SHOWN:]))


def _cache_settings(cache: Iterable[CacheFile]) -> dict[str, str]:
    """As options -files and -archives leave them for the client, which copies local ones."""
    found: dict[str, list[str]] = {"tmpfiles": [], "tmparchives": []}
    for file in cache:
        kind = "tmparchives" if file.is_archive else "tmpfiles"
        found[kind].append(f"{_uri(file.source)}#{quote(file.name, safe='/')}")
    return {key: ",".join(uris) for key, uris in found.items() if uris}


def _uri(source: Path | str) -> str:
    return encoded_uri(source if isinstance(source, str) else f"file://{source.absolute()}")
