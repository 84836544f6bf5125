"""`hadoopjobs config explain KEY`: where a Hadoop setting comes from."""

from __future__ import annotations

import os

import click

from hadoopjobs.core.errors import UsageError
from hadoopjobs.core.hadoop_conf import Setting, conf_folders, load_hadoop_conf
from hadoopjobs.core.hadoop_values import is_sensitive


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def config() -> None:
    """Show where the settings of the cluster come from."""


@config.command()
@click.argument("key")
@click.option("-D", "defines", multiple=True, metavar="KEY=VALUE", help="As the run would have it.")
@click.pass_context
def explain(context: click.Context, key: str, defines: tuple[str, ...]) -> None:
    """Name every place that sets KEY; `*` marks the one that counts, which comes first."""
    conf = load_hadoop_conf(os.environ, [("command line", dict(map(_pair, defines)))])
    found = conf.explain(key)
    if not found:
        click.echo(_not_set(key), err=True)
        context.exit(1)
    click.echo(f"{key} = {_shown(key, conf.get(key) or '')}")
    for setting in found:
        click.echo(_row(setting, key))


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UsageError(f"-D {text!r} sets nothing: write -D KEY=VALUE")
    return key, value


def _not_set(key: str) -> str:
    folders = conf_folders(os.environ)
    if not folders:
        return f"{key} is not set: there are no site files, set HADOOP_CONF_DIR"
    return f"{key} is not set in {' or '.join(folders)}; Hadoop's default counts"


def _row(setting: Setting, key: str) -> str:
    mark = "*" if setting.is_winner else " "
    notes = [text for text in (_old_name(setting, key), "final" * setting.is_final) if text]
    note = f"  ({', '.join(notes)})" if notes else ""
    return f" {mark} {setting.place}: {_shown(setting.key, setting.value)}{note}"


def _old_name(setting: Setting, key: str) -> str:
    return "" if setting.key == key else f"as {setting.key}"


def _shown(key: str, value: str) -> str:
    return "<redacted>" if is_sensitive(key) else value
