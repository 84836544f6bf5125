"""The door for command line, reports and tests: load a job, plan it, run it."""

from hadoopjobs.job.front import help_of, option_flags_of
from hadoopjobs.job.job import Job
from hadoopjobs.job.loader import load_job_class
from hadoopjobs.job.plan import parse_side_file
from hadoopjobs.job.streaming import StreamingCall
from hadoopjobs.runners import RUNNERS, runner_named
from hadoopjobs.session.attaching import attach_run
from hadoopjobs.session.jobs import JobTarget, collect_job, program_of_job, reads_stdin, run_job
from hadoopjobs.session.programs import explain_program, run_program
from hadoopjobs.session.settings import Settings
from hadoopjobs.session.streams import program_of_streaming

__all__ = [
    "RUNNERS",
    "Job",
    "JobTarget",
    "Settings",
    "StreamingCall",
    "attach_run",
    "collect_job",
    "explain_program",
    "help_of",
    "load_job_class",
    "option_flags_of",
    "parse_side_file",
    "program_of_job",
    "program_of_streaming",
    "reads_stdin",
    "run_job",
    "run_program",
    "runner_named",
]
