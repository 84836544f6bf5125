"""The checks in their order; what cannot be looked at because of an earlier problem is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hadoopjobs.core.errors import HadoopJobsError
from hadoopjobs.core.hadoop_conf import HadoopConf, Override, load_hadoop_conf
from hadoopjobs.core.hadoop_http import HadoopSession, hadoop_session
from hadoopjobs.runtime.environment import environment_cache
from hadoopjobs.session.doctor.finding import Findings, Level, looked_at, problem
from hadoopjobs.session.doctor.machine import check_configuration, check_machine
from hadoopjobs.session.doctor.on_node import check_a_node
from hadoopjobs.session.doctor.scheduling import (
    check_containers,
    check_history,
    check_nodes,
    check_the_queue,
    queue_of,
)
from hadoopjobs.session.doctor.services import (
    Reached,
    check_clocks,
    check_names,
    reach,
    services_of,
)
from hadoopjobs.session.doctor.storage import (
    Folders,
    check_folders,
    check_namenode,
    check_space,
    home_of,
)
from hadoopjobs.storage import use_hadoop_conf
from hadoopjobs.yarn import YarnClient
from hadoopjobs.yarn.effective import Effective, effective_settings
from hadoopjobs.yarn.submit import staging_folder

_PATIENCE_SECONDS = 5.0
_A_JOB = "application_0_0001"


def diagnose(
    environ: Mapping[str, str], overrides: Sequence[Override] = (), python: str | None = None
) -> Findings:
    """Findings as they are made, which takes some seconds.

    `overrides` are settings above those of the site files, `python` is the wanted interpreter.
    """
    yield from check_machine(environment_cache(environ))
    try:
        conf = load_hadoop_conf(environ, overrides)
        services = services_of(conf)
        session = hadoop_session(conf, environ)
    except HadoopJobsError as error:
        what, _, advice = str(error).rpartition(": ")
        yield problem("configuration", what, advice)
        return
    use_hadoop_conf(conf)
    yield from check_configuration(conf, environ)
    if not services:
        return
    yield from check_names(services)
    reached = reach(services)
    yield from reached.findings
    with session:
        yield from _services(conf, session, reached, python)


def _services(
    conf: HadoopConf, session: HadoopSession, reached: Reached, python: str | None
) -> Findings:
    is_kerberos = (conf.get("hadoop.security.authentication") or "").strip() == "kerberos"
    yield from check_clocks(session, reached.services, is_kerberos=is_kerberos)
    urls = [it.url for it in reached.services if it.name == "NameNode (web)" and it.url]
    if urls:
        yield from looked_at(
            "HDFS", lambda: check_namenode(session, urls), "see the NameNode's log"
        )
    client, effective = None, None
    if reached.has("ResourceManager"):
        client = YarnClient(
            conf, session, first_seconds=_PATIENCE_SECONDS, patience_seconds=_PATIENCE_SECONDS
        )
        try:
            effective = effective_settings(client, {})
        except HadoopJobsError as error:
            yield problem("YARN", str(error), "see the ResourceManager's log")
    if reached.has("NameNode"):
        yield from _storage(conf, session, client, effective)
    if client is not None and effective is not None:
        yield from _yarn(client, effective, reached, python)


def _storage(
    conf: HadoopConf,
    session: HadoopSession,
    client: YarnClient | None,
    effective: Effective | None,
) -> Findings:
    user = session.user or conf.user
    home = home_of(conf, user)
    staging = f"{home}/.staging"
    if client is not None and effective is not None:
        staging = staging_folder(client, effective, _A_JOB).rpartition("/")[0]
    folders = Folders(home, staging)
    advice = "see the NameNode's log"
    yield from looked_at("folders", lambda: check_folders(folders, user), advice)
    yield from looked_at("space", lambda: check_space(folders), advice)


def _yarn(
    client: YarnClient, effective: Effective, reached: Reached, python: str | None
) -> Findings:
    advice = "see the ResourceManager's log"
    yield from looked_at("nodes", lambda: check_nodes(client), advice)
    queue = queue_of(effective)
    of_queue = list(looked_at("queue", lambda: check_the_queue(client, queue), advice))
    yield from of_queue
    yield from looked_at("containers", lambda: check_containers(client, effective), advice)
    if all(finding.level is not Level.PROBLEM for finding in of_queue):
        yield from looked_at(
            "a node",
            lambda: check_a_node(client, effective, python, queue),
            "see hadoopjobs app list --all and the logs of the NodeManager",
        )
    yield from looked_at(
        "history",
        lambda: check_history(client, effective),
        "start the JobHistoryServer: mapred --daemon start historyserver",
    )
