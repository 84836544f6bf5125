"""The command line in this process: exit code, standard output, standard error."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from hadoopjobs.cli.main import main

JOBS = {
    "letters": """
from hadoopjobs import Job, Sum


class Letters(Job):
    \"\"\"Count letters.\"\"\"

    aggregator = Sum()

    def mapper(self, _, line):
        self.increment_counter("text", "lines")
        for letter in line:
            yield letter, 1
""",
    "options": """
import click
from hadoopjobs import Job, option


class Options(Job):
    \"\"\"Shows what it was given.\"\"\"

    runner = option("--runner", default="mine", help="the job's own runner")
    number = option("-n", type=int, default=1, help="a number")
    tag = option("--tag", multiple=True, help="any number of them")
    loud = option("--loud", is_flag=True)
    level = option("--level", type=click.Choice(["low", "high"]), default="low")

    def mapper(self, _, line):
        yield line, [self.runner, self.number, list(self.tag), self.loud, self.level]
""",
    "two": """
from hadoopjobs import Job


class First(Job):
    def mapper(self, _, line):
        yield "first", line


class Second(Job):
    def mapper(self, _, line):
        yield "second", line
""",
    "derived": """
from hadoopjobs import Job


class Base(Job):
    def mapper(self, _, line):
        yield self.name, line


class Derived(Base):
    name = "derived"
""",
    "failing": """
from hadoopjobs import Job


class Failing(Job):
    def mapper(self, _, line):
        yield line, 1 / 0
""",
    "broken_steps": """
from hadoopjobs import Job


class Broken(Job):
    def steps(self):
        return {}["nowhere"]
""",
    "wrong_steps": """
from hadoopjobs import Job


class Wrong(Job):
    def steps(self):
        return [self.mapper]

    def mapper(self, _, line):
        yield line, 1
""",
    "syntax": "x = 1\n\ndef f(:\n    pass\n",
    "raising": "def load():\n    raise ValueError('at import')\n\n\nload()\n",
    "importing": "import no_such_module_at_all\n",
    "nothing": "x = 1\n",
    "differing": """
import os

from hadoopjobs import Job


class Differing(Job):
    def mapper(self, _, line):
        yield line, "same"
        yield "memory", "/fd/" in os.environ["mapreduce_task_attempt_id"]
        yield "process", os.getpid() == int(os.environ["TEST_DRIVER"])
""",
}


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return sorted(self.out.splitlines())


Cli = Callable[..., Done]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a text, `abba` and `c`, and the job files above."""
    (tmp_path / "text").write_text("abba\nc\n")
    for name, source in JOBS.items():
        (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cli(folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    def call(*arguments: str, stdin: bytes = b"") -> Done:
        class Stdin:
            buffer = io.BytesIO(stdin)

        with monkeypatch.context() as patched:
            patched.setattr("sys.stdin", Stdin)
            code = main(arguments)
        out, err = capfd.readouterr()
        return Done(code, out, err)

    return call
