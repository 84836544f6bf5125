"""Where the output of a run goes: a folder by the scheme of its place, or standard output."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import StorageError, UsageError
from hadoopjobs.runners.local_output import LocalOutput
from hadoopjobs.runners.output_folder import Inputs, OutputFolder
from hadoopjobs.runners.stored_output import StoredOutput
from hadoopjobs.storage import filesystem_for, scheme_of

__all__ = ["OutputFolder", "errors_of_stdout", "output_folder"]


def output_folder(dataset: DatasetRef, overwrite: bool, inputs: Inputs = tuple) -> OutputFolder:
    """The output folder that `dataset` names, on whatever file system.

    Raises `ConfigError` for a scheme that nobody knows.
    """
    (uri,) = dataset.uris
    if uri in ("", "-"):
        raise UsageError(f"{uri!r} is no folder; without an output, results are printed")
    filesystem_for(uri)
    if scheme_of(uri) == "file":
        return LocalOutput(dataset, overwrite, inputs)
    return StoredOutput(dataset, overwrite, inputs)


@contextlib.contextmanager
def errors_of_stdout() -> Iterator[None]:
    """What goes wrong while standard output is written, in one line."""
    try:
        yield
    except BrokenPipeError:  # whoever reads has seen enough
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StorageError(f"cannot write to standard output: {reason}") from error
