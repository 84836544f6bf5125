"""Front end for mrjob: an unchanged `MRJob` class becomes a logical plan.

Each mapper, combiner and reducer of each step is a *substep*. Between two of them records travel
as Python objects where both speak mrjob's standard JSON, and as the protocol's lines otherwise.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import UsageError
from hadoopjobs.core.functions import UserCode
from hadoopjobs.job.mrjob_help import option_flags_of_mrjob, option_help_of_mrjob
from hadoopjobs.job.mrjob_loader import MRStep, jobconf_from_dict
from hadoopjobs.job.mrjob_options import JobOptions, parse_job, resolve_options
from hadoopjobs.job.mrjob_protocols import (
    bytes_before_tab,
    is_plain_json,
    is_plain_text,
    json_bytes,
    same_bytes,
)
from hadoopjobs.job.mrjob_substeps import OWN_TASK, PackedSubstep, is_overridden
from hadoopjobs.job.mrjob_task import Carrier, Side, Substep
from hadoopjobs.logical.operators import (
    Grouping,
    LogicalPlan,
    MapRecords,
    Materialise,
    ReduceGroups,
    Scan,
    ScanLayout,
    Tee,
    Write,
)
from hadoopjobs.logical.program import Program

__all__ = ["MrjobProgram", "option_flags_of_mrjob", "option_help_of_mrjob", "plan_mrjob"]

_SIDES: tuple[Side, ...] = ("mapper", "combiner", "reducer")


@dataclass(frozen=True)
class MrjobProgram(Program):
    """A mrjob job, ready to be planned; `notes` say what it asks for and does not get here.

    step_settings  the whole job configuration of each step; `settings` is that of all steps
    """

    step_settings: tuple[tuple[tuple[str, str], ...], ...] = ()


def plan_mrjob(
    job_class: type,
    arguments: Sequence[str],
    *,
    output: str | None = None,
    settings: Mapping[str, str] | None = None,
    runner_name: str = "local",
    script: str | None = None,
    wants_lines: bool = False,
) -> MrjobProgram:
    """The program that `python script arguments` runs.

    `output` wins over the job's own `--output-dir`; `settings` count as `--jobconf`.
    `runner_name` picks the section of mrjob.conf. `script` is what mrjob's usage message names.
    With `wants_lines` what is shuffled is the lines that mrjob would write.

    Raises `UsageError` for jobs that need Java and for options that mrjob refuses, and exits
    (`SystemExit`) where mrjob's argument parser does.
    """
    job = parse_job(job_class, arguments, script)
    if settings:
        job.options.jobconf = {**(job.options.jobconf or {}), **settings}
    steps = _described_steps(job)
    options = resolve_options(job, steps, runner_name)
    target = output or job.options.output_dir
    if target and _lies_in(job.options.step_output_dir, target):
        raise UsageError(
            f"--step-output-dir {job.options.step_output_dir} lies in the output {target}, which "
            "is one folder made at the end: choose another"
        )
    return MrjobProgram(
        plan=_Planner(job, options, wants_lines or bool(options.java.partitioner)).plan(target),
        name=options.label or job_class.__name__,
        settings=_pairs(options.settings),
        environment=_pairs(options.environment),
        side_files=options.side_files,
        notes=(*options.notes, *_not_here(job, target)),
        java=options.java,
        step_settings=tuple(map(_pairs, options.step_settings)),
    )


def _lies_in(folder: str | None, outer: str) -> bool:
    paths = [
        path.rstrip("/") if "://" in path else os.path.abspath(path)
        for path in (folder or "", outer)
    ]
    return bool(folder) and f"{paths[0]}/".startswith(f"{paths[1]}/")


def _not_here(job: Any, target: str | None) -> list[str]:
    """What the job asks for and does not get."""
    notes = []
    if target and job.options.cat_output:
        notes.append("--cat-output: with an output folder nothing is printed here")
    return notes


def _pairs(mapping: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(mapping.items()))


def _described_steps(job: Any) -> list[Mapping[str, Any]]:
    name = type(job).__name__
    steps = job.steps()
    if not steps:
        raise UsageError(f"{name} has no steps: define a mapper, a combiner or a reducer")
    for number, step in enumerate(steps):
        if not isinstance(step, MRStep):
            raise UsageError(
                f"step {number + 1} of {name} is a {type(step).__name__}; it needs Java: run the "
                "job with mrjob itself, where Hadoop or Spark is installed"
            )
    return [step.description(number) for number, step in enumerate(steps)]


class _Planner:
    """Builds the plan of one job, substep by substep."""

    def __init__(self, job: Any, options: JobOptions, shuffles_lines: bool) -> None:
        self._job = job
        self._options = options
        self._shuffles_lines = shuffles_lines
        self._step_output_dir: str | None = job.options.step_output_dir
        self._chain = [
            (number, side)
            for number, step in enumerate(options.steps)
            for side in _SIDES
            if side in step
        ]

    def plan(self, target: str | None) -> Write:
        is_raw = bool(self._options.steps[0].get("input_manifest"))
        inputs = DatasetRef(self._options.inputs, "text")
        reads_texts = self._carrier_before(*self._chain[0]) == "texts"
        layout: ScanLayout = "files" if is_raw else "texts" if reads_texts else "bytes"
        node: LogicalPlan = Scan(inputs, layout)
        for number in range(len(self._options.steps)):
            node = self._add_step(node, number)
            if self._step_output_dir and number < len(self._options.steps) - 1:
                folder = f"{self._step_output_dir.rstrip('/')}/{number:04}"
                node = Tee(node, DatasetRef((folder,), "lines"))
            elif self._has_other_variables_next(number):
                node = Materialise(node)
        return Write(node, DatasetRef((target,) if target else (), "lines"))

    def _has_other_variables_next(self, number: int) -> bool:
        """Whether the mapper of the next step would run in the tasks of this one, and must not,
        since it has a configuration of its own."""
        options = self._options
        if number + 1 == len(options.steps) or "reducer" in options.steps[number]:
            return False
        return "mapper" in options.steps[number + 1] and (
            options.variables(number) != options.variables(number + 1)
        )

    def _add_step(self, node: LogicalPlan, number: int) -> LogicalPlan:
        step = self._options.steps[number]
        if "mapper" in step:
            node = MapRecords(node, self._packed(number, "mapper"))
        combiner = None
        if "combiner" in step:
            if self._runs_just_once(number):
                node = MapRecords(node, self._packed(number, "combiner", sorts_first=True))
            else:
                combiner = self._packed(number, "combiner")
        if "reducer" in step:
            reducer = self._packed(number, "reducer")
            grouping = self._grouping(number, self._carrier_after(*self._before(number)))
            node = ReduceGroups(node, reducer, combiner, grouping)
        return node

    def _before(self, number: int) -> tuple[int, Side]:
        """The substep whose output the reducer of a step sorts."""
        return self._chain[self._chain.index((number, "reducer")) - 1]

    def _packed(self, number: int, side: Side, *, sorts_first: bool = False) -> UserCode:
        options, step = self._options, self._options.steps[number]
        described = step[side]
        substep = Substep(
            job_class=type(self._job),
            step=number,
            side=side,
            arguments=options.task_arguments,
            variables=tuple(sorted(options.variables(number).items())),
            surroundings=options.surroundings,
            reads=self._carrier_before(number, side),
            writes=self._carrier_after(number, side),
            command=described.get("command"),
            pre_filter=described.get("pre_filter"),
            shell=options.shell,
            is_raw=side == "mapper" and bool(step.get("input_manifest")),
            sorts_values=options.sorts_values,
        )
        label = f"{type(self._job).__name__}.{self._function_name(number, side)}"
        code = UserCode.pack(PackedSubstep(substep, sorts_first=sorts_first), label)
        if substep.command is None or sorts_first or substep.surroundings.setup:
            return code
        return replace(code, command=tuple(shlex.split(substep.command)))

    def _function_name(self, number: int, side: Side) -> str:
        """What the user calls the function, for plans and messages."""
        step = self._job.steps()[number]._steps
        for part in (side, f"{side}_raw", f"{side}_cmd", f"{side}_init", f"{side}_final"):
            function = step.get(part)
            if function:
                return getattr(function, "__name__", part)
        return side

    def _carrier_before(self, number: int, side: Side) -> Carrier:
        place = self._chain.index((number, side))
        if place:
            return self._carrier_after(*self._chain[place - 1])
        return "texts" if side == "mapper" and self._maps_plain_texts(number) else "lines"

    def _maps_plain_texts(self, number: int) -> bool:
        """Whether the first mapper is called with the lines of the input as mrjob's default
        protocol reads them, and nobody else sees those."""
        described = self._options.steps[number]["mapper"]
        is_looping = is_overridden(
            type(self._job), "run_mapper", "map_pairs", "_combine_or_reduce_pairs", *OWN_TASK
        )
        if is_looping or "command" in described or "pre_filter" in described:
            return False
        return is_plain_text(self._job.pick_protocols(number, "mapper")[0])

    def _carrier_after(self, number: int, side: Side) -> Carrier:
        """How records travel from this substep to the next but combiners that lie between."""
        place = self._chain.index((number, side))
        if place == len(self._chain) - 1:
            return "output"
        is_shuffled = self._chain[place + 1][0] == number
        if self._shuffles_lines if is_shuffled else self._step_output_dir:
            return "lines"
        link = [self._chain[place], self._chain[place + 1]]
        if side == "combiner" and place:
            link.insert(0, self._chain[place - 1])
        elif link[1][1] == "combiner" and place + 2 < len(self._chain):
            link.append(self._chain[place + 2])
        return "objects" if self._speaks_json(link) else "lines"

    def _speaks_json(self, link: Sequence[tuple[int, Side]]) -> bool:
        """Whether nobody along this part of the chain sees the lines themselves."""
        for index, (number, side) in enumerate(link):
            described = self._options.steps[number][side]
            if "command" in described or is_overridden(type(self._job), f"run_{side}", *OWN_TASK):
                return False
            is_reading, is_writing = index > 0, index < len(link) - 1
            if is_reading and "pre_filter" in described:
                return False
            if side == "combiner" and self._runs_just_once(number):
                return False
            read, write = self._job.pick_protocols(number, side)
            if is_reading and not is_plain_json(read):
                return False
            if is_writing and not is_plain_json(write):
                return False
        return True

    def _runs_just_once(self, number: int) -> bool:
        """Whether a combiner must see all that a map task emitted, once and sorted.

        Hadoop may run a combiner never or often; mrjob's local runners run it once. Where that
        shows (a command, no reducer behind it, the job's own loop), it is so here as well.
        """
        step = self._options.steps[number]
        return (
            "reducer" not in step
            or "command" in step["combiner"]
            or "pre_filter" in step["combiner"]
            or is_overridden(
                type(self._job),
                "combine_pairs",
                "_combine_or_reduce_pairs",
                "run_combiner",
                *OWN_TASK,
            )
        )

    def _grouping(self, number: int, carrier: Carrier) -> Grouping:
        sorts_values = self._options.sorts_values
        if carrier == "objects":
            keys, values = UserCode.pack(json_bytes, "json"), UserCode.pack(json_bytes, "json")
        else:
            of_keys = bytes_before_tab if sorts_values else same_bytes
            keys, values = UserCode.pack(of_keys, "lines"), UserCode.pack(same_bytes, "lines")
        return Grouping(
            partitions=self._partitions(number),
            sort_values=sorts_values,
            key_bytes=keys,
            value_bytes=values if sorts_values else None,
            divisible=carrier == "objects" and self._is_divisible(number),
            lines=carrier == "lines",
        )

    def _is_divisible(self, number: int) -> bool:
        """Whether several reduce tasks do what one does, as mrjob's local runners have it always:
        they sort all keys together and give each task a range of them."""
        described = self._options.steps[number].get("reducer", {})
        whole = {"command", "pre_filter"} & set(described)
        step = self._job.steps()[number]
        edges = step["reducer_init"] or step["reducer_final"]
        own = is_overridden(
            type(self._job), "run_reducer", "reduce_pairs", "_combine_or_reduce_pairs", *OWN_TASK
        )
        return bool(described and not (whole or edges or own or self._wanted_partitions(number)))

    def _wanted_partitions(self, number: int) -> str | None:
        name = "mapreduce.job.reduces"
        wanted: str | None = jobconf_from_dict(self._options.step_settings[number], name)
        return wanted

    def _partitions(self, number: int) -> int:
        """The number of reduce tasks: the job's, else 1.

        One, since mrjob's local runners sort all keys together: their output is in order.
        """
        name = "mapreduce.job.reduces"
        wanted = self._wanted_partitions(number)
        try:
            return max(1, int(wanted or 1))
        except ValueError as error:
            raise UsageError(f"{name} is {wanted!r}: it must be a number") from error
