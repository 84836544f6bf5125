"""`hadoopjobs queue list` and `hadoopjobs node list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hadoopjobs.cli.cluster_call import HELP, cluster_client, defines_option, verbose_option
from hadoopjobs.cli.tables import show_table

if TYPE_CHECKING:
    from hadoopjobs.yarn.reports import NodeReport

_QUEUE_COLUMNS = ("queue", "state", "share %", "used %", "at most %", "applications")
_NODE_COLUMNS = ("node", "state", "tasks", "used MB", "free MB", "free cores", "rack", "health")


@click.group(context_settings=HELP)
def queue() -> None:
    """Show the queues of a cluster."""


@queue.command("list")
@defines_option
@verbose_option
def list_queues(defines: tuple[str, ...]) -> None:
    """Each queue with its share of the cluster; parents before children."""
    queues = cluster_client(defines).resource_manager.scheduler().queues
    rows = [(q.path, q.state, q.capacity, q.used, q.maximum, q.applications) for q in queues]
    show_table(_QUEUE_COLUMNS, rows)


@click.group(context_settings=HELP)
def node() -> None:
    """Show the nodes of a cluster."""


@node.command("list")
@click.option("-a", "--all", "is_all", is_flag=True, help="Lost and shut down nodes too.")
@defines_option
@verbose_option
def list_nodes(is_all: bool, defines: tuple[str, ...]) -> None:
    """Each node with what it has left."""
    from hadoopjobs.yarn.resource_manager import ALL_NODES

    nodes = cluster_client(defines).resource_manager.nodes(ALL_NODES if is_all else ())
    show_table(_NODE_COLUMNS, map(_row, nodes))


def _row(node: NodeReport) -> tuple[object, ...]:
    return (
        node.id,
        node.state,
        node.containers,
        node.used_mb,
        node.available_mb,
        node.available_vcores,
        node.rack,
        node.health,
    )
