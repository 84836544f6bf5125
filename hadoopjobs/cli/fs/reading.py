"""`cat`, `head`, `tail`: what files hold."""

from __future__ import annotations

import sys
import time

import click

from hadoopjobs.cli.fs.failures import Failures
from hadoopjobs.cli.fs.paths import Found
from hadoopjobs.core.errors import StorageError
from hadoopjobs.storage.transfer import pour

_KILOBYTE = 1024


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("-ignoreCrc", "_ignore_checksums", is_flag=True, hidden=True)
@click.pass_context
def cat(context: click.Context, paths: tuple[str, ...], _ignore_checksums: bool) -> None:
    """Print files, one after the other."""

    def show(item: Found) -> None:
        with _refused_folder(item).fs.open_read(item.uri) as stream:
            pour(stream, sys.stdout.buffer)
        sys.stdout.buffer.flush()

    Failures(context).each(paths, show)


@click.command()
@click.argument("path")
@click.pass_context
def head(context: click.Context, path: str) -> None:
    """Print the first kilobyte of a file."""

    def show(item: Found) -> None:
        _write(_refused_folder(item).fs.read_range(item.uri, 0, _KILOBYTE))

    Failures(context).each([path], show)


@click.command()
@click.argument("path")
@click.option("-f", "follow", is_flag=True, help="Print what is added, until Ctrl-C.")
@click.option("-s", "seconds", type=float, default=5.0, help="How long -f sleeps; 5 by default.")
@click.pass_context
def tail(context: click.Context, path: str, follow: bool, seconds: float) -> None:
    """Print the last kilobyte of a file."""

    def show(item: Found) -> None:
        at = _tail_from(_refused_folder(item), max(0, item.status.length - _KILOBYTE))
        while follow:
            time.sleep(seconds)
            at = _tail_from(item, at)

    Failures(context).each([path], show)


def _tail_from(item: Found, at: int) -> int:
    """Print from `at` to the end that the file has now; where that is.

    A file that became shorter is printed from its start.
    """
    length = item.fs.status(item.uri).length
    start = at if at <= length else 0
    if start < length:
        with item.fs.open_read(item.uri) as stream:
            stream.seek(start)
            start += pour(stream, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    return start


def _refused_folder(item: Found) -> Found:
    if item.status.is_dir:
        raise StorageError(f"{item.shown!r}: is a directory", uri=item.uri)
    return item


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
