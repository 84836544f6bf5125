"""Tables: drawn on a terminal, lines with tabs elsewhere."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

Row = Sequence[object]


def show_table(columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Without a terminal there is no head, and one line for each row."""
    if sys.stdout.isatty():
        from rich.console import Console

        Console().print(drawn(columns, rows))
        return
    for row in rows:
        click.echo("\t".join(_plain(cell) for cell in row))


def drawn(columns: Sequence[str], rows: Iterable[Row], title: str | None = None) -> Table:
    """A table for a terminal; numbers stand to the right, the first column is never cut."""
    from rich.markup import escape
    from rich.table import Table

    rows = [list(row) for row in rows]
    table = Table(box=None, pad_edge=False, title=title, title_justify="left")
    for at, column in enumerate(columns):
        is_number = all(isinstance(row[at], (int, float, type(None))) for row in rows)
        table.add_column(
            column,
            justify="right" if rows and is_number else "left",
            no_wrap=True,
            min_width=max((len(_plain(row[at])) for row in rows), default=0) if at == 0 else None,
        )
    for row in rows:
        table.add_row(*(escape(_plain(cell)) for cell in row))
    return table


def show_facts(facts: Iterable[tuple[str, object]]) -> None:
    """Names and values, those without a value left out."""
    known = [(name, value) for name, value in facts if value not in (None, "")]
    if not sys.stdout.isatty():
        show_table((), known)
        return
    width = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        click.echo(f"{name:<{width}}  {_plain(value)}")


def _plain(cell: object) -> str:
    """One line; nothing that a terminal would obey."""
    if cell is None:
        return ""
    text = f"{cell:.1f}" if isinstance(cell, float) else str(cell)
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text).strip()


def when(milliseconds: int | None) -> str | None:
    """A moment, in the time zone of this machine."""
    if not milliseconds:
        return None
    return datetime.fromtimestamp(milliseconds / 1000).strftime("%Y-%m-%d %H:%M:%S")


def duration(milliseconds: int | None) -> str | None:
    """Hours, minutes and seconds.

    >>> duration(3_723_000), duration(5_400)
    ('1:02:03', '0:05')
    """
    if milliseconds is None:
        return None
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
