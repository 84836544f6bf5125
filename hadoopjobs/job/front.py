"""One door for both kinds of job: our own, and mrjob's."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hadoopjobs.job.loader import is_mrjob
from hadoopjobs.job.options import declared_options, option_flags, parse_arguments
from hadoopjobs.job.plan import plan_job
from hadoopjobs.logical.program import Program

if TYPE_CHECKING:
    import click


def program_of(
    job_class: type,
    arguments: Sequence[str],
    *,
    output: str | None,
    input_format: str | None = None,
    output_format: str | None = None,
    input_options: Mapping[str, Any] | None = None,
    output_options: Mapping[str, Any] | None = None,
    settings: Mapping[str, str] | None = None,
    runner_name: str = "local",
    wants_lines: bool = False,
) -> Program:
    """The program of the job with `arguments`: its own options, and its inputs.

    `runner_name` picks what mrjob.conf says for that runner; with `wants_lines` a mrjob job
    shuffles lines.
    """
    if is_mrjob(job_class):
        from hadoopjobs.job.mrjob_adapter import plan_mrjob

        return plan_mrjob(
            job_class,
            arguments,
            output=output,
            settings=settings,
            runner_name=runner_name,
            wants_lines=wants_lines,
        )
    job, inputs = parse_arguments(job_class, arguments)
    return plan_job(
        job,
        inputs,
        output,
        input_format=input_format,
        output_format=output_format,
        input_options=input_options,
        output_options=output_options,
        settings=settings,
    )


def option_flags_of(job_class: type) -> frozenset[str]:
    """The flags that the job takes itself."""
    if is_mrjob(job_class):
        from hadoopjobs.job.mrjob_adapter import option_flags_of_mrjob

        return option_flags_of_mrjob(job_class)
    return option_flags(job_class)


def help_of(job_class: type, formatter: click.HelpFormatter) -> None:
    """Write what the job says of itself and of its options."""
    import click

    if job_class.__doc__:
        formatter.write_paragraph()
        with formatter.indentation():
            for paragraph in inspect.cleandoc(job_class.__doc__).split("\n\n"):
                formatter.write_text(paragraph)
                formatter.write_paragraph()
    if is_mrjob(job_class):
        from hadoopjobs.job.mrjob_adapter import option_help_of_mrjob

        rows = option_help_of_mrjob(job_class)
    else:
        context = click.Context(click.Command(job_class.__name__))
        records = [
            o.to_click().get_help_record(context) for o in declared_options(job_class).values()
        ]
        rows = [record for record in records if record is not None]
    if rows:
        with formatter.section(f"Options of {job_class.__name__}"):
            formatter.write_dl(rows)
