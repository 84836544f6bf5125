"""`mv`, `rm`, `mkdir`, `touch`, `chmod`, `chown`, `chgrp`, `setrep`: changes in place."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import click

from hadoopjobs.cli.fs.failures import Failures
from hadoopjobs.cli.fs.modes import changed_mode
from hadoopjobs.cli.fs.paths import Found, expand, inside, parse
from hadoopjobs.core.errors import FileExists, FileMissing, StorageError, UsageError
from hadoopjobs.storage import FileStatus, filesystem_for, scheme_of
from hadoopjobs.storage.uris import parent_path, split_uri

_OWNER = re.compile(r"(?P<owner>[-_./@a-zA-Z0-9]*)(?::(?P<group>[-_./@a-zA-Z0-9]*))?")
_SETREP_SECONDS = 1.0


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="SOURCE... TARGET")
@click.pass_context
def mv(context: click.Context, words: tuple[str, ...]) -> None:
    """Rename a file or folder, or move several into a folder."""
    if len(words) < 2:
        raise click.UsageError("name a source and a target")
    target = parse(words[-1])
    status = _status_or_none(target.uri)
    if len(words) > 2 and (status is None or not status.is_dir):
        raise StorageError(f"{target.text!r}: is not a directory", uri=target.uri)

    def move(item: Found) -> None:
        if _root(item.uri) != _root(target.uri):
            message = f"{item.shown!r}: is on another file system than {target.text!r}: use cp"
            raise StorageError(message, uri=item.uri)
        into = status is not None and status.is_dir
        where = inside(target.uri, item.uri) if into else target.uri
        if _status_or_none(where) is not None:
            raise FileExists(f"{target.shown(where)!r}: file exists", uri=where)
        item.fs.rename(item.uri, where)

    Failures(context).each(words[:-1], move)


def _root(uri: str) -> tuple[str, str]:
    return ("file", "") if scheme_of(uri) == "file" else split_uri(uri)[:2]


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("-r", "-R", "recursive", is_flag=True, help="Folders too, with all they hold.")
@click.option("-f", "force", is_flag=True, help="What does not exist is no error.")
@click.option("-skipTrash", "skip_trash", is_flag=True, help="Delete at once.")
@click.pass_context
def rm(
    context: click.Context,
    paths: tuple[str, ...],
    recursive: bool,
    force: bool,
    skip_trash: bool,
) -> None:
    """Delete files, or move them to the trash where the cluster has one."""
    failures = Failures(context)
    for text in paths:
        with failures.told():
            for item in _expanded(text, force):
                with failures.told():
                    _remove(item, recursive, skip_trash)
    failures.end()


def _expanded(text: str, may_be_missing: bool) -> list[Found]:
    try:
        return expand(text)
    except FileMissing:
        if may_be_missing:
            return []
        raise


def _remove(item: Found, recursive: bool, skip_trash: bool) -> None:
    if item.status.is_dir and not recursive:
        raise StorageError(f"{item.shown!r}: is a directory", uri=item.uri)
    if _is_root(item.uri):
        raise StorageError(f"{item.shown!r}: the root is never deleted", uri=item.uri)
    where = None if skip_trash else item.fs.trash(item.uri)
    if where is not None:
        click.echo(f"Moved: '{item.uri}' to trash at: {where}")
        return
    item.fs.delete(item.uri)
    click.echo(f"Deleted {item.shown}")


def _is_root(uri: str) -> bool:
    return (uri if scheme_of(uri) == "file" else split_uri(uri).path) == "/"


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("-p", "parents", is_flag=True, help="Those above too; one that exists is no error.")
@click.pass_context
def mkdir(context: click.Context, paths: tuple[str, ...], parents: bool) -> None:
    """Make folders."""
    failures = Failures(context)
    for text in paths:
        with failures.told():
            _make(text, parents)
    failures.end()


def _make(text: str, parents: bool) -> None:
    uri = parse(text).uri
    status = _status_or_none(uri)
    if status is not None:
        if parents and status.is_dir:
            return
        fault = "file exists" if status.is_dir else "is not a directory"
        raise FileExists(f"{text!r}: {fault}", uri=uri)
    if not parents:
        _check_parent(text, uri)
    filesystem_for(uri).make_dirs(uri)


def _check_parent(text: str, uri: str) -> None:
    folder = _parent(uri)
    if not uri.startswith("s3") and _status_or_none(folder) is None:
        raise FileMissing(f"{text!r}: no such file or directory: {folder}", uri=uri)


def _parent(uri: str) -> str:
    if scheme_of(uri) == "file":
        return parent_path(uri.rstrip("/"))
    place = split_uri(uri)
    return place._replace(path=parent_path(place.path)).uri


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("-c", "only_existing", is_flag=True, help="Make nothing.")
@click.pass_context
def touch(context: click.Context, paths: tuple[str, ...], only_existing: bool) -> None:
    """Make empty files, or set the times of those that exist to now."""
    failures = Failures(context)
    for text in paths:
        with failures.told():
            uri = parse(text).uri
            is_there = _status_or_none(uri) is not None
            if not is_there:
                _check_parent(text, uri)
            if is_there or not only_existing:
                filesystem_for(uri).touch(uri)
    failures.end()


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("mode")
@click.argument("paths", nargs=-1, required=True)
@click.option("-R", "recursive", is_flag=True, help="All that lies below too.")
@click.pass_context
def chmod(context: click.Context, mode: str, paths: tuple[str, ...], recursive: bool) -> None:
    """Change permissions: MODE is octal (755) or symbolic (u+x,go-w)."""

    def change(item: Found) -> None:
        item.fs.set_permission(item.uri, changed_mode(mode, item.status))

    _change_all(context, paths, recursive, change)


@click.command()
@click.argument("owner", metavar="[OWNER][:[GROUP]]")
@click.argument("paths", nargs=-1, required=True)
@click.option("-R", "recursive", is_flag=True, help="All that lies below too.")
@click.pass_context
def chown(context: click.Context, owner: str, paths: tuple[str, ...], recursive: bool) -> None:
    """Change owner and group."""
    match = _OWNER.fullmatch(owner)
    if match is None or owner in ("", ":"):
        raise UsageError(f"{owner!r} is no owner: write NAME, NAME:GROUP or :GROUP")
    user, group = match["owner"] or None, match["group"] or None

    def change(item: Found) -> None:
        item.fs.set_owner(item.uri, user, group)

    _change_all(context, paths, recursive, change)


@click.command()
@click.argument("group")
@click.argument("paths", nargs=-1, required=True)
@click.option("-R", "recursive", is_flag=True, help="All that lies below too.")
@click.pass_context
def chgrp(context: click.Context, group: str, paths: tuple[str, ...], recursive: bool) -> None:
    """Change the group."""

    def change(item: Found) -> None:
        item.fs.set_owner(item.uri, None, group)

    _change_all(context, paths, recursive, change)


@click.command()
@click.argument("copies", type=click.IntRange(1, 32767))
@click.argument("paths", nargs=-1, required=True)
@click.option("-w", "wait", is_flag=True, help="Wait until the copies are there.")
@click.option("-R", "_recursive", is_flag=True, hidden=True)
@click.pass_context
def setrep(
    context: click.Context, copies: int, paths: tuple[str, ...], wait: bool, _recursive: bool
) -> None:
    """Change how many copies are kept of the blocks of files; in folders, of all below."""
    changed: list[Found] = []

    def change(item: Found) -> None:
        for file in _with_below(item, recursive=True):
            if not file.status.is_dir:
                file.fs.set_replication(file.uri, copies)
                click.echo(f"Replication {copies} set: {file.shown}")
                changed.append(file)

    Failures(context).each(paths, change)
    if wait:
        for file in changed:
            _wait_for_copies(file, copies)


def _wait_for_copies(file: Found, copies: int) -> None:
    click.echo(f"Waiting for {file.shown} ...", nl=False)
    while True:
        blocks = file.fs.block_locations(file.uri, 0, file.status.length)
        if all(len(block.hosts) == copies for block in blocks):
            click.echo(" done")
            return
        click.echo(".", nl=False)
        time.sleep(_SETREP_SECONDS)


def _change_all(
    context: click.Context,
    paths: tuple[str, ...],
    recursive: bool,
    change: Callable[[Found], None],
) -> None:
    def act(item: Found) -> None:
        for each in _with_below(item, recursive):
            change(each)

    Failures(context).each(paths, act)


def _with_below(item: Found, recursive: bool) -> Iterator[Found]:
    """A folder comes before what it holds, listed before it is changed."""
    below = list(item.below()) if recursive and item.status.is_dir else []
    yield item
    yield from below


def _status_or_none(uri: str) -> FileStatus | None:
    try:
        return filesystem_for(uri).status(uri)
    except FileMissing:
        return None
