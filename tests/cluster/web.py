"""Asks the cluster's web interfaces without any code of ours, so that tests can check that code."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import requests

_TIMEOUT_SECONDS = 30


def ask(url: str, *, is_secure: bool = False) -> Any:
    """The JSON that a GET gives."""
    return json.loads(request("GET", url, {}, is_secure=is_secure))


def request(
    method: str,
    url: str,
    query: Mapping[str, str],
    content: bytes = b"",
    *,
    is_secure: bool = False,
) -> bytes:
    """The body of the answer, after redirects; with Kerberos by curl, which has SPNEGO."""
    if is_secure:
        return _negotiated(method, f"{url}?{urlencode(query)}", content)
    answer = requests.request(method, url, params=query, data=content, timeout=_TIMEOUT_SECONDS)
    answer.raise_for_status()
    return answer.content


def _negotiated(method: str, url: str, content: bytes) -> bytes:
    command = ["curl", "--silent", "--show-error", "--fail", "--location", "--negotiate"]
    command += ["--user", ":", "--max-time", str(_TIMEOUT_SECONDS), "--request", method, url]
    command += ["--data-binary", "@-"] if content else []
    command += ["--header", "Content-Type: application/octet-stream"] if content else []
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout
