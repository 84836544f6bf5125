"""Progress of copies on standard error, where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from hadoopjobs.storage.transfer import FileCopy


@contextmanager
def transfer_bar(copies: Sequence[FileCopy]) -> Iterator[Callable[[int], None]]:
    """Called with bytes from any thread."""
    if not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    total = sum(copy.source.length for copy in copies)
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    text = TextColumn("{task.description}")
    with Progress(text, *columns, console=Console(stderr=True), transient=True) as bar:
        files = f"{len(copies)} files" if len(copies) != 1 else "1 file"
        task = bar.add_task(files, total=total)
        yield lambda count: bar.advance(task, count)
