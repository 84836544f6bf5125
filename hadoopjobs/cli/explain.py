"""`hadoopjobs explain JOB ARGS`."""

from __future__ import annotations

import click

from hadoopjobs.cli.job_command import job_call, run_options


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    add_help_option=False,
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def explain(words: tuple[str, ...]) -> None:
    """Show the plan of a job without running it."""
    call = job_call("explain", words, run_options())
    if call is not None:
        from hadoopjobs.session import explain_program, program_of_job

        settings = call.settings()
        program = program_of_job(
            call.job_class, call.job_arguments, call.job_target(), settings.runner, settings.shuffle
        )
        click.echo(explain_program(program, settings), nl=False)
