"""`hadoopjobs app top`: the cluster and what runs on it, again and again."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from hadoopjobs.cli.cluster_call import cluster_client, defines_option, verbose_option
from hadoopjobs.cli.tables import drawn, duration, show_table

if TYPE_CHECKING:
    from hadoopjobs.yarn.reports import ApplicationReport, ClusterMetrics
    from hadoopjobs.yarn.resource_manager import ResourceManager

_COLUMNS = ("application", "MB", "cores", "tasks", "%", "user", "queue", "took", "name")


@click.command()
@click.option("-d", "--delay", type=click.FloatRange(min=0.5), default=2.0, help="Seconds between.")
@defines_option
@verbose_option
def top(delay: float, defines: tuple[str, ...]) -> None:
    """What runs now, those with the most memory first; once if this is no terminal."""
    manager = cluster_client(defines).resource_manager
    if not sys.stdout.isatty():
        show_table(_COLUMNS, _rows(manager))
        return
    from rich.live import Live

    try:
        with Live(auto_refresh=False, screen=True) as live:
            while True:
                title = _title(manager.metrics())
                live.update(drawn(_COLUMNS, _rows(manager), title), refresh=True)
                time.sleep(delay)
    except KeyboardInterrupt:
        return


def _rows(manager: ResourceManager) -> list[tuple[object, ...]]:
    reports = manager.applications(states=("ACCEPTED", "RUNNING"))
    reports.sort(key=lambda report: -(report.allocated_mb or 0))
    return [_row(report) for report in reports]


def _row(report: ApplicationReport) -> tuple[object, ...]:
    return (
        report.id,
        report.allocated_mb,
        report.allocated_vcores,
        report.running_containers,
        None if report.progress is None else round(report.progress),
        report.user,
        (report.queue or "").removeprefix("root."),
        duration(report.elapsed_ms),
        report.name,
    )


def _title(metrics: ClusterMetrics) -> str:
    return (
        f"{metrics.active_nodes} nodes, {metrics.lost_nodes} lost, {metrics.unhealthy_nodes} "
        f"unhealthy; {metrics.allocated_mb} of {metrics.total_mb} MB in use, "
        f"{metrics.available_vcores} of {metrics.total_vcores} cores free; "
        f"{metrics.apps_running} running, {metrics.apps_pending} waiting"
    )
