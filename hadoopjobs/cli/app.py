"""`hadoopjobs app`: applications of a cluster."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from hadoopjobs.cli.app_attach import attach
from hadoopjobs.cli.app_logs import logs
from hadoopjobs.cli.app_top import top
from hadoopjobs.cli.cluster_call import HELP, cluster_client, defines_option, verbose_option
from hadoopjobs.cli.progress import counter_lines
from hadoopjobs.cli.tables import duration, show_facts, show_table, when
from hadoopjobs.core.errors import HadoopJobsError, NotFound

if TYPE_CHECKING:
    from hadoopjobs.yarn import YarnClient
    from hadoopjobs.yarn.mapreduce import JobReport
    from hadoopjobs.yarn.reports import ApplicationReport

ACTIVE = ("NEW", "NEW_SAVING", "SUBMITTED", "ACCEPTED", "RUNNING")
_STATES = (*ACTIVE, "FINISHED", "FAILED", "KILLED")
_COLUMNS = ("application", "state", "%", "user", "queue", "took", "name")


@click.group(context_settings=HELP)
def app() -> None:
    """List, watch and kill applications. APP is an id: application_… or job_…"""


app.add_command(attach)
app.add_command(logs)
app.add_command(top)


@app.command("list")
@click.option("-a", "--all", "is_all", is_flag=True, help="Those that have ended too.")
@click.option(
    "-s", "--state", "states", multiple=True, type=click.Choice(_STATES, case_sensitive=False),
    help="Only in this state; may be repeated.",
)  # fmt: skip
@click.option("-u", "--user", help="Only of this user.")
@click.option("-q", "--queue", help="Only in this queue.")
@click.option("-t", "--tag", "tags", multiple=True, help="Only with one of these tags.")
@click.option("--type", "types", multiple=True, help="Only of these types, as MAPREDUCE or SPARK.")
@click.option("-n", "--limit", type=click.IntRange(min=1), help="No more than this many.")
@defines_option
@verbose_option
def list_applications(
    is_all: bool,
    states: tuple[str, ...],
    user: str | None,
    queue: str | None,
    tags: tuple[str, ...],
    types: tuple[str, ...],
    limit: int | None,
    defines: tuple[str, ...],
) -> None:
    """Applications that have not ended, the newest first."""
    found = cluster_client(defines).resource_manager.applications(
        states=states or (() if is_all else ACTIVE),
        user=user,
        queue=queue,
        tags=tags,
        types=types,
        limit=limit,
    )
    show_table(_COLUMNS, [_row(report) for report in found])


def _row(report: ApplicationReport) -> tuple[object, ...]:
    return (
        report.id,
        report.final_status if report.has_ended else report.state,
        None if report.progress is None else round(report.progress),
        report.user,
        (report.queue or "").removeprefix("root."),
        duration(report.elapsed_ms),
        report.name,
    )


@app.command()
@click.argument("application", metavar="APP")
@defines_option
@verbose_option
@click.pass_context
def status(context: click.Context, application: str, defines: tuple[str, ...]) -> None:
    """What is known of one application; exits with 1 if it has failed."""
    client = cluster_client(defines)
    report = client.resource_manager.report(application)
    show_facts(_facts(report))
    if report.type == "MAPREDUCE":
        job = _job_report(client, report)
        if job is not None:
            show_facts(_job_facts(job))
    if report.diagnostics:
        click.echo(report.diagnostics.strip())
    if report.has_ended and not report.has_succeeded:
        context.exit(1)


def _job_report(client: YarnClient, report: ApplicationReport) -> JobReport | None:
    try:
        return client.ask_job(report.id, lambda service: service.job(report.id), history_seconds=2)
    except HadoopJobsError:
        return None


def _facts(report: ApplicationReport) -> list[tuple[str, object]]:
    return [
        ("id", report.id),
        ("name", report.name),
        ("type", report.type),
        ("user", report.user),
        ("queue", report.queue),
        ("priority", report.priority),
        ("tags", report.tags),
        ("state", report.state),
        ("result", report.final_status if report.has_ended else None),
        ("progress %", report.progress),
        ("started", when(report.started_ms)),
        ("ended", when(report.finished_ms)),
        ("took", duration(report.elapsed_ms)),
        ("containers", report.running_containers),
        ("memory MB", report.allocated_mb),
        ("memory MB seconds", report.memory_mb_seconds),
        ("core seconds", report.vcore_seconds),
        ("tracking", report.tracking_url),
    ]


def _job_facts(job: JobReport) -> list[tuple[str, object]]:
    failed = (job.failed_map_attempts or 0) + (job.failed_reduce_attempts or 0)
    return [
        ("maps", f"{job.maps_completed} of {job.maps}"),
        ("reduces", f"{job.reduces_completed} of {job.reduces}"),
        ("failed attempts", failed or None),
        ("uber", "yes" if job.is_uber else None),
    ]


@app.command()
@click.argument("applications", metavar="APP...", nargs=-1, required=True)
@defines_option
@verbose_option
def kill(applications: tuple[str, ...], defines: tuple[str, ...]) -> None:
    """End applications; one that has ended already is no error."""
    manager = cluster_client(defines).resource_manager
    for application in applications:
        report = manager.report(application)
        if report.has_ended:
            click.echo(f"{report.id} has ended already: {report.final_status}", err=True)
        else:
            manager.kill(report.id)
            click.echo(f"{report.id} is being killed", err=True)


@app.command()
@click.argument("application", metavar="APP")
@defines_option
@verbose_option
def counters(application: str, defines: tuple[str, ...]) -> None:
    """The counters of a MapReduce job."""
    found = cluster_client(defines).counters(application)
    if sys.stdout.isatty():
        for line in counter_lines(found):
            click.echo(line)
        return
    show_table(
        (),
        [(group, name, n) for group, names in sorted(found.items()) for name, n in names.items()],
    )


@app.command()
@click.argument("application", metavar="APP")
@click.argument("queue")
@defines_option
@verbose_option
def move(application: str, queue: str, defines: tuple[str, ...]) -> None:
    """Move a running application to another queue."""
    manager = cluster_client(defines).resource_manager
    _check_alive(manager.report(application))
    click.echo(f"{application} is in queue {manager.move(application, queue)}", err=True)


@app.command()
@click.argument("application", metavar="APP")
@click.argument("number", metavar="PRIORITY", type=click.IntRange(min=0))
@defines_option
@verbose_option
def priority(application: str, number: int, defines: tuple[str, ...]) -> None:
    """Set the priority of a running application; more is earlier."""
    manager = cluster_client(defines).resource_manager
    _check_alive(manager.report(application))
    set_to = manager.set_priority(application, number)
    most = "" if set_to == number else ", which is the most that the cluster allows"
    click.echo(f"{application} has priority {set_to}{most}", err=True)


def _check_alive(report: ApplicationReport) -> None:
    if report.has_ended:
        raise NotFound(f"{report.id} has ended: {report.final_status}")
