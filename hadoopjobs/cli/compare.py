"""`hadoopjobs compare JOB ARGS --engines local,memory`."""

from __future__ import annotations

import click

from hadoopjobs.cli.job_command import job_call, run_options, save_json
from hadoopjobs.core.errors import ConfigError

_LEFT_OUT = {"runner", "output", "overwrite", "metrics", "resume", "no_output"}


def compare_options() -> list[click.Parameter]:
    """The options of `compare`: those of `run` that make sense here, and its own."""
    shared = [option for option in run_options() if option.name not in _LEFT_OUT]
    return [
        click.Option(["--engines"], default="local,memory", show_default=True, help="By commas."),
        click.Option(
            ["--runs"], type=click.IntRange(1), default=1, help="Runs of each.  [default: 1]"
        ),
        click.Option(
            ["--top"],
            type=click.IntRange(0),
            default=10,
            help="Show so many rows with the largest numbers.",
        ),
        click.Option(["--json"], metavar="FILE", help="Write all numbers as JSON."),
        *shared,
    ]


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    add_help_option=False,
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def compare(context: click.Context, words: tuple[str, ...]) -> None:
    """Run a job on several runners, side by side."""
    call = job_call("compare", words, compare_options())
    if call is None:
        return
    from hadoopjobs.cli.progress import listener_for
    from hadoopjobs.reports.comparison import compare as compare_runs
    from hadoopjobs.reports.comparison import render
    from hadoopjobs.session import reads_stdin, run_job, runner_named

    runners = [name for name in call.values["engines"].split(",") if name]
    if len(runners) < 2:
        raise ConfigError("--engines wants at least two, as in local,memory")
    for name in runners:
        runner_named(name)
    if reads_stdin(call.job_class, call.job_arguments):
        raise ConfigError("each run reads the input again: name files instead of standard input")
    comparison = compare_runs(
        call.job_class.__name__,
        runners,
        call.values["runs"],
        lambda runner, output: run_job(
            call.job_class,
            call.job_arguments,
            call.settings(runner),
            call.job_target(),
            stdout=output,
            listener=listener_for(quiet=True),
            job_file=call.job_file,
        ),
    )
    click.echo(render(comparison, call.values["top"]), nl=False)
    if call.values["json"]:
        document = {
            "job": comparison.job,
            "equal": comparison.difference is None,
            "runs": {
                side.runner: [result.to_json() for result in side.results]
                for side in comparison.sides
            },
        }
        save_json(call.values["json"], document)
    if comparison.difference is not None:
        context.exit(1)
