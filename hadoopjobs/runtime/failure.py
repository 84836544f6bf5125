"""What went wrong in a task, told so that its author can mend it."""

from __future__ import annotations

import os
import re
import traceback
from types import TracebackType
from typing import TYPE_CHECKING, Any

from hadoopjobs.core import aggregators
from hadoopjobs.core.errors import CodecError, HadoopJobsError, TaskError
from hadoopjobs.formats.compression import codec_by_extension

if TYPE_CHECKING:
    from hadoopjobs.runtime.task import Task

_STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep
_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_OUR_LIBRARIES = frozenset({"cloudpickle", "duckdb", "fastavro", "msgspec", "numpy", "pyarrow"})
_RECORD_SHOWN = 400
# The functions of job/mrjob_protocols.py that are called with the two parts of a pair.
_WRITERS = re.compile(r"write_json\(\) |line_writer\.<locals>\.<lambda>\(\) ")
_STDIN, _SPOOLED = "standard input", re.compile(r"/proc/\d+/fd/\d+$")


def failure_of(error: BaseException, task: Task) -> BaseException:
    """`error` itself if it is ours to tell or not a fault of the job, else a `TaskError`."""
    if isinstance(error, CodecError):
        return type(error)(f"{error}{_place(task)}")
    if isinstance(error, HadoopJobsError | KeyboardInterrupt):
        return error
    frames = _user_frames(_where_raised(error))
    if not frames:
        mistake = _mistake(error)
        if mistake is None:
            return error
        summary, shown = mistake, ""
    else:
        summary = "".join(traceback.format_exception_only(error)).strip()
        shown = "".join(traceback.format_list(frames))
    record = task.cursor.record()
    uri = _uri(task)
    return TaskError(
        summary,
        stage=task.stage.name,
        side=task.label or task.spec.side,
        user_traceback=shown,
        record=None if record is None else _shorten(_shown(record)),
        uri=uri,
        offset=task.cursor.offset(),
        is_compressed=uri is not None and codec_by_extension(uri) is not None,
        attempts=task.spec.attempt + 1,
    )


def _uri(task: Task) -> str | None:
    uri = task.cursor.uri or next((split.uri for split in task.spec.splits), None)
    return _STDIN if uri is not None and _SPOOLED.search(uri) else uri


def _place(task: Task) -> str:
    """Where a value came that cannot be stored. Values are stored many at once, after the function
    that yielded them has gone on, so the record is not known."""
    uri = _uri(task)
    file = "" if uri is None else f"\n  file:  {uri}"
    return f"\n  where: {task.spec.side} side of {task.stage.name}{file}"


def _where_raised(error: BaseException) -> TracebackType | None:
    """A generator that lets a `StopIteration` out raises another error outside of itself."""
    cause = error.__cause__
    is_escaped = isinstance(error, RuntimeError) and isinstance(cause, StopIteration)
    return cause.__traceback__ if is_escaped and cause is not None else error.__traceback__


def _shown(record: Any) -> str:
    try:
        return repr(record)
    except Exception as error:  # the record's own code, or an int too long for text
        return f"<a {type(record).__name__} that cannot be shown: {error}>"


def _user_frames(trace: TracebackType | None) -> list[traceback.FrameSummary]:
    """The frames from the first of user code on, without ours and the standard library's.

    None if all the others are of libraries that we call ourselves.
    """
    frames = [f for f in traceback.extract_tb(trace) if not f.filename.startswith(_OURS)]
    frames = [f for f in frames if not _is_standard_library(f.filename)]
    return [] if all(_is_our_library(f.filename) for f in frames) else frames


def _is_our_library(filename: str) -> bool:
    parts = filename.split(os.sep)
    packages = [i for i, part in enumerate(parts) if part in ("site-packages", "dist-packages")]
    return bool(packages) and parts[packages[-1] + 1].partition(".")[0] in _OUR_LIBRARIES


def _is_standard_library(filename: str) -> bool:
    if "site-packages" in filename or "dist-packages" in filename:
        return False
    return filename.startswith((_STANDARD_LIBRARY, "<frozen"))


def _mistake(error: BaseException) -> str | None:
    """What the user did if our own line raised, on what user code had yielded."""
    text = str(error)
    is_no_pair = "unpack" in text or "not iterable" in text or _WRITERS.match(text)
    if isinstance(error, TypeError | ValueError) and is_no_pair:
        return f"it must yield (key, value) pairs: {_WRITERS.sub('the protocol ', text)}"
    if isinstance(error, TypeError) and "argument" in text:
        return f"it cannot be called: {text}"
    if isinstance(error, TypeError) and "cannot pickle" in text:
        return f"it yields what cannot be copied ({text}): yield plain data"
    if isinstance(error, RecursionError):
        return f"it yields what is nested too deep: {text}"
    frames = traceback.extract_tb(error.__traceback__)
    if any(frame.filename == aggregators.__file__ for frame in frames):
        return f"it cannot fold these values: {text}"
    return None


def _shorten(text: str) -> str:
    return text if len(text) <= _RECORD_SHOWN else text[: _RECORD_SHOWN - 3] + "..."
