"""The Kerberos of a secure cluster."""

from __future__ import annotations

from settings import Settings


def environment(settings: Settings) -> dict[str, str]:
    return {}
