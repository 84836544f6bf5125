"""What a front end hands to the session: a plan and what its tasks need around them."""

from __future__ import annotations

from dataclasses import dataclass

from hadoopjobs.core.streaming import NO_JAVA, JavaClasses, Streaming
from hadoopjobs.logical.operators import Write


@dataclass(frozen=True)
class Program:
    """A plan rooted at `Write`.

    settings     the job's JOBCONF, as tasks see it in their environment
    environment  variables that tasks get as they are (mrjob's cmdenv)
    side_files   (path, name, kind) with kind `file`, `dir` or `archive`
    notes        what the user should be told before the run
    streaming    the same as Hadoop Streaming itself would run it, if it is one job of it
    java         Java classes that it wants on Hadoop
    """

    plan: Write
    name: str
    settings: tuple[tuple[str, str], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    side_files: tuple[tuple[str, str, str], ...] = ()
    notes: tuple[str, ...] = ()
    streaming: Streaming | None = None
    java: JavaClasses = NO_JAVA
