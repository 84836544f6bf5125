"""Runs the command line as a stranger would and looks for what it left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

JOBS = Path(__file__).parent / "jobs"
_MARKER = "FAULT_TEST_RUN"
_SETTLE_SECONDS = 8.0


@dataclass
class Finished:
    """A run that is over."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def last_line(self) -> str:
        return self.stderr.rstrip().rpartition("\n")[2]


@dataclass
class Sandbox:
    """A folder for inputs, one for outputs, one for temporary files, and the runs made in it.

    Every process of a run carries a variable of its own, by which it is found wherever it went.
    """

    folder: Path
    marker: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        for path in (self.inputs, self.outputs, self.temporary):
            path.mkdir()

    @property
    def inputs(self) -> Path:
        return self.folder / "inputs"

    @property
    def outputs(self) -> Path:
        return self.folder / "outputs"

    @property
    def output(self) -> Path:
        return self.outputs / "out"

    @property
    def temporary(self) -> Path:
        return self.folder / "temporary"

    def write(self, name: str, data: str | bytes) -> str:
        path = self.inputs / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return str(path)

    def start(
        self,
        *arguments: str,
        prefix: tuple[str, ...] = (),
        stdin: Path = Path(os.devnull),
    ) -> Started:
        """Start `hadoopjobs run ARGUMENTS` in a session of its own, as a terminal would."""
        environment = os.environ | {_MARKER: self.marker, "TMPDIR": str(self.temporary)}
        out, err = self.folder / "stdout", self.folder / "stderr"
        with out.open("wb") as stdout, err.open("wb") as stderr, stdin.open("rb") as given:
            process = subprocess.Popen(
                [*prefix, sys.executable, "-m", "hadoopjobs.cli.main", "run", *arguments],
                stdin=given,
                stdout=stdout,
                stderr=stderr,
                env=environment,
                start_new_session=True,
                cwd=self.folder,
            )
        return Started(self, process, out, err)

    def run(
        self, *arguments: str, prefix: tuple[str, ...] = (), stdin: Path = Path(os.devnull)
    ) -> Finished:
        return self.start(*arguments, prefix=prefix, stdin=stdin).finish()

    def processes(self) -> list[int]:
        """All processes that runs of this sandbox started and that are still there."""
        wanted = f"{_MARKER}={self.marker}".encode()
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit() and _is_alive(int(name)):
                try:
                    variables = Path("/proc", name, "environ").read_bytes().split(b"\0")
                except OSError:
                    continue
                if wanted in variables:
                    found.append(int(name))
        return found

    def left_files(self) -> list[str]:
        """What lies in the temporary folder and, hidden or not, beside the output."""
        left = list(self.temporary.rglob("*"))
        left += [path for path in self.outputs.iterdir() if path != self.output]
        return sorted(str(path.relative_to(self.folder)) for path in left)

    def assert_nothing_left(self, output: bool = False) -> None:
        """No process, no temporary file, and an output folder only if there should be one."""
        wait_until(lambda: not self.processes() and not self.left_files())
        assert self.processes() == []
        assert self.left_files() == []
        assert self.output.exists() == output


@dataclass
class Started:
    """A run that goes on."""

    sandbox: Sandbox
    process: subprocess.Popen[bytes]
    out: Path
    err: Path

    def finish(self, timeout: float = 120) -> Finished:
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the run hangs: {self.stderr()}") from None
        return Finished(code, self.out.read_bytes(), self.stderr())

    def stderr(self) -> str:
        return self.err.read_text("utf-8", "replace")

    def kill(self) -> None:
        for pid in self.sandbox.processes():
            kill(pid)
        self.process.wait()

    def interrupt_group(self) -> None:
        """What a terminal does when the user types Ctrl-C."""
        os.killpg(self.process.pid, signal.SIGINT)

    def nursery(self) -> int | None:
        """The process from which workers are forked."""
        return next(iter(children(self.process.pid)), None)

    def workers(self) -> list[int]:
        nursery = self.nursery()
        return [] if nursery is None else children(nursery)

    def wait_for_workers(self, count: int = 1) -> list[int]:
        wait_until(lambda: len(self.workers()) >= count or self.process.poll() is not None, 30)
        return self.workers()

    def wait_for(self, path: Path) -> None:
        """Until user code made the file `path`."""
        assert wait_until(path.exists, 30), self.stderr()


def slow(value: object) -> ParameterSet:
    """A parameter whose test runs with `--slow` only; another value stands for it else."""
    return pytest.param(value, marks=pytest.mark.slow)


def wait_until(holds: Callable[[], object], seconds: float = _SETTLE_SECONDS) -> bool:
    """Whether `holds()` came true in time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def kill(pid: int) -> bool:
    """`kill -9`; whether the process was there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def children(pid: int) -> list[int]:
    """The living children of `pid`."""
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    return [child for task in tasks for child in _children_of_thread(pid, task) if _is_alive(child)]


def _children_of_thread(pid: int, task: str) -> Iterator[int]:
    try:
        yield from map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    except OSError:
        return


def _is_alive(pid: int) -> bool:
    """Whether it runs: what is dead and only waits for its parent to notice does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def open_files(pid: int) -> list[str]:
    """The paths that the process holds open now."""
    try:
        names = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return []
    found = []
    for name in names:
        try:
            found.append(os.readlink(f"/proc/{pid}/fd/{name}"))
        except OSError:
            continue
    return found


def output_bytes(folder: Path) -> dict[str, bytes]:
    """The files of an output by their names."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
