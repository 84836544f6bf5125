"""The command `hadoopjobs`: one file for each command, loaded when it is called."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Sequence

import click

from hadoopjobs.cli.quick_end import end_quickly
from hadoopjobs.core.errors import HadoopJobsError, UsageError

COMMANDS = {
    "run": ("hadoopjobs.cli.run:run", "Run a job."),
    "stream": ("hadoopjobs.cli.stream:stream", "Run commands as Hadoop Streaming does."),
    "explain": ("hadoopjobs.cli.explain:explain", "Show the plan of a job without running it."),
    "compare": ("hadoopjobs.cli.compare:compare", "Run a job on several runners, side by side."),
    "fs": ("hadoopjobs.cli.fs.command:fs", "Work with files on HDFS, S3 and this machine."),
    "app": ("hadoopjobs.cli.app:app", "List, watch and kill applications of a cluster."),
    "queue": ("hadoopjobs.cli.cluster_lists:queue", "List the queues of a cluster."),
    "node": ("hadoopjobs.cli.cluster_lists:node", "List the nodes of a cluster."),
    "doctor": ("hadoopjobs.cli.doctor:doctor", "Find out why jobs do not run on a cluster."),
    "config": ("hadoopjobs.cli.config:config", "Show where Hadoop settings come from."),
}


class _Commands(click.Group):
    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hadoopjobs", prog_name="hadoopjobs")
def cli() -> None:
    """Hadoop-compatible batch jobs: on local disk, in memory, on a cluster."""


def _open_missing_streams() -> None:
    """A process may be started without its three standard streams; then the next files that it
    opens would take their place. Input is empty then, and results cannot be written."""
    for name, mode, flags in (
        ("stdin", "r", os.O_RDONLY),
        ("stdout", "w", os.O_RDONLY),
        ("stderr", "w", os.O_WRONLY),
    ):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, flags), mode))


def _set_up_libraries() -> None:
    """Keep NumPy and Arrow from starting threads when they are imported: the workers are what
    runs in parallel, and a process of one thread can fork them (runners/nursery_process.py).
    Arrow uses the C library's heap: its own keeps what was freed, far over a memory budget."""
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code: 0 ok, 1 failed, 2 usage, 130 interrupted.

    With `-v` or `--verbose` among the arguments every error comes with our traceback.
    """
    _open_missing_streams()
    _end_as_if_interrupted(signal.SIGTERM, signal.SIGHUP)
    _set_up_libraries()
    end_quickly()
    words = list(sys.argv[1:] if arguments is None else arguments)
    is_verbose = not {"-v", "--verbose"}.isdisjoint(words)
    try:
        code = cli.main(args=words, standalone_mode=False)  # what `context.exit` was given, or None
        return code or 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.ClickException as error:
        click.echo(f"error: {error.format_message()}", err=True)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return 130
    except BrokenPipeError:  # the reader of our output has seen enough
        _drop_unwritten()
        return 1
    except Exception as error:
        if is_verbose:
            traceback.print_exc()
        click.echo(f"error: {_told(error)}", err=True)
        _drop_unwritten()
        return 2 if isinstance(error, UsageError) else 1


def _drop_unwritten() -> None:
    """Forget output that cannot be written, which Python would complain of when it ends."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _told(error: Exception) -> str:
    if isinstance(error, HadoopJobsError):
        return str(error)
    what = "".join(traceback.format_exception_only(error)).strip()
    return f"{what}; this is a fault of hadoopjobs, not of the job: -v shows where it is"


def _end_as_if_interrupted(*numbers: signal.Signals) -> None:
    """Let these signals end a run as Ctrl-C does, unless they are ignored (nohup)."""
    with contextlib.suppress(ValueError):  # not in the main thread: whoever called us decides
        for number in numbers:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, signal.default_int_handler)


def run_job_class(job_class: type, arguments: Sequence[str]) -> int:
    """What `python FILE ARGS` does for a job file: `hadoopjobs run FILE:Class ARGS`; and for
    `python -m MODULE ARGS`, `hadoopjobs run MODULE:Class ARGS`."""
    module = sys.modules[job_class.__module__]
    spec = getattr(module, "__spec__", None)
    if spec is not None and "." in spec.name:  # relative imports work in a module only
        return main(["run", f"{spec.name}:{job_class.__name__}", *arguments])
    path = getattr(module, "__file__", None)
    if path is None:
        raise UsageError(f"{job_class.__name__}.run() needs the job to be in a file")
    return main(["run", f"{path}:{job_class.__name__}", *arguments])


if __name__ == "__main__":
    sys.exit(main())
