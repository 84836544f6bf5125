"""Standard input as a file, so that it can be split and read again by a second attempt."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, cast

from hadoopjobs.runtime.run_file import raise_storage_error


@contextmanager
def spool_stream(stream: BinaryIO, memory_limit: int, temp_dir: str | None) -> Iterator[str]:
    """A path under which all that `stream` holds can be read while the context lasts.

    Up to `memory_limit` bytes stay in memory; more goes to a file in `temp_dir`.
    """
    inside = os.path.join(os.path.abspath(temp_dir or tempfile.gettempdir()), "hadoopjobs-stdin")
    if memory_limit and hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("stdin", os.MFD_CLOEXEC)
        with open(descriptor, "w+b") as memory:
            while memory.tell() <= memory_limit:
                data = stream.read(1 << 20)
                if not data:
                    memory.flush()
                    yield f"/proc/{os.getpid()}/fd/{descriptor}"
                    return
                memory.write(data)
            memory.seek(0)
            with _on_disk(memory, inside) as (file, path):
                memory.truncate(0)
                _copy(stream, file, inside)
                yield path
        return
    with _on_disk(stream, inside) as (_, path):
        yield path


@contextmanager
def _on_disk(stream: BinaryIO, inside: str) -> Iterator[tuple[BinaryIO, str]]:
    """A file with what `stream` holds, in the folder of `inside`, and its path.

    On Linux it has no name in its folder, so nothing stays even if this process is killed.
    """
    file, path = _new_file(inside)
    try:
        _copy(stream, file, inside)
        yield file, path
    finally:
        with suppress(OSError):  # what a full disk did not take
            file.close()


def _new_file(prefix: str) -> tuple[BinaryIO, str]:
    """An open file, which the caller closes, and a path by which others may open it."""
    folder = os.path.dirname(prefix)
    try:
        os.makedirs(folder, exist_ok=True)
        if os.path.isdir("/proc/self/fd"):
            unnamed = cast("BinaryIO", tempfile.TemporaryFile(dir=folder))  # noqa: SIM115
            return unnamed, f"/proc/{os.getpid()}/fd/{unnamed.fileno()}"
        named = tempfile.NamedTemporaryFile(prefix=f"{prefix}-")  # noqa: SIM115
        return cast("BinaryIO", named), named.name
    except OSError as error:
        raise_storage_error(error, prefix)
        raise AssertionError from error


def _copy(source: BinaryIO, target: BinaryIO, path: str) -> None:
    try:
        shutil.copyfileobj(source, target, 1 << 20)
        target.flush()
    except OSError as error:
        raise_storage_error(error, path)
