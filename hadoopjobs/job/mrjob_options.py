"""What a mrjob job asks for on its command line, in its class and in mrjob.conf, put together.

The rules are mrjob's own: its runner combines the options, names the side files and rewrites the
arguments for tasks; it never runs anything here.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hadoopjobs.core.errors import UsageError
from hadoopjobs.core.streaming import JavaClasses, java_classes
from hadoopjobs.job.mrjob_loader import LocalMRJobRunner, combine_local_envs
from hadoopjobs.job.mrjob_task import Surroundings
from hadoopjobs.job.mrjob_variables import SideFile, variable_of

_RUNNERS_OF_MRJOB = ("hadoop", "inline", "local", "spark")


@dataclass(frozen=True)
class JobOptions:
    """`steps` are mrjob's descriptions; `step_settings` their whole job configuration each."""

    inputs: tuple[str, ...]
    task_arguments: tuple[str, ...]
    steps: tuple[Mapping[str, Any], ...]
    settings: Mapping[str, str]
    step_settings: tuple[Mapping[str, str], ...]
    environment: Mapping[str, str]
    side_files: tuple[SideFile, ...]
    surroundings: Surroundings
    shell: tuple[str, ...]
    sorts_values: bool
    java: JavaClasses
    label: str | None
    notes: tuple[str, ...]

    def variables(self, step: int) -> dict[str, str]:
        """The variables of a step's tasks that are the same for all of them."""
        own = {variable_of(name): value for name, value in self.step_settings[step].items()}
        return own | dict(self.environment)


def parse_job(job_class: type, arguments: Sequence[str], script: str | None) -> Any:
    """An instance of the job that has read `arguments` as from its own command line.

    Exits as mrjob does: with 2 and argparse's message for arguments that it does not know, with
    0 after `--help`.
    """
    kept = sys.argv
    sys.argv = [script or _script_of(job_class), *arguments]
    try:
        return job_class()
    finally:
        sys.argv = kept


def _script_of(job_class: Any) -> str:
    script: str | None = job_class.mr_job_script()
    return script or str(job_class.__name__)


def resolve_options(
    job: Any, steps: Sequence[Mapping[str, Any]], runner_name: str = "local"
) -> JobOptions:
    """The options of `job`, with those for `runner_name` from mrjob.conf.

    A runner that mrjob does not have is taken for its `local`.
    """
    alias = runner_name if runner_name in _RUNNERS_OF_MRJOB else "local"
    with _kept_log() as notes, _own_conf_errors():
        runner = _make_runner(job, alias)
        try:
            side_files = _side_files(runner)
            setup = _setup_script(runner)
        finally:
            runner._cleanup_local_tmp()
    options, folder = runner._opts, os.getcwd()
    inputs = tuple(job.options.args) or ("-",)
    return JobOptions(
        inputs=inputs,
        task_arguments=tuple(map(str, runner._mr_job_extra_args())),
        steps=tuple(steps),
        settings=_settings(options["jobconf"]),
        step_settings=tuple(_settings(runner._jobconf_for_step(n)) for n in range(len(steps))),
        environment=_environment(runner._cmdenv()),
        side_files=side_files,
        surroundings=Surroundings(inputs, folder, side_files, _modules(runner), setup),
        shell=tuple(runner._sh_bin()),
        sorts_values=bool(runner._sort_values),
        java=_java(runner) if runner_name == "hadoop" else JavaClasses(),
        label=options["label"],
        notes=tuple(notes),
    )


def _java(runner: Any) -> JavaClasses:
    """For Hadoop only: mrjob's other runners ignore such classes."""
    return java_classes(
        _settings(runner._opts["jobconf"]),
        input_format=runner._hadoop_input_format,
        output_format=runner._hadoop_output_format,
        partitioner=runner._partitioner,
        libjars=tuple(runner._opts["libjars"] or ()),
    )


def _make_runner(job: Any, alias: str) -> Any:
    arguments = dict(job._runner_kwargs())
    arguments.pop("mrjob_cls", None)
    resolver = type("OptionResolver", (LocalMRJobRunner,), {"alias": alias})
    runner = resolver(**arguments)
    for path in runner._opts["py_files"]:
        runner._working_dir_mgr.add("file", path)
    return runner


def _settings(jobconf: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in jobconf.items()}


def _environment(cmdenv: Mapping[str, str]) -> dict[str, str]:
    """Variables from `--cmdenv`; those that end in PATH go before what is there already."""
    combined = combine_local_envs(os.environ, cmdenv)
    return {name: combined[name] for name in cmdenv if name in combined}


def _side_files(runner: Any) -> tuple[SideFile, ...]:
    """All that belongs into the working folder but the job's own file."""
    manager = runner._working_dir_mgr
    folders = {archive: folder for folder, archive in runner._dir_to_archive_path.items()}
    found: list[SideFile] = []
    for kind in ("file", "archive"):
        for name, path in manager.name_to_path(kind).items():
            if path == runner._script_path:
                continue
            is_folder = path in folders
            place = _absolute(folders.get(path, path))
            found.append((place, name, "dir" if is_folder else kind))
    return tuple(sorted(found, key=lambda file: file[1]))


def _modules(runner: Any) -> tuple[str, ...]:
    manager = runner._working_dir_mgr
    return tuple(manager.name("file", path) for path in runner._opts["py_files"])


def _absolute(path: str) -> str:
    if "://" in path and not path.startswith("file://"):
        return path
    place = os.path.abspath(path.removeprefix("file://"))
    if not os.path.exists(place):
        raise UsageError(f"there is no side file {path!r}")
    return place


def _setup_script(runner: Any) -> tuple[str, ...]:
    """The command that runs the job's setup commands and prints the environment they leave.

    Source: `MRJobBinRunner._setup_cmd_content`, whose lock is held by the caller here.
    """
    if not runner._setup:
        return ()
    name = runner._working_dir_mgr.name
    lines = [
        "".join(
            part if isinstance(part, str) else f'"$__mrjob_PWD"/{name(**part)}' for part in command
        )
        for command in runner._setup
    ]
    script = ["__mrjob_PWD=$PWD", "{", *lines, "} 0</dev/null 1>&2", 'cd "$__mrjob_PWD"', "env -0"]
    return (*runner._sh_bin(), "-c", "\n".join(script))


_OF_NO_INTEREST = "No configs specified for"


class _NoteHandler(logging.Handler):
    def __init__(self, notes: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._notes = notes

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if message not in self._notes and not message.startswith(_OF_NO_INTEREST):
            self._notes.append(message)


@contextmanager
def _kept_log() -> Iterator[list[str]]:
    """What mrjob warns about, and nothing on standard error."""
    notes: list[str] = []
    log, handler = logging.getLogger("mrjob"), _NoteHandler(notes)
    propagates = log.propagate
    log.addHandler(handler)
    log.propagate = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # its datetime.utcnow()
            yield notes
    finally:
        log.propagate = propagates
        log.removeHandler(handler)


@contextmanager
def _own_conf_errors() -> Iterator[None]:
    """What mrjob raises for options, paths and configuration that it cannot use, as ours."""
    try:
        yield
    except (OSError, TypeError, ValueError, NotImplementedError) as error:
        raise UsageError(str(error)) from error
