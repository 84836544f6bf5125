"""Requests to whichever ResourceManager is active, through failovers and restarts.

Source: Hadoop, "ResourceManager High Availability"; RMWebAppFilter for what a standby answers.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from hadoopjobs.core.errors import ServiceError, ServiceUnreachable
from hadoopjobs.core.hadoop_http import HadoopSession, one_line

FIRST_SECONDS = 5.0
PATIENCE_SECONDS = 120.0
_STANDBY = ("This is standby RM", "Can not find any active RM", "There is no active RM")
_PAUSE_SECONDS = 0.5


class ActiveResourceManager:
    """The address of the active ResourceManager, found again whenever it moves.

    Requests are repeated while nobody answers: `first_seconds` long as long as nobody ever did,
    `patience_seconds` later, when one that was there is being restarted. So send only what may
    arrive twice.
    """

    def __init__(
        self,
        session: HadoopSession,
        urls: list[str],
        *,
        first_seconds: float = FIRST_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.session = session
        self.first_seconds = first_seconds
        self.patience_seconds = patience_seconds
        self._urls = list(urls)
        self._has_answered = False

    @property
    def url(self) -> str:
        """The base address of the one that answered last."""
        return self._urls[0]

    def json(
        self,
        method: str,
        path: str,
        body: object = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The JSON that the active one answers. Raises `ServiceError`."""
        more: dict[str, Any] = {"params": params, "allow_redirects": False}
        end = time.monotonic() + self._patience()
        while True:
            failure: ServiceError | None = None
            for url in list(self._urls):
                try:
                    answer = self.session.answer(method, url + path, body, headers, **more)
                    self._check_active(answer, path)
                    self._prefer(url)
                    return self.session.decoded(answer)
                except ServiceError as error:
                    if not _is_elsewhere(error):
                        self._prefer(url)
                        raise
                    failure = error
            if failure is not None and time.monotonic() >= end:
                raise self._unreachable(failure)
            time.sleep(_PAUSE_SECONDS * random.uniform(0.5, 1.5))

    def _patience(self) -> float:
        return self.patience_seconds if self._has_answered else self.first_seconds

    def _prefer(self, url: str) -> None:
        self._has_answered = True
        self._urls.remove(url)
        self._urls.insert(0, url)

    def _check_active(self, answer: requests.Response, path: str) -> None:
        """Raises `ServiceUnreachable` for a standby; takes note of where it points to."""
        if answer.is_redirect:
            target = urlsplit(answer.headers["Location"])
            base = f"{target.scheme}://{target.netloc}"
            if target.path.rstrip("/") != path.rstrip("/"):
                raise ServiceError(
                    f"{answer.url} leads to {base}{target.path}, which is no ResourceManager",
                    url=answer.url,
                    status=answer.status_code,
                )
            if target.netloc and base not in self._urls:
                self._urls.insert(1, base)
            raise _standby(answer.url)
        if answer.content[:200].lstrip().startswith(tuple(text.encode() for text in _STANDBY)):
            raise _standby(answer.url)

    def _unreachable(self, failure: ServiceError) -> ServiceUnreachable:
        where = " and ".join(self._urls)
        tried = f"tried for {self._patience():.0f} s"
        return ServiceUnreachable(
            f"no active ResourceManager at {where}, {tried}: {one_line(str(failure))}; "
            "see yarn.resourcemanager.webapp.address in yarn-site.xml",
            url=self.url,
        )


def _standby(url: str) -> ServiceUnreachable:
    return ServiceUnreachable("it is on standby", url=url)


def _is_elsewhere(error: ServiceError) -> bool:
    """Whether another one, or the same one later, may answer better."""
    is_starting = error.status in (502, 503) or error.java_class == "StandbyException"
    return isinstance(error, ServiceUnreachable) or is_starting
