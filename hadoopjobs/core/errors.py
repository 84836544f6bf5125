"""Every error that a caller may want to tell apart.

    HadoopJobsError
    ├── UsageError              the caller's input is wrong
    │   ├── ConfigError
    │   └── JobLoadError
    ├── PlanError               our planner met something that it should not
    ├── TaskError               user code raised; holds stage, side, record, file, offset
    ├── DataError               a file does not hold what its format promises
    ├── CodecError              a key or value of a class that has no wire form
    ├── MemoryExceeded          one single thing is larger than the memory budget
    ├── WorkerLost              a task's worker died more often than it may
    ├── StorageError → FileMissing, FileExists, PermissionDenied, NoSpace
    ├── ServiceError            a Hadoop service over HTTP refused or failed; holds url and status
    │   └── ServiceUnreachable, NotAuthenticated, AccessDenied, NotFound
    └── YarnError → SubmissionError, ApplicationFailed

A class exists when a caller would act differently; a message exists for the human:
what happened, to which thing, what to do.
"""

from __future__ import annotations


class HadoopJobsError(Exception):
    """Anything that we report in one line instead of with a traceback."""


class UsageError(HadoopJobsError):
    """The caller's input is wrong; the command line exits with 2."""


class ConfigError(UsageError):
    """A setting is unknown or has a value that it cannot have."""


class JobLoadError(UsageError):
    """A job file cannot be loaded, or holds no job."""


class PlanError(HadoopJobsError):
    """The planner met something that it should not: a fault of ours."""


class DataError(HadoopJobsError):
    """A file does not hold what its format promises; names the file and the offset in bytes."""

    def __init__(self, message: str, *, uri: str | None = None, offset: int | None = None) -> None:
        place = "" if uri is None else f"{uri}: " if offset is None else f"{uri}, offset {offset}: "
        super().__init__(place + message)
        self.message = message
        self.uri = uri
        self.offset = offset

    def __reduce__(self) -> tuple[object, ...]:
        return _data_error, (type(self), self.message, self.uri, self.offset)


def _data_error(
    cls: type[DataError], message: str, uri: str | None, offset: int | None
) -> DataError:
    return cls(message, uri=uri, offset=offset)


class CodecError(HadoopJobsError):
    """A key or value is of a class that has no wire form; see `register_codec`."""


class UnsortableKeyError(CodecError):
    """A key is of a class that has no place in the order of keys."""


class MemoryExceeded(HadoopJobsError):
    """One single key or value is larger than the memory budget."""


class WorkerLost(HadoopJobsError):
    """A task's worker died in each of its attempts."""


class TaskError(HadoopJobsError):
    """User code raised. `str()` is the one screen that the user reads.

    `user_traceback` holds the frames of the user's own code only. `attempt_id`, `host` and
    `log_url` are those of an attempt on a cluster.
    """

    def __init__(
        self,
        summary: str,
        *,
        stage: str = "",
        side: str = "",
        user_traceback: str = "",
        record: str | None = None,
        uri: str | None = None,
        offset: int | None = None,
        is_compressed: bool = False,
        attempts: int = 1,
        host: str | None = None,
        attempt_id: str | None = None,
        log_url: str | None = None,
    ) -> None:
        super().__init__(summary)
        self.summary = summary
        self.stage = stage
        self.side = side
        self.user_traceback = user_traceback
        self.record = record
        self.uri = uri
        self.offset = offset
        self.is_compressed = is_compressed
        self.attempts = attempts
        self.host = host
        self.attempt_id = attempt_id
        self.log_url = log_url

    def __reduce__(self) -> tuple[object, ...]:
        return _restore_task_error, (self.summary, dict(self.__dict__))

    def __str__(self) -> str:
        lines = [f"{self.side or self.stage or 'a task'} failed: {self.summary}"]
        if self.user_traceback:
            lines.append(self.user_traceback.rstrip())
        if self.record is not None:
            lines.append(f"  record: {self.record}")
        if self.uri is not None:
            lines.append(f"  file:   {self.uri}")
        if self.offset is not None:
            of_what = " (in the file as uncompressed)" if self.is_compressed else ""
            lines.append(f"  offset: {self.offset}{of_what}")
        if self.attempts > 1:
            lines.append(f"  tried:  {self.attempts} times")
        if self.attempt_id is not None:
            lines.append(f"  where:  {self.attempt_id} on {self.host}")
        if self.log_url is not None:
            lines.append(f"  log:    {self.log_url}")
        return "\n".join(lines)


def _restore_task_error(summary: str, state: dict[str, object]) -> TaskError:
    error = TaskError(summary)
    error.__dict__.update(state)
    return error


class StorageError(HadoopJobsError):
    """A file system refused or failed."""

    def __init__(self, message: str, *, uri: str | None = None) -> None:
        super().__init__(message)
        self.uri = uri


class FileMissing(StorageError, FileNotFoundError):
    """There is no such file or folder."""

    __str__ = Exception.__str__


class FileExists(StorageError, FileExistsError):
    """The target is there already."""

    __str__ = Exception.__str__


class PermissionDenied(StorageError, PermissionError):
    """The user may not read or write this."""

    __str__ = Exception.__str__


class NoSpace(StorageError):
    """The disk, or a quota on it, is full. Trying again would not help."""


class ServiceError(HadoopJobsError):
    """A Hadoop service answered a request with an error, or not at all.

    `status` is that of HTTP, None without an answer. `java_class` is the simple name of the
    exception on the other side, where the answer says it, and `reason` what it says.
    """

    def __init__(
        self,
        message: str,
        *,
        url: str | None = None,
        status: int | None = None,
        java_class: str | None = None,
        reason: str | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = message if reason is None else reason
        self.url = url
        self.status = status
        self.java_class = java_class


class ServiceUnreachable(ServiceError):
    """No answer: wrong name or port, not running, a network that is cut, a time-out."""


class NotAuthenticated(ServiceError):
    """The service does not know who asks: no ticket, or one that has expired."""


class AccessDenied(ServiceError):
    """The service knows who asks, and says no."""


class NotFound(ServiceError):
    """The service has no such application, job, container or page."""


class YarnError(HadoopJobsError):
    """YARN did not do what it was asked to."""


class SubmissionError(YarnError):
    """An application could not be submitted; nothing is left in its staging folder."""


class ApplicationFailed(YarnError):
    """An application ended without success; `application_id` names it."""

    def __init__(self, message: str, *, application_id: str) -> None:
        super().__init__(message)
        self.application_id = application_id
