"""A command goes on after an argument that failed, and ends with 1, as FsShell does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import click

from hadoopjobs.cli.fs.paths import Found, expand
from hadoopjobs.core.errors import HadoopJobsError, UsageError


class Failures:
    """What one command could not do."""

    def __init__(self, context: click.Context) -> None:
        self._context = context
        self._count = 0

    @contextmanager
    def told(self) -> Iterator[None]:
        """Tell an error in one line and go on; a wrong setting ends the command."""
        try:
            yield
        except UsageError:
            raise
        except HadoopJobsError as error:
            self.tell(error)

    def tell(self, error: HadoopJobsError) -> None:
        self._count += 1
        click.echo(f"{self._context.info_name}: {error}", err=True)

    def each(
        self, texts: Iterable[str], act: Callable[[Found], None], *, is_local: bool = False
    ) -> None:
        """Do something with all that the arguments stand for; then end with 1 if any failed."""
        for text in texts:
            found: list[Found] = []
            with self.told():
                found = expand(text, is_local=is_local)
            for item in found:
                with self.told():
                    act(item)
        self.end()

    def end(self) -> None:
        if self._count:
            self._context.exit(1)
