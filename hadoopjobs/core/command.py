"""Run a command over lines or bytes, as Hadoop Streaming does: memory bounded, and no orphan.

One thread moves everything: it writes input when the command takes some, hands out output as it
comes and reads the messages on the side. How a string becomes an argument vector is the caller's.
"""

from __future__ import annotations

import ctypes
import os
import re
import selectors
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from itertools import islice
from typing import IO

from hadoopjobs.core.context import current_task
from hadoopjobs.core.errors import TaskError

_CHUNK_BYTES = 1 << 16
_CHUNK_LINES = 1024
_MESSAGES_KEPT = 4096
_GRACE_SECONDS = 5.0
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)

_COUNTER = re.compile(rb"reporter:counter:([^,]*),([^,]*),(-?\d+)")
_STATUS = re.compile(rb"reporter:status:(.*)")


def must_succeed(status: int) -> bool:
    """Whether a command that had to do its work did it."""
    return status == 0


def may_find_nothing(status: int) -> bool:
    """Whether a filter in front of a pipe ended as filters do.

    `grep` exits with 1 when no line matches and a shell forgets the status of all but the last
    command of a pipe. What could not be started, or was killed, did not filter.
    """
    return 0 <= status < 126 or status in (-signal.SIGPIPE, 128 + signal.SIGPIPE)


def pipe_bytes(
    arguments: Sequence[str],
    pieces: Iterable[bytes],
    accepts: Callable[[int], bool] = must_succeed,
) -> Generator[bytes, None, None]:
    """What the command prints when it reads `pieces`, in pieces as they come.

    `reporter:counter:` and `reporter:status:` lines on its standard error go to the current task.
    All of `pieces` is taken, even if the command stops reading early. The command and whatever it
    started are gone when the iterator is exhausted, closed or dropped.

    Raises `TaskError` if the command cannot be started or `accepts` refuses its exit status.
    """
    command = _Command(arguments)
    try:
        yield from command.exchange(iter(pieces))
        command.check(accepts)
    finally:
        command.end()


def pipe_lines(
    arguments: Sequence[str],
    lines: Iterable[bytes],
    accepts: Callable[[int], bool] = must_succeed,
) -> Iterator[bytes]:
    """As `pipe_bytes`: lines in, lines out; both without their newlines.

    >>> list(pipe_lines(["tr", "a-z", "A-Z"], [b"one", b"two"]))
    [b'ONE', b'TWO']
    """
    pieces = pipe_bytes(arguments, _pieces_of(iter(lines)), accepts)
    rest = b""
    with closing(pieces):
        for piece in pieces:
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole
        if rest:
            yield rest


def _pieces_of(lines: Iterator[bytes]) -> Iterator[bytes]:
    while some := list(islice(lines, _CHUNK_LINES)):
        yield b"\n".join((*some, b""))


class ReporterLines:
    """Takes what a task writes to standard error: counts counters, sets status, gives the rest.

    Source: Hadoop MapReduce Streaming, "How do I update counters / status in streaming
    applications"; the patterns are those of mrjob's `parse_mr_job_stderr`.
    """

    def __init__(self, other: Callable[[bytes], object]) -> None:
        self._other = other
        self._rest = b""

    def write(self, data: bytes) -> int:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line.rstrip(b"\r"), line + b"\n")
        return len(data)

    def flush(self) -> None:
        """Nothing is held back but an unfinished line."""

    def close(self) -> None:
        rest, self._rest = self._rest, b""
        if rest:
            self._take(rest.rstrip(b"\r"), rest)

    def _take(self, line: bytes, whole: bytes) -> None:
        if counter := _COUNTER.fullmatch(line):
            group, name, amount = counter.groups()
            current_task().increment(_text(group), _text(name), int(amount))
        elif status := _STATUS.fullmatch(line):
            current_task().set_status(_text(status[1]))
        else:
            self._other(whole)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


class _Command:
    """A running command with its three pipes."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._shown = shlex.join(arguments)
        self._messages = b""
        self._reporter = ReporterLines(self._keep)
        try:
            self._process = subprocess.Popen(
                list(arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                process_group=0,
                preexec_fn=_die_with_parent,
            )
        except OSError as error:
            raise TaskError(
                f"cannot start command {self._shown!r}: {error.strerror or error}"
            ) from error

    def exchange(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Feed `pieces`, give what comes back; ends when the command has closed its output."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        with selectors.DefaultSelector() as selector:
            feed = _Feed(process.stdin, pieces)
            for pipe in (process.stdin, process.stdout, process.stderr):
                os.set_blocking(pipe.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE)
            selector.register(process.stdout, selectors.EVENT_READ)
            selector.register(process.stderr, selectors.EVENT_READ)
            while selector.get_map():
                for key, _ in selector.select():
                    if key.fileobj is process.stdin:
                        if not feed.some():
                            selector.unregister(process.stdin)
                            process.stdin.close()
                        continue
                    data = os.read(key.fd, _CHUNK_BYTES)
                    if not data:
                        selector.unregister(key.fileobj)
                    elif key.fileobj is process.stderr:
                        self._reporter.write(data)
                    else:
                        yield data
        for _ in pieces:  # what the command did not want to read; the mapper before it must run
            pass

    def check(self, accepts: Callable[[int], bool]) -> None:
        status = self._process.wait()
        self._reporter.close()
        if not accepts(status):
            raise TaskError(
                f"command {self._shown!r} {_how_it_ended(status)}",
                user_traceback=_text(self._messages).rstrip(),
            )

    def end(self) -> None:
        """Close the pipes and end what still runs."""
        process = self._process
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with suppress(OSError):  # input that a dead command never took
                    pipe.close()
        if process.poll() is None:
            self._signal(signal.SIGTERM)
            try:
                process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
                process.wait()
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        """Signal the command's whole process group, if any of it is left."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _keep(self, line: bytes) -> None:
        self._messages = (self._messages + line)[-_MESSAGES_KEPT:]


class _Feed:
    """Bytes on their way into a pipe that does not block."""

    def __init__(self, pipe: IO[bytes], pieces: Iterator[bytes]) -> None:
        self._fd = pipe.fileno()
        self._pieces = pieces
        self._held = memoryview(b"")

    def some(self) -> bool:
        """Write as much as the pipe takes now; False when all is written or nobody reads."""
        while not self._held:
            piece = next(self._pieces, None)
            if piece is None:
                return False
            self._held = memoryview(piece)
        try:
            written = os.write(self._fd, self._held[:_CHUNK_BYTES])
        except BlockingIOError:
            return True
        except BrokenPipeError:
            return False
        self._held = self._held[written:]
        return True


def _how_it_ended(status: int) -> str:
    if status >= 0:
        return f"exited with status {status}"
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"


_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def _die_with_parent() -> None:
    """In the child, before it becomes the command: a worker that is killed takes it along."""
    if _prctl is not None:
        _prctl(_DIE_WITH_PARENT, signal.SIGKILL)
