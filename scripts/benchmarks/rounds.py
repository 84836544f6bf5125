"""Measure several programs in turn: one warm-up each, then A B A B and so on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from inputs import Workspace
from measure import CommandFailed, Measurement, measure
from report import seconds


@dataclass(frozen=True, eq=False)
class Program:
    """A command that is measured, and what it is called in tables."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """How often to run, and where.

    before      called before each run, to make room for its output
    check       called with each program and what its warm-up printed
    """

    space: Workspace
    runs: int
    sample_memory: bool = False
    before: Callable[[Program], None] = lambda program: None
    check: Callable[[Program, Path], None] = lambda program, output: None


def alternate(programs: Sequence[Program], plan: Plan) -> dict[str, list[Measurement]]:
    """The measurements of each program, in the order of the runs; the warm-up is not among them."""
    results: dict[str, list[Measurement]] = {program.name: [] for program in programs}
    for number in range(plan.runs + 1):
        for program in programs:
            output = plan.space.outputs / f"{program.name.replace(' ', '-')}.out"
            plan.before(program)
            os.sync()  # nobody waits for what the one before left to be written
            result = measure(
                program.command,
                output,
                environment=plan.space.environment | program.environment,
                sample_memory=plan.sample_memory,
            )
            _say(program, f"run {number} of {plan.runs}" if number else "warm-up", result)
            if number:
                results[program.name].append(result)
            else:
                plan.check(program, output)
    return results


def _say(program: Program, run: str, result: Measurement) -> None:
    times = f"{seconds(result.wall_seconds)} s wall, {seconds(result.cpu_seconds)} s CPU"
    print(f"{program.name}, {run}: {times}", file=sys.stderr, flush=True)


@dataclass
class SameResults:
    """A check that all programs print the same lines, in any order.

    Quotes do not count: some of the programs write words as JSON.
    """

    expected: list[bytes] | None = None
    first: str = ""

    def __call__(self, program: Program, output: Path) -> None:
        lines = sorted(output.read_bytes().replace(b'"', b"").splitlines())
        if self.expected is None:
            self.expected, self.first = lines, program.name
        elif lines != self.expected:
            raise CommandFailed(f"{program.name} and {self.first} give different results")
