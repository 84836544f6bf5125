"""Hadoop-compatible batch jobs in Python: write a job once, run it on disk or in memory."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hadoopjobs.core.aggregators import Aggregator, Count, Max, Mean, Min, Sum, Top
    from hadoopjobs.core.codec_classes import register_codec
    from hadoopjobs.core.errors import HadoopJobsError
    from hadoopjobs.job.job import Job
    from hadoopjobs.job.options import option
    from hadoopjobs.job.step import Step

__version__ = "0.1.0"

_HOMES = {
    "Aggregator": "hadoopjobs.core.aggregators",
    "Count": "hadoopjobs.core.aggregators",
    "HadoopJobsError": "hadoopjobs.core.errors",
    "Job": "hadoopjobs.job.job",
    "Max": "hadoopjobs.core.aggregators",
    "Mean": "hadoopjobs.core.aggregators",
    "Min": "hadoopjobs.core.aggregators",
    "Step": "hadoopjobs.job.step",
    "Sum": "hadoopjobs.core.aggregators",
    "Top": "hadoopjobs.core.aggregators",
    "option": "hadoopjobs.job.options",
    "register_codec": "hadoopjobs.core.codec_classes",
}

__all__ = [
    "Aggregator",
    "Count",
    "HadoopJobsError",
    "Job",
    "Max",
    "Mean",
    "Min",
    "Step",
    "Sum",
    "Top",
    "option",
    "register_codec",
]


def __getattr__(name: str) -> Any:
    """Load public names when they are first used, so that the command line starts fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'hadoopjobs' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
