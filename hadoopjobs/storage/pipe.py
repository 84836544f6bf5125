"""A request whose body is written piece by piece while a thread sends it."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator

from hadoopjobs.core.errors import StorageError

_WAITING_PIECES = 8
_LOOK_SECONDS = 1.0


class Abandoned(Exception):
    """Ends the request in its middle."""


class Pipe:
    """Runs `send(pieces)` in a thread; `put` feeds it, `end` waits until it is done."""

    def __init__(self, uri: str, send: Callable[[Iterator[bytes]], None]) -> None:
        self._uri = uri
        self._send = send
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
        return self._raise()

    def end(self) -> None:
        """The request is whole; wait for its answer. Raises what ended it."""
        self.put(None)
        self._thread.join()
        if self._failure is not None:
            self._raise()

    def _raise(self) -> None:
        if isinstance(self._failure, StorageError):
            raise self._failure
        message = f"cannot write {self._uri}: the request ended early"
        raise StorageError(message, uri=self._uri) from self._failure

    def abandon(self) -> None:
        """Break the request; when this returns nothing more is sent."""
        self._is_abandoned.set()
        with contextlib.suppress(queue.Full):
            self._pieces.put_nowait(b"")
        self._thread.join()
