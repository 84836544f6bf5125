"""What `--secure` adds to the site files."""

from __future__ import annotations

from settings import Settings
from site_files import Site


def core(settings: Settings) -> Site:
    return {}


def node_core(settings: Settings) -> Site:
    return {}


def hdfs(settings: Settings) -> Site:
    return {}


def node_hdfs(settings: Settings) -> Site:
    return {}


def yarn(settings: Settings) -> Site:
    return {}


def node_yarn(settings: Settings) -> Site:
    return {}


def mapred(settings: Settings) -> Site:
    return {}


def node_mapred(settings: Settings) -> Site:
    return {}
