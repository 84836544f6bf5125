"""The folders that a new HDFS needs, made over WebHDFS."""

from __future__ import annotations

import getpass
from urllib.parse import quote

import web
from settings import Settings


def _folders() -> dict[str, str]:
    """Each folder's permissions."""
    return {
        "/tmp": "1777",
        "/tmp/logs": "1777",
        "/user": "777",  # the home of whoever comes; a real cluster's administrator makes them
        f"/user/{getpass.getuser()}": "755",
        "/mr-history": "755",
        "/mr-history/tmp": "1777",
        "/mr-history/done": "770",
    }


def make(settings: Settings) -> None:
    """Make those that are missing and set the permissions of all."""
    for path, permission in _folders().items():
        for operation in ("MKDIRS", "SETPERMISSION"):
            query = f"op={operation}&permission={permission}&user.name={quote(getpass.getuser())}"
            address = web.url(settings, "namenode", f"/webhdfs/v1{quote(path)}?{query}")
            web.ask(settings, address, "PUT")
