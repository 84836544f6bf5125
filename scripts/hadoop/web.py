"""The daemons' web interfaces, asked plainly or with Kerberos."""

from __future__ import annotations

import http.client
import json
import subprocess
import urllib.error
import urllib.request
from typing import Any

import kerberos
import layout
from settings import Settings

_TIMEOUT_SECONDS = 3
# The daemons are on this machine; a proxy for the world is not asked.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NoAnswer(Exception):
    """Nobody answered, or not with what was asked for."""


def url(settings: Settings, kind: str, path: str, node: int = layout.MASTER) -> str:
    return f"http://{layout.address(settings, f'{kind} web', node)}{path}"


def ask(settings: Settings, url: str, method: str = "GET") -> Any:
    """The JSON at `url`; None if the body is empty."""
    body = _negotiated(settings, url, method) if settings.secure else _plain(url, method)
    try:
        return json.loads(body) if body.strip() else None
    except ValueError:
        raise NoAnswer(f"{url} answers without JSON") from None


def attribute(
    settings: Settings, kind: str, bean: str, name: str, node: int = layout.MASTER
) -> Any:
    """One attribute of a bean that a daemon shows; None if it has no such bean yet."""
    found = ask(settings, url(settings, kind, f"/jmx?get={bean}::{name}", node))
    try:
        return found["beans"][0].get(name)
    except (LookupError, TypeError):
        return None


def _plain(url: str, method: str) -> bytes:
    try:
        request = urllib.request.Request(url, method=method)
        with _OPENER.open(request, timeout=_TIMEOUT_SECONDS) as response:
            return bytes(response.read())
    except urllib.error.HTTPError as error:
        raise NoAnswer(f"{url} answers {error.code}") from None
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(f"{url}: {error}") from None


def _negotiated(settings: Settings, url: str, method: str) -> bytes:
    """The standard library has no SPNEGO; Debian's curl does."""
    command = ["curl", "--silent", "--fail", "--negotiate", "--user", ":", "--noproxy", "*"]
    command += ["--max-time", str(_TIMEOUT_SECONDS), "--request", method, url]
    done = subprocess.run(
        command, env=kerberos.environment(settings), capture_output=True, check=False
    )
    if done.returncode:
        raise NoAnswer(f"{url}: curl ends with {done.returncode}")
    return done.stdout
