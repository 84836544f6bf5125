"""What `scripts/cluster status` and `env` show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import daemons
import health
import kerberos
import layout
from settings import Settings


@dataclass(frozen=True)
class Row:
    """One daemon; `pid` is None if it does not run, `problem` empty if it is healthy."""

    name: str
    pid: int | None
    address: str
    problem: str

    @property
    def is_healthy(self) -> bool:
        return self.pid is not None and not self.problem


def rows(settings: Settings) -> list[Row]:
    running = {one: daemons.process(settings, one) for one in layout.daemons(settings)}
    problems = health.problems(settings, [one for one, process in running.items() if process])
    return [
        Row(
            one.name,
            process.pid if process else None,
            layout.address(settings, f"{one.kind.name} web", one.node),
            problems.get(one, "does not run"),
        )
        for one, process in running.items()
    ]


def table(rows: Iterable[Row]) -> str:
    cells = [("DAEMON", "PID", "WEB", "STATE")]
    cells += [
        (row.name, str(row.pid or "-"), row.address, row.problem or "healthy") for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in cells
    )


def exports(settings: Settings) -> dict[str, str]:
    """The environment of a client."""
    known = kerberos.exports(settings) if settings.secure else {}
    return {"HADOOP_CONF_DIR": str(settings.client_conf), **known}
