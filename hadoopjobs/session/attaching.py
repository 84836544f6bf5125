"""Go on with a run that was left to a cluster."""

from __future__ import annotations

import sys
from typing import BinaryIO

from hadoopjobs.core.errors import UsageError
from hadoopjobs.core.listener import Listener
from hadoopjobs.core.metrics import RunResult


def attach_run(
    application: str, *, stdout: BinaryIO | None = None, listener: Listener | None = None
) -> RunResult:
    """Wait for an application that was submitted with `detach`, run the stages after it, publish
    the output or write it to `stdout`; gives the numbers of the whole run.

    Raises `UsageError` if this user has left no such run, and whatever the run would have raised.
    """
    from hadoopjobs.runners.hadoop import attach
    from hadoopjobs.yarn.ids import application_id

    found = application_id(application)
    result = attach(found, stdout or sys.stdout.buffer, listener or Listener())
    if result is None:
        raise UsageError(
            f"no run of yours was left with {found}, or one that is over: "
            f"`hadoopjobs app status {found}` tells of any application"
        )
    return result
