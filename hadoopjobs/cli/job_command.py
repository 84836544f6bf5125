"""What `run`, `explain` and `compare` share: a job, its arguments, and how to run it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hadoopjobs.cli.arguments import split_at_job, take_ours
from hadoopjobs.core.errors import ConfigError, StorageError, UsageError
from hadoopjobs.core.functions import JobFile
from hadoopjobs.core.sizes import parse_size

if TYPE_CHECKING:
    from hadoopjobs.session import JobTarget, Settings


class Size(click.ParamType[int]):
    """A size in bytes, as in 512m."""

    name = "size"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        try:
            size = parse_size(value)
        except ConfigError as error:
            self.fail(str(error), param, ctx)
        return size or self.fail(f"{value} is no size: it must be more than 0", param, ctx)


def run_options() -> list[click.Parameter]:
    """The options of `run`."""
    return [
        click.Option(
            ["-r", "--runner"],
            default="memory",
            show_default=True,
            help="inline, local (disk-based MapReduce), memory or hadoop.",
        ),
        click.Option(["-o", "--output", "--output-dir"], help="Write to this folder, not stdout."),
        click.Option(["--overwrite"], is_flag=True, help="Replace the output if it exists."),
        click.Option(["--input-format"], help="Format of the inputs, instead of the job's own."),
        click.Option(["--output-format"], help="Format of the output, instead of the job's own."),
        click.Option(
            ["--input-option"], multiple=True, metavar="K=V", help="Option of the format."
        ),
        click.Option(["--output-option"], multiple=True, metavar="K=V", help="Likewise."),
        *_machine_options(),
        click.Option(["--metrics"], metavar="FILE", help="Write the run's numbers as JSON."),
        click.Option(["--resume"], is_flag=True, help="Go on where a failed run stopped."),
        click.Option(
            ["--skip-bad-records"],
            type=click.IntRange(0),
            default=0,
            metavar="N",
            help="Skip at most N records on which a mapper fails, and report each.",
        ),
        click.Option(["--detach"], is_flag=True, help="Submit, and wait for nothing (hadoop)."),
        click.Option(["--hadoop-bin"], metavar="FILE", help="Submit by this `hadoop` program."),
        click.Option(["--no-output"], is_flag=True, help="Print no results."),
        click.Option(["-q", "--quiet"], is_flag=True, help="Say only warnings and errors."),
        click.Option(["-v", "--verbose"], is_flag=True, help="Show our traceback with errors."),
        click.Option(["-h", "--help"], is_flag=True, help="Show this, and the job's options."),
    ]


def _machine_options() -> list[click.Parameter]:
    return [
        click.Option(["--memory"], type=Size(), help="Memory budget.  [default: 60 % of all]"),
        click.Option(["--workers"], type=click.IntRange(1), help="Processes.  [default: cores]"),
        click.Option(["--temp-dir"], help="Folder for spills and intermediate data."),
        click.Option(["--split-size"], type=Size(), help="Input for one map task."),
        click.Option(
            ["--max-attempts"], type=click.IntRange(1), help="Tries a task.  [default: 4]"
        ),
        click.Option(["-D", "--jobconf"], multiple=True, metavar="K=V", help="Hadoop setting."),
        click.Option(["--cmdenv"], multiple=True, metavar="K=V", help="Variable for tasks."),
        click.Option(["--files"], multiple=True, help="Side files, as PATH#NAME, by commas."),
        click.Option(["--archives"], multiple=True, help="Archives to unpack, likewise."),
        click.Option(["--py-files"], multiple=True, help="Python files and zips to import from."),
        click.Option(
            ["--env"],
            metavar="auto|FILE|none",
            help="Packages for a cluster's nodes: what the job imports; those of a requirements "
            "file too; or none.  [default: auto]",
        ),
        click.Option(
            ["--shuffle"],
            type=click.Choice(["auto", "columnar", "text"]),
            default="auto",
            show_default=True,
            help="What crosses Hadoop's shuffle.",
        ),
        click.Option(["--libjars"], multiple=True, metavar="JAR,...", help="Jars for Hadoop."),
        click.Option(["--python"], metavar="PATH", help="Python on a cluster's nodes."),
    ]


@dataclass
class JobCall:
    """A command line that was understood: a job, its own arguments, and our options."""

    target: str
    job_class: type
    job_file: JobFile | None
    values: dict[str, Any]
    job_arguments: list[str]

    @property
    def resume_name(self) -> str:
        """What names this run when it is to be gone on with: the job and its arguments."""
        return json.dumps([self.target, self.job_arguments])

    def job_target(self) -> JobTarget:
        from hadoopjobs.session import JobTarget

        values = self.values
        return JobTarget(
            output=values.get("output"),
            input_format=values.get("input_format"),
            output_format=values.get("output_format"),
            input_options=key_values(values.get("input_option", ()), "--input-option"),
            output_options=key_values(values.get("output_option", ()), "--output-option"),
            job_settings=key_values(values["jobconf"], "-D"),
        )

    def settings(self, runner: str | None = None) -> Settings:
        from hadoopjobs.session import Settings, parse_side_file

        values = self.values
        files = [(text, "file") for text in _by_commas(values["files"])]
        files += [(text, "archive") for text in _by_commas(values["archives"])]
        for path in _by_commas(values["py_files"]):
            if not os.path.exists(path):
                raise UsageError(f"--py-files {path} does not exist")
            sys.path.insert(0, os.path.abspath(path if path.endswith((".zip", ".egg")) else "."))
            if path.endswith(".py"):
                sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
        return Settings(
            runner=runner or values["runner"],
            memory_bytes=values["memory"],
            workers=values["workers"],
            temp_dir=values["temp_dir"],
            max_attempts=values["max_attempts"],
            skip_bad_records=values.get("skip_bad_records", 0),
            overwrite=values.get("overwrite", False),
            resume=values.get("resume", False),
            detach=values.get("detach", False),
            hadoop_bin=values.get("hadoop_bin"),
            split_bytes=values["split_size"],
            side_files=tuple(parse_side_file(text, kind) for text, kind in files),
            environment=tuple(key_values(values["cmdenv"], "--cmdenv").items()),
            node_packages=values["env"],
            node_python=values["python"],
            py_files=tuple(_by_commas(values["py_files"])),
            shuffle=values["shuffle"],
            libjars=tuple(_by_commas(values["libjars"])),
        )


def _by_commas(texts: Sequence[str]) -> list[str]:
    return [part for text in texts for part in text.split(",") if part]


def key_values(texts: Sequence[str], flag: str) -> dict[str, str]:
    """`K=V` texts as a dict."""
    pairs = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise ConfigError(f"{flag} {text!r}: write it as KEY=VALUE")
        pairs[key] = value
    return pairs


def job_call(name: str, words: Sequence[str], parameters: list[click.Parameter]) -> JobCall | None:
    """Understand `words`; None if help was asked for and given.

    Raises `click.UsageError` and `JobLoadError`.
    """
    at = split_at_job(parameters, words)
    command = click.Command(name, params=parameters, add_help_option=False)
    if at >= len(words):
        values = dict(command.make_context(name, list(words)).params)
        if values.get("help"):
            click.echo(_help(name, command, None))
            return None
        raise click.UsageError(f"name a job: hadoopjobs {name} JOB [ARGS]")
    from hadoopjobs.session import load_job_class, option_flags_of

    job_class, job_file = load_job_class(words[at])
    job_flags = option_flags_of(job_class)
    ours, others = take_ours(parameters, words[at + 1 :], job_flags)
    values = dict(command.make_context(name, [*_without_end(words[:at]), *ours]).params)
    if values.get("help"):
        click.echo(_help(name, command, job_class))
        return None
    return JobCall(words[at], job_class, job_file, values, others)


def _without_end(words: Sequence[str]) -> list[str]:
    return [word for word in words if word != "--"]


def _help(name: str, command: click.Command, job_class: type | None) -> str:
    from hadoopjobs.session import help_of

    formatter = click.HelpFormatter(width=min(100, click.formatting.HelpFormatter().width + 20))
    title = "JOB" if job_class is None else job_class.__name__
    formatter.write_usage(f"hadoopjobs {name}", f"[OPTIONS] {title} [JOB OPTIONS] [INPUTS]...")
    if job_class is not None:
        help_of(job_class, formatter)
    context = click.Context(command)
    with formatter.section(f"Options of {name}"):
        rows = [parameter.get_help_record(context) for parameter in command.params]
        formatter.write_dl([row for row in rows if row is not None])
    return formatter.getvalue().rstrip()


def save_json(path: str, document: Mapping[str, Any]) -> None:
    """Write `document` to `path`: a file whole or not at all, a pipe or device as it is."""
    text = json.dumps(document, indent=2) + "\n"
    target = os.path.realpath(path)
    try:
        if os.path.exists(target) and not os.path.isfile(target):
            Path(target).write_text(text, encoding="utf-8")
            return
        temporary = f"{target}.tmp-{os.getpid()}"
        Path(temporary).write_text(text, encoding="utf-8")
        os.replace(temporary, target)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}", uri=path) from error
