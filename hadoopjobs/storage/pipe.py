"""A request whose body is written piece by piece while a thread sends it."""

from __future__ import annotations

import contextlib
import math
import queue
import threading
import time
from collections.abc import Callable, Iterator

from hadoopjobs.core.errors import StorageError
from hadoopjobs.storage.hdfs_errors import Unreachable

_WAITING_PIECES = 8
_LOOK_SECONDS = 1.0
_ABANDON_SECONDS = 5.0


class Abandoned(Exception):
    """Ends the request in its middle."""


class Pipe:
    """Runs `send(pieces)` in a thread; `put` feeds it, `end` waits until it is done.

    A `send` that takes nothing for `patience_seconds` is given up, its thread left behind.
    """

    def __init__(
        self,
        uri: str,
        send: Callable[[Iterator[bytes]], None],
        patience_seconds: float = math.inf,
    ) -> None:
        self._uri = uri
        self._send = send
        self._patience_seconds = patience_seconds
        self._moved_at = time.monotonic()
        self._pieces: queue.Queue[bytes | None] = queue.Queue(_WAITING_PIECES)
        self._is_abandoned = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"write {uri}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._send(self._taken())
        except BaseException as error:
            self._failure = error

    def _taken(self) -> Iterator[bytes]:
        while True:
            try:
                piece = self._pieces.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                piece = b""
            else:
                self._moved_at = time.monotonic()
            if self._is_abandoned.is_set():
                raise Abandoned
            if piece is None:
                return
            if piece:
                yield piece

    def put(self, piece: bytes | None) -> None:
        """Blocks while too much waits. Raises what ended the request."""
        while self._thread.is_alive():
            with contextlib.suppress(queue.Full):
                return self._pieces.put(piece, timeout=_LOOK_SECONDS)
            self._check_patience()
        return self._raise()

    def _check_patience(self) -> None:
        if time.monotonic() - self._moved_at > self._patience_seconds:
            message = f"no answer to what was written for {self._patience_seconds:.0f} s"
            raise Unreachable(f"cannot write {self._uri}: {message}", uri=self._uri)

    def end(self) -> None:
        """The request is whole; wait for its answer. Raises what ended it."""
        self.put(None)
        while self._thread.is_alive():
            self._thread.join(_LOOK_SECONDS)
            self._check_patience()
        if self._failure is not None:
            self._raise()

    def _raise(self) -> None:
        if isinstance(self._failure, StorageError):
            raise self._failure
        message = f"cannot write {self._uri}: the request ended early"
        raise StorageError(message, uri=self._uri) from self._failure

    def abandon(self) -> None:
        """Break the request. When this returns nothing more is sent, unless it does not answer."""
        self._is_abandoned.set()
        with contextlib.suppress(queue.Full):
            self._pieces.put_nowait(b"")
        self._thread.join(_ABANDON_SECONDS)
