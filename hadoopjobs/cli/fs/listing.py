"""`ls`, `find`, `du`, `df`, `count`, `stat`, `checksum`, `test`: what is there."""

from __future__ import annotations

import re
from collections.abc import Callable

import click

from hadoopjobs.cli.fs.failures import Failures
from hadoopjobs.cli.fs.layout import ListTable, human, stat_line, table
from hadoopjobs.cli.fs.paths import Found, expand, parse
from hadoopjobs.core.errors import FileMissing, StorageError
from hadoopjobs.storage import ContentSummary, filesystem_for
from hadoopjobs.storage.globs import compile_name
from hadoopjobs.storage.uris import name_of, split_uri


@click.command()
@click.argument("paths", nargs=-1)
@click.option("-C", "only_paths", is_flag=True, help="Only the paths.")
@click.option("-d", "as_file", is_flag=True, help="A folder itself, not what it holds.")
@click.option("-h", "is_human", is_flag=True, help="Sizes with units.")
@click.option("-R", "-recursive", "recursive", is_flag=True, help="All that lies below.")
@click.option("-t", "by_time", is_flag=True, help="The newest first.")
@click.option("-S", "by_size", is_flag=True, help="The largest first.")
@click.option("-r", "reverse", is_flag=True, help="In reverse order.")
@click.option("-u", "by_access", is_flag=True, help="The time of the last access.")
@click.pass_context
def ls(
    context: click.Context,
    paths: tuple[str, ...],
    only_paths: bool,
    as_file: bool,
    is_human: bool,
    recursive: bool,
    by_time: bool,
    by_size: bool,
    reverse: bool,
    by_access: bool,
) -> None:
    """List folders, or show files; without a path the home folder."""
    lines = ListTable(is_human=is_human, by_access=by_access)
    order = _order(by_time, by_size, by_access)

    def show(items: list[Found]) -> None:
        ordered = sorted(items, key=order)
        if reverse:
            ordered.reverse()
        lines.grow(item.status for item in ordered)
        for item in ordered:
            click.echo(item.shown if only_paths else lines.line(item.status, item.shown))
            if recursive and item.status.is_dir and not as_file:
                show(item.children())

    def list_one(item: Found) -> None:
        if as_file or not item.status.is_dir:
            return show([item])
        children = item.children()
        if children and not (recursive or only_paths):
            click.echo(f"Found {len(children)} items")
        return show(children)

    Failures(context).each(paths or ("",), list_one)


def _order(by_time: bool, by_size: bool, by_access: bool) -> Callable[[Found], tuple[float, str]]:
    def key(item: Found) -> tuple[float, str]:
        status = item.status
        when = (status.accessed or 0) if by_access else status.modified
        return (-when if by_time else -status.length if by_size else 0), item.uri

    return key


@click.command()
@click.argument("paths", nargs=-1)
@click.option("-name", "pattern", metavar="PATTERN", help="What the name matches.")
@click.option("-iname", "any_case", metavar="PATTERN", help="The same in any case.")
@click.option("-type", "kind", type=click.Choice(["f", "d"]), help="Files only, or folders only.")
@click.option("-print", "_print", is_flag=True, hidden=True)
@click.option("-print0", "end_with_null", is_flag=True, help="A null character after each.")
@click.pass_context
def find(
    context: click.Context,
    paths: tuple[str, ...],
    pattern: str | None,
    any_case: str | None,
    kind: str | None,
    _print: bool,
    end_with_null: bool,
) -> None:
    """Show what lies below the folders, themselves included."""
    wanted = pattern if any_case is None else any_case
    flags = 0 if any_case is None else re.IGNORECASE
    matcher = re.compile(compile_name("*" if wanted is None else wanted).pattern, flags | re.DOTALL)

    def show(item: Found) -> None:
        is_kind = kind is None or (kind == "d") == item.status.is_dir
        if is_kind and matcher.fullmatch(name_of(item.uri)):
            click.echo(item.shown, nl=not end_with_null)
            if end_with_null:
                click.echo("\0", nl=False)

    def walk(item: Found) -> None:
        show(item)
        if item.status.is_dir:
            for below in item.below():
                show(below)

    Failures(context).each(paths or ("",), walk)


@click.command()
@click.argument("paths", nargs=-1)
@click.option("-s", "is_summary", is_flag=True, help="The sum for each path.")
@click.option("-h", "is_human", is_flag=True, help="Sizes with units.")
@click.option("-v", "has_header", is_flag=True, help="With a header.")
@click.option("-x", "_without_snapshots", is_flag=True, hidden=True)
@click.pass_context
def du(
    context: click.Context,
    paths: tuple[str, ...],
    is_summary: bool,
    is_human: bool,
    has_header: bool,
    _without_snapshots: bool,
) -> None:
    """Bytes of each file and folder in the paths: once, and with all copies."""
    rows: list[tuple[str, str, str]] = []
    if has_header:
        rows.append(("SIZE", "DISK_SPACE_CONSUMED_WITH_ALL_REPLICAS", "FULL_PATH_NAME"))
    failures = Failures(context)
    for text in paths or ("",):
        with failures.told():
            for item in expand(text):
                parts = [item] if is_summary or not item.status.is_dir else item.children()
                rows += [(*_sizes(part, is_human), part.shown) for part in parts]
    for line in table(rows):
        click.echo(line)
    failures.end()


def _sizes(item: Found, is_human: bool) -> tuple[str, str]:
    status = item.status
    summary = (
        item.fs.content_summary(item.uri)
        if status.is_dir
        else ContentSummary(status.length, 1, 0, status.length * (status.replication or 1))
    )
    consumed = human(summary.space_consumed, is_human=is_human)
    return human(summary.length, is_human=is_human), consumed


@click.command()
@click.argument("paths", nargs=-1)
@click.option("-h", "is_human", is_flag=True, help="Sizes with units.")
@click.pass_context
def df(context: click.Context, paths: tuple[str, ...], is_human: bool) -> None:
    """Capacity, used and free bytes of the file systems of the paths."""
    rows = [("Filesystem", "Size", "Used", "Available", "Use%")]
    failures = Failures(context)
    for text in paths or ("/",):
        with failures.told():
            rows.append(_space(text, is_human))
    if len(rows) > 1:
        for line in table(rows, right=frozenset((1, 2, 3, 4))):
            click.echo(line)
    failures.end()


def _space(text: str, is_human: bool) -> tuple[str, str, str, str, str]:
    item = expand(text)[0]
    usage = item.fs.usage(item.uri)
    if usage is None:
        raise StorageError(f"{text!r}: its file system does not say how large it is", uri=item.uri)
    is_local = item.uri.startswith("/")
    root = "file:///" if is_local else split_uri(item.uri)._replace(path="").uri
    numbers = (usage.capacity, usage.used, usage.available)
    size, used, available = (human(number, is_human=is_human) for number in numbers)
    share = f"{usage.used / usage.capacity:.0%}" if usage.capacity else "0%"
    return root, size, used, available, share


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("-h", "is_human", is_flag=True, help="Sizes with units.")
@click.option("-v", "has_header", is_flag=True, help="With a header.")
@click.pass_context
def count(context: click.Context, paths: tuple[str, ...], is_human: bool, has_header: bool) -> None:
    """Folders, files and bytes at and below each path."""
    if has_header:
        click.echo(f"{'DIR_COUNT':>12} {'FILE_COUNT':>12} {'CONTENT_SIZE':>18} PATHNAME")

    def show(item: Found) -> None:
        found = item.fs.content_summary(item.uri)
        size = human(found.length, is_human=is_human)
        click.echo(f"{found.folder_count:>12} {found.file_count:>12} {size:>18} {item.shown}")

    Failures(context).each(paths, show)


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[FORMAT] PATH...")
@click.pass_context
def stat(context: click.Context, words: tuple[str, ...]) -> None:
    """Show files in FORMAT: %a %A permission, %b bytes, %F kind, %g group, %n name, %o block size,
    %r copies, %u owner, %x %X last access, %y %Y last change (UTC, and milliseconds)."""
    template, paths = (words[0], words[1:]) if "%" in words[0] else ("%y", words)

    def show(item: Found) -> None:
        click.echo(stat_line(template, item.status, name_of(item.uri)))

    Failures(context).each(paths, show)


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.pass_context
def checksum(context: click.Context, paths: tuple[str, ...]) -> None:
    """Path, algorithm and checksum of each file; NONE where the store keeps none."""

    def show(item: Found) -> None:
        if item.status.is_dir:
            raise StorageError(f"{item.shown!r}: is a directory", uri=item.uri)
        found = item.fs.checksum(item.uri)
        columns = ("NONE", "") if found is None else (found.algorithm, found.value.hex())
        click.echo("\t".join((item.shown, *columns)))

    Failures(context).each(paths, show)


@click.command()
@click.argument("path")
@click.option("-e", "exists", is_flag=True, help="It exists.")
@click.option("-d", "is_dir", is_flag=True, help="It is a folder.")
@click.option("-f", "is_file", is_flag=True, help="It is a file.")
@click.option("-s", "has_data", is_flag=True, help="It is not empty.")
@click.option("-z", "is_empty", is_flag=True, help="It is an empty file.")
@click.pass_context
def test(
    context: click.Context,
    path: str,
    exists: bool,
    is_dir: bool,
    is_file: bool,
    has_data: bool,
    is_empty: bool,
) -> None:
    """Exit with 0 if PATH exists and is what the option says, else with 1."""
    uri = parse(path).uri
    try:
        status = filesystem_for(uri).status(uri)
    except FileMissing:
        context.exit(1)
    claims = (
        (is_dir, status.is_dir),
        (is_file, not status.is_dir),
        (has_data, status.length > 0),
        (is_empty, status.length == 0 and not status.is_dir),
    )
    if not all(holds for is_asked, holds in claims if is_asked):
        context.exit(1)
