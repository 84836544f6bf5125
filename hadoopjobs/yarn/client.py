"""A cluster's YARN: the ResourceManager, the history server, and which of them knows a job."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TypeVar
from urllib.parse import urlsplit

from hadoopjobs.core.errors import ConfigError, NotFound, ServiceError
from hadoopjobs.core.hadoop_conf import HadoopConf
from hadoopjobs.core.hadoop_http import HadoopSession, hadoop_session
from hadoopjobs.yarn.active import FIRST_SECONDS, PATIENCE_SECONDS, ActiveResourceManager
from hadoopjobs.yarn.addresses import history_server_url, resource_manager_urls
from hadoopjobs.yarn.ids import application_id
from hadoopjobs.yarn.mapreduce import (
    JobCounters,
    JobReport,
    MapReduceService,
    history_server,
    mapreduce_master,
)
from hadoopjobs.yarn.resource_manager import ResourceManager

HISTORY_SECONDS = 30.0
_PAUSE_SECONDS = 0.5
Answer = TypeVar("Answer")


class YarnClient:
    """Everything that is asked of one cluster, with one session."""

    def __init__(
        self,
        conf: HadoopConf,
        session: HadoopSession,
        *,
        first_seconds: float = FIRST_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.conf = conf
        self.session = session
        active = ActiveResourceManager(
            session,
            resource_manager_urls(conf),
            first_seconds=first_seconds,
            patience_seconds=patience_seconds,
        )
        self.resource_manager = ResourceManager(active)

    @cached_property
    def history_url(self) -> str:
        """The address of the JobHistoryServer: of the site files, else the ResourceManager's."""
        url = history_server_url(self.conf) or self._history_url_of_servers()
        if url is None:
            raise ConfigError(
                "no JobHistoryServer is configured: set mapreduce.jobhistory.webapp.address in "
                "mapred-site.xml, or give it with -D"
            )
        return url

    def _history_url_of_servers(self) -> str | None:
        log_server = self.resource_manager.server_settings().get("yarn.log.server.url") or ""
        parts = urlsplit(log_server)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None

    @cached_property
    def history(self) -> MapReduceService:
        return history_server(self.session, self.history_url)

    def master(self, app: str) -> MapReduceService:
        """The master of a running job, behind the proxy that is part of the ResourceManager.

        Its tracking URL is used only where the proxy stands apart: the host in it may have a name
        that only the cluster knows.
        """
        proxy = self.resource_manager.active.url
        if self.conf.get("yarn.web-proxy.address"):
            proxy = self.resource_manager.report(app).tracking_url or proxy
        return mapreduce_master(self.session, proxy, app)

    def ask_job(
        self,
        app: str,
        question: Callable[[MapReduceService], Answer],
        *,
        history_seconds: float = HISTORY_SECONDS,
    ) -> Answer:
        """What the job's master answers, or the history server when the job has ended.

        A job that has just ended is in neither for some seconds; it is waited for
        `history_seconds` long. Raises `NotFound` for a job that nobody knows.
        """
        app = application_id(app)
        if self.is_running(app):
            try:
                return question(self.master(app))
            except ServiceError:
                if self.is_running(app):
                    raise
        return self._ask_history(app, question, history_seconds)

    def is_running(self, app: str) -> bool:
        """Whether the ResourceManager knows an application that has not ended."""
        try:
            return not self.resource_manager.report(app).has_ended
        except NotFound:
            return False

    def _ask_history(
        self, app: str, question: Callable[[MapReduceService], Answer], seconds: float
    ) -> Answer:
        end = time.monotonic() + seconds
        while True:
            try:
                return question(self.history)
            except NotFound as error:
                if time.monotonic() >= end:
                    raise NotFound(
                        f"the history server at {self.history_url} knows no job of {app}: it "
                        "never began, is no MapReduce job, or is too old",
                        url=error.url,
                        status=error.status,
                    ) from error
            time.sleep(_PAUSE_SECONDS)

    def job_report(self, app: str) -> JobReport:
        """See `ask_job`."""
        return self.ask_job(app, lambda service: service.job(app))

    def counters(self, app: str) -> JobCounters:
        """See `ask_job`."""
        return self.ask_job(app, lambda service: service.counters(app))


def yarn_client(conf: HadoopConf, environ: Mapping[str, str]) -> YarnClient:
    """The client for the cluster that `conf` names."""
    return YarnClient(conf, hadoop_session(conf, environ))
