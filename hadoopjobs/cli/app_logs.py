"""`hadoopjobs app logs`: what the containers of an application wrote."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from hadoopjobs.cli.cluster_call import cluster_client, defines_option, verbose_option
from hadoopjobs.core.errors import NotFound

if TYPE_CHECKING:
    from hadoopjobs.yarn import YarnClient
    from hadoopjobs.yarn.container_logs import LogFile

_TAIL_LINE_BYTES = 200
_MOST_TAIL_BYTES = 1 << 26


@click.command()
@click.argument("application", metavar="APP")
@click.option("-f", "--follow", is_flag=True, help="Go on until the application has ended.")
@click.option("-c", "--container", help="Only of this container.")
@click.option(
    "--file", "names", multiple=True, metavar="NAME",
    help="Only files of this name, as stderr; may be repeated.",
)  # fmt: skip
@click.option(
    "-n", "--tail", type=click.IntRange(min=1), metavar="N", help="The last N lines of each file."
)
@defines_option
@verbose_option
def logs(
    application: str,
    follow: bool,
    container: str | None,
    names: tuple[str, ...],
    tail: int | None,
    defines: tuple[str, ...],
) -> None:
    """Show the logs of an application that runs or has ended.

    Each file has its name in front, unless it is the only one. YARN's own files, such as
    launch_container.sh, come only if they are named with --file.
    """
    from hadoopjobs.yarn.container_logs import NOISE, follow_logs

    def is_wanted(file: LogFile) -> bool:
        has_name = file.name in names if names else file.name not in NOISE
        return has_name and container in (None, file.container_id)

    client = cluster_client(defines)
    show = _Shower(has_headings=container is None or len(names) != 1)
    if follow:
        for file, data in follow_logs(client, application, is_wanted):
            show(file, data)
    else:
        _show_all(client, application, container, is_wanted, tail, show)


def _show_all(
    client: YarnClient,
    application: str,
    container: str | None,
    is_wanted: Callable[[LogFile], bool],
    tail: int | None,
    show: _Shower,
) -> None:
    from hadoopjobs.yarn.container_logs import container_log_files, log_files

    files = container_log_files(client, container) if container else []
    files = files or log_files(client, application)
    wanted = [file for file in files if is_wanted(file)]
    if not wanted:
        known = ", ".join(sorted({file.name for file in files}))
        of_what = f"{application}, container {container}" if container else application
        raise NotFound(f"no such log of {of_what}: there are {known}")
    for file in wanted:
        if file.length:
            show(file, _content(client, file, tail))


def _content(client: YarnClient, file: LogFile, tail: int | None) -> bytes:
    """The log, or its last lines, of which no more is fetched than needed."""
    from hadoopjobs.yarn.container_logs import read_log

    if tail is None:
        return read_log(client, file).data
    size = _TAIL_LINE_BYTES * tail
    while True:
        part = read_log(client, file, size)
        lines = part.data.splitlines(keepends=True)
        if part.offset == 0 or len(lines) > tail or size >= _MOST_TAIL_BYTES:
            return b"".join(lines[-tail:])
        size *= 4


class _Shower:
    """Writes logs to standard output, each change of file announced."""

    def __init__(self, has_headings: bool) -> None:
        self._has_headings = has_headings
        self._last: LogFile | None = None
        self._is_at_line_start = True

    def __call__(self, file: LogFile, data: bytes) -> None:
        out = sys.stdout.buffer
        last, self._last = self._last, file
        is_new = last is None or (last.container_id, last.name) != (file.container_id, file.name)
        if self._has_headings and is_new:
            gap = b"" if last is None else b"\n" if self._is_at_line_start else b"\n\n"
            node = f" on {file.node.replace('_', ':')}" if file.node else ""
            out.write(gap + f"==> {file.container_id}{node}: {file.name} <==\n".encode())
        out.write(data)
        out.flush()
        self._is_at_line_start = data.endswith(b"\n")
