"""The job class: what a user writes."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from hadoopjobs.core.aggregators import Aggregator
from hadoopjobs.core.context import current_task
from hadoopjobs.core.hadoop_names import current_name
from hadoopjobs.core.job_files import is_loading
from hadoopjobs.job.options import check_values, declared_options
from hadoopjobs.job.step import Step

_SIDES = ("mapper", "combiner", "reducer")
_STEP_METHODS = (
    *(side + end for side in _SIDES for end in ("", "_init", "_final")),
    "mapper_raw",
    "map_batches",
    "reduce_batches",
    "partitioner",
)
_COMMANDS = tuple(side + end for side in _SIDES for end in ("_cmd", "_pre_filter"))


class Job:
    """A batch job. Define `mapper`, `combiner` and `reducer`, or override `steps`.

    >>> from hadoopjobs import Job, Sum
    >>> class WordCount(Job):
    ...     aggregator = Sum()
    ...     def mapper(self, _, line):
    ...         for word in line.split():
    ...             yield word, 1
    >>> from hadoopjobs.testing import run
    >>> run(WordCount(), ["to be", "or not to be"]).as_dict()
    {'be': 2, 'not': 1, 'or': 1, 'to': 2}

    See `Step` for all that a job may define. Each task works on a copy of the job of its own,
    so attributes that `mapper_init` sets are the task's.

    input_format   name of a format, or "auto": by the file's magic bytes and name, else text.
                   Text gives `mapper(None, line)`
    output_format  name of a format; "json" writes `key<TAB>value`, both as JSON
    SORT_VALUES    values of a key come sorted
    JOBCONF        Hadoop settings; `mapreduce.job.reduces` is heeded everywhere
    FILES, DIRS, ARCHIVES
                   side files, found in the working folder of each task under their base names
                   or under NAME if written `path#NAME`; paths are relative to the job's file
    """

    input_format: ClassVar[str] = "auto"
    output_format: ClassVar[str] = "json"
    SORT_VALUES: ClassVar[bool] = False
    JOBCONF: ClassVar[dict[str, Any]] = {}
    FILES: ClassVar[Sequence[str]] = ()
    DIRS: ClassVar[Sequence[str]] = ()
    ARCHIVES: ClassVar[Sequence[str]] = ()
    aggregator: Aggregator | dict[str, Aggregator] | None = None
    batch_keys: ClassVar[tuple[str, ...]] = ()
    _run_settings: Mapping[str, str] = MappingProxyType({})  # a dict once the job is planned

    def __init__(self, **options: Any) -> None:
        """Set declared options; raises `ConfigError` for one that is not declared."""
        check_values(type(self), options)
        self.options = options
        defaults = {n: o.default for n, o in declared_options(type(self)).items()}
        self.__dict__.update(defaults | options)  # read faster than through the declaration

    def steps(self) -> list[Step]:
        """The steps of the job, in order; one, of the methods that are defined, by default."""
        parts: dict[str, Any] = {
            name: method for name in _STEP_METHODS if (method := getattr(self, name, None))
        }
        for name in _COMMANDS:
            command = getattr(self, name, None)
            if command is not None:
                parts[name] = command() if callable(command) else command
        return [
            Step(
                aggregator=self.aggregator,
                batch_keys=tuple(self.batch_keys),
                sort_values=self.SORT_VALUES,
                **parts,
            )
        ]

    def jobconf(self) -> dict[str, Any]:
        """Hadoop settings of this job; override to compute them from options."""
        return dict(self.JOBCONF)

    def setting(self, name: str, default: str | None = None) -> str | None:
        """A Hadoop setting of this run, under its new name or an old one: that of `-D`, else the
        job's own. It is known in `steps`, in `next_round` and in tasks."""
        found = self._run_settings
        if name in found:
            return found[name]
        same = (found[other] for other in found if current_name(other) == current_name(name))
        return next(same, default)

    def next_round(self, pairs: list[tuple[Any, Any]]) -> Job | None:
        """The job for another round over the same input, made from this round's output; None at
        the end. An iterative job overrides this."""
        return None

    def is_last_round(self) -> bool:
        """Whether an iterative job knows, before it runs, that no round follows this one. Then the
        output is written by the tasks, as that of any job, and need not fit in memory."""
        return False

    @classmethod
    def is_iterative(cls) -> bool:
        return cls.next_round is not Job.next_round

    def increment_counter(self, group: str, counter: str, amount: int = 1) -> None:
        """Add `amount` to a counter; the run's end shows the sum over all tasks."""
        current_task().increment(group, counter, amount)

    def set_status(self, message: str) -> None:
        """Tell what the task is doing."""
        current_task().set_status(message)

    @classmethod
    def run(cls) -> None:
        """Run this job with the arguments of the command line, as `hadoopjobs run FILE` would.

        Write `if __name__ == "__main__": WordCount.run()` at the end of a job file.
        """
        from hadoopjobs.cli.main import run_job_class  # the one import that points up; see there

        if is_loading():  # a file without that `if`: whoever loads it will run the job
            return
        sys.exit(run_job_class(cls, sys.argv[1:]))
