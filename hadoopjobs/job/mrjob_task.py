"""A mrjob job inside a task: its instance and what it finds around it.

mrjob starts a process for each task; here a fresh instance is made for each, and what the task
before left in the process (variables, import path) is taken back.
"""

from __future__ import annotations

import fcntl
import inspect
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from hadoopjobs.core.command import ReporterLines
from hadoopjobs.core.context import TaskContext, current_task
from hadoopjobs.core.errors import TaskError
from hadoopjobs.job.mrjob_loader import MRJob
from hadoopjobs.job.mrjob_variables import input_variables, simulated_variables

Side = Literal["mapper", "combiner", "reducer"]

Carrier = Literal["objects", "texts", "lines", "output"]
"""How records come to a substep or leave it.

objects  keys and values that JSON would give back
texts    lines of the job's input as mrjob's default protocol reads them, under no key
lines    the lines of a protocol or a command, each under its key bytes
output   lines of the job's output, under no key
"""


@dataclass(frozen=True)
class Surroundings:
    """What every task of a job finds: the same for all of its steps.

    `inputs` are the job's input paths as the user gave them, seen from `folder`; `cached` are
    the names of its side files; `modules` those of them that go on the import path; `setup` is
    a shell script that runs before the task and may change its environment.
    """

    inputs: tuple[str, ...] = ()
    folder: str = ""
    cached: tuple[tuple[str, str, str], ...] = ()
    modules: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()


@dataclass(frozen=True)
class Substep:
    """One mapper, combiner or reducer: all that a worker needs to make it."""

    job_class: type
    step: int
    side: Side
    arguments: tuple[str, ...]
    variables: tuple[tuple[str, str], ...]
    surroundings: Surroundings
    reads: Carrier
    writes: Carrier
    command: str | None = None
    pre_filter: str | None = None
    shell: tuple[str, ...] = ("/bin/sh", "-ex")
    is_raw: bool = False
    sorts_values: bool = False


def start_job(substep: Substep, *more_arguments: str) -> Any:
    """A fresh instance of the job, with the arguments that mrjob gives to a task."""
    arguments = [
        f"--step-num={substep.step}",
        f"--{substep.side}",
        *substep.arguments,
        *more_arguments,
    ]
    job = _construct(substep.job_class, arguments)
    job.sandbox(_NotHere("stdin"), _NotHere("stdout"), ReporterLines(_to_stderr))
    if type(job).increment_counter is MRJob.increment_counter:
        job.increment_counter = partial(_increment_counter, job)
    return job


def _construct(job_class: type, arguments: list[str]) -> Any:
    try:
        inspect.signature(job_class).bind(arguments)
    except TypeError:  # a class whose __init__ takes nothing reads the process's arguments
        kept, sys.argv = sys.argv, [sys.argv[0], *arguments]
        try:
            return job_class()
        finally:
            sys.argv = kept
    return job_class(arguments)


class _NotHere:
    """In place of a stream that belongs to mrjob's own processes."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        raise TaskError(
            f"the job uses self.{self._name}.{attribute}; here records come and go only through "
            "mapper, combiner and reducer: yield what you would have written"
        )


def _to_stderr(line: bytes) -> None:
    sys.stderr.write(line.decode("utf-8", "backslashreplace"))


def _increment_counter(job: Any, group: Any, counter: Any, amount: int = 1) -> None:
    """As mrjob's, which writes a line to standard error that is parsed again."""
    if not isinstance(amount, int):
        raise TypeError(f"amount must be an integer, not {amount!r}")
    group, counter = str(group).replace(",", ";"), str(counter).replace(",", ";")
    if group.isprintable() and counter.isprintable():
        current_task().increment(group, counter, int(amount))
    else:
        MRJob.increment_counter(job, group, counter, amount)


_OF_THE_SHELL = frozenset({"_", "PWD", "OLDPWD", "SHLVL"})


class _Process:
    """What tasks changed in this process, to be taken back when another task begins."""

    def __init__(self) -> None:
        self._task: TaskContext | None = None
        self._variables: dict[str, tuple[str | None, str]] = {}  # what was there, what we set
        self._import_path: list[str] | None = None

    def enter(self, substep: Substep) -> None:
        task = current_task()
        is_new = task is not self._task
        if is_new:
            self.leave()
            self._task = task
        self.set_variables(_variables_of(substep))
        if is_new:
            self._extend_import_path(substep.surroundings)
            self._run_setup(substep.surroundings)

    def leave(self) -> None:
        for name, (before, ours) in self._variables.items():
            if os.environ.get(name) != ours:  # the runtime has set it anew since
                continue
            if before is None:
                del os.environ[name]
            else:
                os.environ[name] = before
        self._variables = {}
        if self._import_path is not None:
            sys.path[:] = self._import_path
            self._import_path = None

    def set_variables(self, variables: Mapping[str, str]) -> None:
        for name, value in variables.items():
            present = os.environ.get(name)
            if present != value:
                before = self._variables[name][0] if name in self._variables else present
                self._variables[name] = before, value
                os.environ[name] = value

    def _extend_import_path(self, surroundings: Surroundings) -> None:
        if surroundings.cached:
            folder = os.getcwd()
            self._import_path = list(sys.path)
            modules = [os.path.join(folder, name) for name in surroundings.modules]
            sys.path[:0] = [*modules[::-1], folder]

    def _run_setup(self, surroundings: Surroundings) -> None:
        """Run the setup script, one task of the job at a time, and take over what it exports."""
        if not surroundings.setup:
            return
        lock = os.open(surroundings.folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = subprocess.run(surroundings.setup, capture_output=True, check=False)
        finally:
            os.close(lock)
        if done.returncode:
            raise TaskError(
                f"a setup command exited with status {done.returncode}",
                user_traceback=done.stderr.decode("utf-8", "replace"),
            )
        pairs = (pair.partition("=") for pair in os.fsdecode(done.stdout).split("\0") if pair)
        self.set_variables({name: value for name, _, value in pairs if name not in _OF_THE_SHELL})


def _variables_of(substep: Substep) -> dict[str, str]:
    surroundings = substep.surroundings
    variables = dict(os.environ)
    variables.update(input_variables(variables, surroundings.inputs, surroundings.folder))
    variables.update(simulated_variables(variables, surroundings.cached, os.getcwd()))
    return variables | dict(substep.variables)


_process = _Process()


def enter_process(substep: Substep) -> None:
    """Make this process look to the job as mrjob's own task would, until the task ends."""
    current_task().at_end(leave_process)
    _process.enter(substep)


def leave_process() -> None:
    """Take back what the last task of a mrjob job changed in this process."""
    _process.leave()
