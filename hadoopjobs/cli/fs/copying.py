"""`put`, `get`, `cp`: files from one file system to another, many at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from hadoopjobs.cli.fs.failures import Failures
from hadoopjobs.cli.fs.paths import Argument, Found, expand, inside, parse
from hadoopjobs.cli.fs.transfer_bar import transfer_bar
from hadoopjobs.core.errors import FileExists, FileMissing, StorageError
from hadoopjobs.storage import FileStatus, filesystem_for
from hadoopjobs.storage.aside import temporary_name
from hadoopjobs.storage.transfer import CopyOptions, FileCopy, copy_files, pour, threads_for
from hadoopjobs.storage.uris import name_of

F = TypeVar("F", bound=Callable[..., Any])


def _copy_options(function: F) -> F:
    for decorate in (
        click.option("-f", "overwrite", is_flag=True, help="Replace files that exist."),
        click.option("-p", "preserve", is_flag=True, help="Keep times, owner and permission."),
        click.option("-t", "threads", type=click.IntRange(1, 64), help="Files at once."),
        click.option("-r", "-R", "_recursive", is_flag=True, hidden=True),
        click.option("-d", "_direct", is_flag=True, hidden=True),
        click.option("-crc", "-ignoreCrc", "_checksums", is_flag=True, hidden=True),
        click.option("-q", "_queue", type=int, hidden=True),
    ):
        function = decorate(function)
    return function


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="SOURCE... TARGET")
@_copy_options
@click.pass_context
def put(context: click.Context, /, words: tuple[str, ...], **options: Any) -> None:
    """Copy files and folders of this machine; `-` is standard input."""
    sources, target = _sources_and_target(words, default_target="")
    where = parse(target)
    if sources == ["-"]:
        return _put_input(where, overwrite=options["overwrite"])
    return _copy(context, sources, where, options, is_local=True)


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="SOURCE... [TARGET]")
@_copy_options
@click.pass_context
def get(context: click.Context, /, words: tuple[str, ...], **options: Any) -> None:
    """Copy files and folders to this machine, into the working folder without a TARGET."""
    sources, target = _sources_and_target(words, default_target=".")
    return _copy(context, sources, parse(target, is_local=True), options)


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="SOURCE... TARGET")
@_copy_options
@click.pass_context
def cp(context: click.Context, /, words: tuple[str, ...], **options: Any) -> None:
    """Copy files and folders, from one file system to another too."""
    if len(words) < 2:
        raise click.UsageError("name a source and a target")
    return _copy(context, list(words[:-1]), parse(words[-1]), options)


def _sources_and_target(words: tuple[str, ...], default_target: str) -> tuple[list[str], str]:
    if len(words) == 1:
        return list(words), default_target
    return list(words[:-1]), words[-1]


def _put_input(target: Argument, *, overwrite: bool) -> None:
    fs = filesystem_for(target.uri)
    _check_parent(target)
    status = _status_or_none(target.uri)
    if status is not None and status.is_dir:
        raise FileExists(f"{target.text!r}: is a directory", uri=target.uri)
    place = target.uri
    if overwrite and status is not None:
        place = f"{target.uri.rpartition('/')[0]}/{temporary_name()}"
    with fs.open_write(place) as file:
        pour(sys.stdin.buffer, file)
    if place != target.uri:
        fs.replace(place, target.uri)


def _copy(
    context: click.Context,
    sources: list[str],
    target: Argument,
    options: dict[str, Any],
    *,
    is_local: bool = False,
) -> None:
    failures = Failures(context)
    found: list[Found] = []
    for text in sources:
        with failures.told():
            found += expand(text, is_local=is_local)
    plan = _Plan(target, failures, has_many=len(sources) > 1 or len(found) > 1)
    overwrite, preserve = options["overwrite"], options["preserve"]
    copies = [copy for item in found for copy in plan.copies(item, overwrite=overwrite)]
    how = CopyOptions(overwrite, preserve, options["threads"] or threads_for(copies))
    with transfer_bar(copies) as on_bytes:
        for _, error in copy_files(copies, how, on_bytes):
            if error is not None:
                failures.tell(error)
    failures.end()


@dataclass(frozen=True)
class _Plan:
    """Where sources go: into the target if it is a folder, else under its name."""

    target: Argument
    failures: Failures
    has_many: bool

    def copies(self, item: Found, *, overwrite: bool) -> Iterator[FileCopy]:
        """The files of a source; folders are made on the way."""
        with self.failures.told():
            place = self._place(item)
            _refuse_into_itself(item, place)
            if item.status.is_dir:
                yield from self._tree(item.status, place)
            elif not overwrite and _status_or_none(place) is not None:
                raise FileExists(f"{self.target.shown(place)!r}: file exists", uri=place)
            else:
                yield FileCopy(item.status, place)

    def _place(self, item: Found) -> str:
        status = _status_or_none(self.target.uri)
        if status is not None and status.is_dir:
            return inside(self.target.uri, item.uri)
        if self.has_many or (status is not None and item.status.is_dir):
            fault = "is not a directory" if status else "no such file or directory"
            raise StorageError(f"{self.target.text!r}: {fault}", uri=self.target.uri)
        _check_parent(self.target)
        return self.target.uri

    def _tree(self, folder: FileStatus, place: str) -> Iterator[FileCopy]:
        filesystem_for(place).make_dirs(place)
        for child in filesystem_for(folder.uri).list(folder.uri):
            below = inside(place, child.uri)
            if child.is_dir:
                yield from self._tree(child, below)
            else:
                yield FileCopy(child, below)


def _refuse_into_itself(item: Found, place: str) -> None:
    if place == item.uri:
        raise FileExists(f"{item.shown!r}: the source and the target are the same", uri=place)
    if item.status.is_dir and f"{place}/".startswith(f"{item.uri}/"):
        raise StorageError(f"{item.shown!r}: cannot be copied into itself", uri=place)


def _check_parent(target: Argument) -> None:
    folder = target.uri.rstrip("/").rpartition("/")[0]
    if not name_of(target.uri) or folder.endswith(":/") or not folder:
        return
    if target.uri.startswith("s3"):  # folders are what lies in them
        return
    if _status_or_none(folder) is None:
        message = f"{target.text!r}: no such file or directory: {folder}"
        raise FileMissing(message, uri=target.uri)


def _status_or_none(uri: str) -> FileStatus | None:
    try:
        return filesystem_for(uri).status(uri)
    except FileMissing:
        return None
