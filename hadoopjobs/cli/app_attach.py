"""`hadoopjobs app attach`: come back to a run that was left with --detach."""

from __future__ import annotations

from contextlib import ExitStack

import click

from hadoopjobs.cli.cluster_call import verbose_option
from hadoopjobs.cli.job_command import save_json


@click.command()
@click.argument("application", metavar="APP")
@click.option("--metrics", metavar="FILE", help="Write the run's numbers as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Say only warnings and errors.")
@verbose_option
def attach(application: str, metrics: str | None, quiet: bool) -> None:
    """Go on with a run that was left: wait for its application, do what comes after it.

    Results come as they would have come without --detach. Ctrl-C leaves the run again.
    """
    from hadoopjobs.cli.progress import listener_for, say_summary
    from hadoopjobs.session import attach_run

    listener = listener_for(quiet)
    with ExitStack() as cleanup:
        cleanup.callback(listener.close)
        result = attach_run(application, listener=listener)
    if metrics:
        save_json(metrics, result.to_json())
    if not quiet:
        say_summary(result)
