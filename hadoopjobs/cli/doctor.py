"""`hadoopjobs doctor`: what would keep a job from running on the cluster."""

from __future__ import annotations

import os

import click

from hadoopjobs.cli.cluster_call import HELP, defined, defines_option, verbose_option

_COLOURS = {"ok": "green", "warning": "yellow", "problem": "red"}


@click.command(context_settings=HELP)
@click.option("--python", metavar="PATH", help="Python on the nodes, as for `run`.")
@defines_option
@verbose_option
@click.pass_context
def doctor(context: click.Context, python: str | None, defines: tuple[str, ...]) -> None:
    """Look at the cluster of HADOOP_CONF_DIR as a job would; exits with 1 if there is a problem.

    A small container runs on one node, whose application ends as failed by design.
    """
    from hadoopjobs.session.doctor import Level, diagnose

    counts = dict.fromkeys(Level, 0)
    for finding in diagnose(os.environ, defined(defines), python):
        counts[finding.level] += 1
        mark = click.style(f"{finding.level.value:<7}", fg=_COLOURS[finding.level.value])
        click.echo(f"{mark}  {finding.subject}: {finding.text}")
        if finding.advice:
            click.echo(f"         → {finding.advice}")
    problems, warnings = counts[Level.PROBLEM], counts[Level.WARNING]
    if problems or warnings:
        click.echo(f"problems: {problems}, warnings: {warnings}", err=True)
    context.exit(1 if problems else 0)
