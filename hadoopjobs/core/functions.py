"""User code as plans carry it: what the operators call, and how it crosses to a worker."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hadoopjobs.core.errors import UsageError
from hadoopjobs.core.pairs import Key, Value
from hadoopjobs.core.snapshot import IMMUTABLE

Emitted = Iterable[tuple[Key, Value]] | None


@dataclass
class RecordFunction:
    """One side of a step (mapper, combiner or reducer), bound to its job.

    each    called with (key, value) on the map side, with (key, iterator of values) on the
            reduce side; returns or yields pairs, or returns None for no pairs
    init    called once before the first record of a task, yields pairs or None
    final   called once after the last record of a task, yields pairs or None
    stream  instead of the three: called once a task with an iterator of all that `each` would
            have got, as tuples; yields pairs
    freeze  called at once with each yielded key and value that is not of a class in `plain`, and
            gives what is passed on; so user code may go on changing a list that it yielded.
            None: a deep copy by `core.snapshot`
    plain   classes whose objects are passed on as they are
    flattens_texts
            whether `freeze` makes plain text of an instance of a subclass of str
    """

    each: Callable[[Key, Any], Emitted] | None = None
    init: Callable[[], Emitted] | None = None
    final: Callable[[], Emitted] | None = None
    stream: Callable[[Iterator[tuple[Key, Any]]], Iterator[tuple[Key, Value]]] | None = None
    freeze: Callable[[Any], Any] | None = None
    plain: frozenset[type] = IMMUTABLE
    flattens_texts: bool = False


@dataclass(frozen=True)
class UserCode:
    """A user's object (a `RecordFunction`, a function, an aggregator) packed for a task.

    Each `load()` gives a fresh copy: two tasks never share a job's state.
    `label` is what plans and errors call it, as in `WordCount.mapper`. `command` is what the object
    runs if that is all it does: words that read lines and write lines.
    """

    payload: bytes = field(repr=False)
    label: str
    command: tuple[str, ...] | None = None

    @classmethod
    def pack(cls, user_object: Any, label: str) -> UserCode:
        """Pack `user_object`; classes of importable modules and job files go by name, the rest
        (lambdas, closures, classes of a notebook) by value.

        Raises `UsageError` for what cannot be packed, as an open socket.
        """
        try:
            payload = pickle.dumps(user_object, protocol=5)
            if b"__main__" not in payload:
                return cls(payload, label)
        except Exception:  # pickle raises what it likes; cloudpickle can do more and says why
            pass
        import cloudpickle

        try:
            return cls(cloudpickle.dumps(user_object, protocol=5), label)
        except Exception as error:
            raise UsageError(
                f"cannot send {label} to a worker: {error}; open files, sockets and locks in "
                "mapper_init or reducer_init, not in the job's class or a closure"
            ) from error

    def load(self) -> Any:
        return pickle.loads(self.payload)  # the user's own code, from the plan they submitted


@dataclass(frozen=True)
class JobFile:
    """A Python file that workers load before they unpack user code, under module name `name`.

    `imports` are modules to import before it. With `is_module` it is imported by its name, as part
    of its package.
    """

    name: str
    path: str
    imports: tuple[str, ...] = ()
    is_module: bool = False
