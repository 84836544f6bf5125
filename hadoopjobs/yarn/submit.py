"""Submit a MapReduce job: its files to the staging folder, its master to YARN.

Source: Hadoop's JobSubmitter, JobResourceUploader and YARNRunner.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from hadoopjobs.core.errors import (
    ConfigError,
    HadoopJobsError,
    NotFound,
    ServiceUnreachable,
    SubmissionError,
)
from hadoopjobs.yarn.class_path import mapreduce_class_path
from hadoopjobs.yarn.client import YarnClient
from hadoopjobs.yarn.effective import Effective, effective_settings
from hadoopjobs.yarn.ids import job_id
from hadoopjobs.yarn.java_text import first_message
from hadoopjobs.yarn.job_spec import (
    CacheFile,
    JobSpec,
    StagingStore,
    StoredFile,
    SubmittedJob,
    encoded_uri,
)
from hadoopjobs.yarn.job_split import split_files
from hadoopjobs.yarn.job_xml import check_secrets, job_xml, settings_for_jobs
from hadoopjobs.yarn.preflight import check_memory, check_queue, check_spec
from hadoopjobs.yarn.submission_body import Credentials, LocalResource, submission_body
from hadoopjobs.yarn.tokens import encode_token, hdfs_token, renewer_of

_SHUFFLE_SECRET = "MapReduceShuffleToken"
_SHUFFLE_SECRET_BYTES = 20
_ACCEPT_SECONDS = 60.0
_PAUSE_SECONDS = 0.1
_NOT_YET_ACCEPTED = ("NEW", "NEW_SAVING", "SUBMITTED")
# The master's pages are for the proxy only, which has asked already who it is.
_PROXY_FILTER = "org.apache.hadoop.yarn.server.webproxy.amfilter.AmFilterInitializer"
_FRAMEWORK = "mapreduce.application.framework.path"


@dataclass(frozen=True)
class _Staged:
    """A cache file where the nodes get it from."""

    file: CacheFile
    stored: StoredFile

    @property
    def resource(self) -> LocalResource:
        visibility = "PUBLIC" if self.file.is_public else "PRIVATE"
        return LocalResource(self.file.name, self.stored, self.file.is_archive, visibility)


def submit_job(client: YarnClient, store: StagingStore, spec: JobSpec) -> SubmittedJob:
    """Submit a job; returns when YARN has accepted it.

    Whatever goes wrong before, Ctrl-C included, nothing is left in the staging folder.

    Raises `UsageError` for a queue that does not exist or more memory than there is,
    `SubmissionError` when YARN refuses, `ServiceUnreachable`.
    """
    check_spec(spec)
    settings = own_settings(spec)
    check_secrets(settings)
    new = client.resource_manager.new_application()
    effective = effective_settings(client, settings)
    queue = effective.require("mapreduce.job.queuename")
    found = check_queue(client.resource_manager.scheduler(), queue)
    check_memory(spec, effective, new, found)
    staging = staging_folder(client, effective, new.id)
    with _removed_on_failure(store, staging):
        store.make_dirs(os.path.dirname(staging), 0o700)
        store.make_dirs(staging, 0o700)
        body = _stage(client, store, spec, effective, new.id, staging)
        with _killed_on_interrupt(client, new.id):
            _post(client, new.id, body)
            url = _wait_until_accepted(client, new.id)
    return SubmittedJob(new.id, staging, url)


def own_settings(spec: JobSpec) -> dict[str, str]:
    """The job's settings, those among them that `spec` has fields for."""
    settings = dict(spec.settings)
    if spec.queue is not None:
        settings["mapreduce.job.queuename"] = spec.queue
    if spec.am_memory_mb is not None:
        settings["yarn.app.mapreduce.am.resource.mb"] = str(spec.am_memory_mb)
    if spec.is_uber:
        settings["mapreduce.job.ubertask.enable"] = "true"
    if spec.tags:
        settings["mapreduce.job.tags"] = ",".join(spec.tags)
    return settings


def staging_folder(client: YarnClient, effective: Effective, app: str) -> str:
    """The folder where the master looks for the files of its job."""
    user = client.session.user
    if not user:
        raise ConfigError("the ResourceManager does not say who we are: see klist")
    root = effective.require("yarn.app.mapreduce.am.staging-dir").rstrip("/")
    if "://" not in root:
        root = _default_filesystem(effective) + root
    return f"{root}/{user}/.staging/{job_id(app)}"


def _default_filesystem(effective: Effective) -> str:
    found = effective.get("fs.defaultFS")
    if not found or found.startswith("file:"):
        raise ConfigError(
            "fs.defaultFS names no storage that the cluster's nodes share: set HADOOP_CONF_DIR to "
            "the folder with the cluster's core-site.xml"
        )
    return found.rstrip("/")


@contextmanager
def _removed_on_failure(store: StagingStore, staging: str) -> Iterator[None]:
    try:
        yield
    except BaseException as failure:
        try:
            store.delete(staging)
        except HadoopJobsError as error:
            failure.add_note(f"{staging} is still there: {error}")
        raise


@contextmanager
def _killed_on_interrupt(client: YarnClient, app: str) -> Iterator[None]:
    """Nobody has heard of the application yet, so nobody else could kill it."""
    try:
        yield
    except KeyboardInterrupt:
        with suppress(HadoopJobsError):
            client.resource_manager.kill(app)
        raise


def _stage(
    client: YarnClient,
    store: StagingStore,
    spec: JobSpec,
    effective: Effective,
    app: str,
    staging: str,
) -> dict[str, object]:
    """Write the job's files; what to post then."""
    cache = _stage_cache(store, [*spec.cache, *_framework(effective)], staging)
    jar = _stage_jar(store, spec.job_jar, staging)
    split, meta = split_files(spec.splits)
    settings = complete_settings(client, spec, effective)
    settings |= _staged_settings(staging, str(client.session.user), cache, jar)
    resources = _write_files(
        store,
        staging,
        {
            "jobSubmitDir/job.split": split,
            "jobSubmitDir/job.splitmetainfo": meta,
            "job.xml": job_xml(settings),
        },
    )
    if jar is not None:
        resources.append(LocalResource("job.jar", jar))
    return submission_body(
        app,
        spec.name,
        effective,
        [*resources, *(it.resource for it in cache)],
        _credentials(client, store, effective),
        queue=effective.require("mapreduce.job.queuename"),
        priority=spec.priority,
        tags=spec.tags,
    )


def _write_files(
    store: StagingStore, staging: str, files: Mapping[str, bytes]
) -> list[LocalResource]:
    """All at once: the end of a new file of HDFS takes half a second to be confirmed."""
    with ThreadPoolExecutor(len(files)) as pool:
        uris = [f"{staging}/{name.rpartition('/')[2]}" for name in files]
        stored = pool.map(store.write, uris, files.values())
        return [LocalResource(*pair) for pair in zip(files, stored, strict=True)]


def _framework(effective: Effective) -> list[CacheFile]:
    """Where a cluster keeps MapReduce itself in its storage, each job brings it along."""
    uri, _, name = (effective.get(_FRAMEWORK) or "").partition("#")
    if not uri:
        return []
    uri = uri if "://" in uri else _default_filesystem(effective) + uri
    return [CacheFile(uri, name or uri.rpartition("/")[2], is_archive=True, is_public=True)]


def _stage_cache(store: StagingStore, files: Sequence[CacheFile], staging: str) -> list[_Staged]:
    """Local files are numbered in the staging folder, since their names may be odd."""
    staged = []
    for number, file in enumerate(files):
        if isinstance(file.source, Path):
            stored = store.write(f"{staging}/files/{number}{file.suffix}", file.source)
        else:
            stored = store.status(file.source)
        staged.append(_Staged(file, stored))
    return staged


def _stage_jar(store: StagingStore, jar: Path | str | None, staging: str) -> StoredFile | None:
    if jar is None:
        return None
    return store.status(jar) if isinstance(jar, str) else store.write(f"{staging}/job.jar", jar)


def complete_settings(client: YarnClient, spec: JobSpec, effective: Effective) -> dict[str, str]:
    """What the site files say of jobs, what the job says, what must be so; without its files."""
    user = str(client.session.user)
    filesystem = _default_filesystem(effective)
    return {
        "mapreduce.fileoutputcommitter.algorithm.version": "1",
        "mapreduce.job.split.metainfo.maxsize": "-1",
        "mapreduce.job.working.dir": f"{filesystem}/user/{user}",
        **settings_for_jobs(client.conf),
        **effective.job,
        "mapreduce.framework.name": "yarn",
        "hadoop.http.filter.initializers": _PROXY_FILTER,
        "fs.defaultFS": filesystem,
        "mapreduce.job.user.name": user,
        "mapreduce.job.name": spec.name,
        "mapreduce.job.maps": str(len(spec.splits)),
        "mapreduce.job.reduces": str(spec.reduces),
        "mapreduce.job.submithostname": socket.gethostname(),
        "mapreduce.application.classpath": mapreduce_class_path(effective),
    }


def _staged_settings(
    staging: str, user: str, cache: Sequence[_Staged], jar: StoredFile | None
) -> dict[str, str]:
    """Where the files of the job are."""
    settings = {
        "mapreduce.job.dir": staging,
        "yarn.app.mapreduce.am.staging-dir": staging.rsplit(f"/{user}/.staging/", 1)[0],
        **_cache_settings("files", [it for it in cache if not it.file.is_archive]),
        **_cache_settings("archives", [it for it in cache if it.file.is_archive]),
    }
    if jar is not None:
        settings["mapreduce.job.jar"] = jar.uri
    return settings


def _cache_settings(kind: str, cache: Sequence[_Staged]) -> dict[str, str]:
    if not cache:
        return {}
    key = f"mapreduce.job.cache.{kind}"
    return {
        key: ",".join(_uri(it) for it in cache),
        f"{key}.filesizes": ",".join(str(it.stored.length) for it in cache),
        f"{key}.timestamps": ",".join(str(it.stored.modified_ms) for it in cache),
        f"{key}.visibilities": ",".join(str(it.file.is_public).lower() for it in cache),
    }


def _uri(staged: _Staged) -> str:
    """With the name in a task as its fragment; both as URIs spell them, commas too."""
    return f"{encoded_uri(staged.stored.uri)}#{quote(staged.file.name, safe='/')}"


def _credentials(client: YarnClient, store: StagingStore, effective: Effective) -> Credentials:
    """The secret of the shuffle, and with Kerberos what the application needs to reach HDFS."""
    secrets = {_SHUFFLE_SECRET: os.urandom(_SHUFFLE_SECRET_BYTES)}
    if (client.conf.get("hadoop.security.authentication") or "").strip().lower() != "kerberos":
        return Credentials({}, secrets)
    url = client.resource_manager.active.url
    renewer = renewer_of(client.conf, effective.servers, url)
    tokens: dict[str, str] = {}
    for uri, encoded in store.delegation_tokens(renewer).items():
        token = hdfs_token(encoded, uri, client.conf)
        tokens[token.service] = encode_token(token)
    return Credentials(tokens, secrets)


def _post(client: YarnClient, app: str, body: Mapping[str, object]) -> None:
    """An answer that got lost is no failure if YARN has the application."""
    try:
        client.resource_manager.submit(body)
    except ServiceUnreachable:
        if not client.is_running(app):
            raise


def _wait_until_accepted(client: YarnClient, app: str) -> str | None:
    """The tracking URL. Raises `SubmissionError` when YARN looked at it and refused."""
    end = time.monotonic() + _ACCEPT_SECONDS
    while True:
        try:
            report = client.resource_manager.report(app)
        except NotFound as error:  # it was lost with a ResourceManager that had not saved it
            raise SubmissionError(
                f"YARN has lost {app} while accepting it: submit again"
            ) from error
        if report.state not in _NOT_YET_ACCEPTED or time.monotonic() >= end:
            break
        time.sleep(_PAUSE_SECONDS)
    if report.state in ("FAILED", "KILLED") and report.am_host is None:
        why = first_message(report.diagnostics or "") or report.state
        raise SubmissionError(f"YARN refused {app}: {why}")
    return report.tracking_url
