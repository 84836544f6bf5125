"""What commands that talk to a cluster have in common: `-D`, and the client."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from hadoopjobs.core.errors import UsageError

if TYPE_CHECKING:
    from hadoopjobs.core.hadoop_conf import Override
    from hadoopjobs.yarn import YarnClient

HELP = {"help_option_names": ["-h", "--help"]}

defines_option = click.option(
    "-D", "defines", multiple=True, metavar="KEY=VALUE", help="A setting, as in the site files."
)
verbose_option = click.option(
    "-v", "--verbose", is_flag=True, expose_value=False, help="Show our traceback with an error."
)


def defined(defines: tuple[str, ...]) -> list[Override]:
    """What `-D` says, as settings above those of the site files."""
    return [("command line", dict(map(_pair, defines)))]


def cluster_client(defines: tuple[str, ...]) -> YarnClient:
    """The client for the cluster of HADOOP_CONF_DIR and `-D`."""
    from hadoopjobs.core.hadoop_conf import load_hadoop_conf
    from hadoopjobs.yarn import yarn_client

    conf = load_hadoop_conf(os.environ, defined(defines))
    return yarn_client(conf, os.environ)


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UsageError(f"-D {text!r} sets nothing: write -D KEY=VALUE")
    return key, value
