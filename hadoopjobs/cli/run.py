"""`hadoopjobs run JOB ARGS`."""

from __future__ import annotations

import os
from contextlib import ExitStack

import click

from hadoopjobs.cli.job_command import JobCall, job_call, run_options, save_json


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    add_help_option=False,
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def run(words: tuple[str, ...]) -> None:
    """Run a job."""
    call = job_call("run", words, run_options())
    if call is not None:
        run_call(call)


def run_call(call: JobCall) -> None:
    """Run what the command line asked for."""
    from hadoopjobs.cli.progress import listener_for, say_summary
    from hadoopjobs.session import run_job

    listener = listener_for(call.values["quiet"])
    with ExitStack() as cleanup:
        cleanup.callback(listener.close)
        nowhere = None
        if call.values["no_output"]:
            nowhere = cleanup.enter_context(open(os.devnull, "wb"))
        result = run_job(
            call.job_class,
            call.job_arguments,
            call.settings(),
            call.job_target(),
            stdout=nowhere,
            listener=listener,
            job_file=call.job_file,
            resume_name=call.resume_name,
        )
    if result.application is not None:
        click.echo(result.application)
        return
    if call.values["metrics"]:
        save_json(call.values["metrics"], result.to_json())
    if not call.values["quiet"]:
        say_summary(result)
