"""Messages between driver, nursery and workers: pickled, length first, over a socket pair.

Only plans, task descriptions and results cross here, between processes of one user that one
run has started; records never do.
"""

from __future__ import annotations

import pickle
import socket
import struct
from typing import Any

_LENGTH = struct.Struct("<Q")


class ChannelClosed(Exception):
    """The process at the other end is gone."""


class Channel:
    """One end of a socket pair."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, message: Any, descriptors: tuple[int, ...] = ()) -> None:
        payload = pickle.dumps(message, protocol=5)
        try:
            header = _LENGTH.pack(len(payload))
            if descriptors:
                socket.send_fds(self._socket, [header], list(descriptors))
            else:
                self._socket.sendall(header)
            self._socket.sendall(payload)
        except (BrokenPipeError, ConnectionError) as error:
            raise ChannelClosed from error

    def receive(self) -> tuple[Any, list[int]]:
        """The next message, and the file descriptors that came with it."""
        try:
            header, descriptors, _, _ = socket.recv_fds(self._socket, _LENGTH.size, 4)
            while header and len(header) < _LENGTH.size:
                header += self._socket.recv(_LENGTH.size - len(header))
            if not header:
                raise ChannelClosed
            (length,) = _LENGTH.unpack(header)
            payload = bytearray(length)
            view = memoryview(payload)
            while view:
                received = self._socket.recv_into(view)
                if not received:
                    raise ChannelClosed
                view = view[received:]
        except ConnectionError as error:
            raise ChannelClosed from error
        return pickle.loads(payload), descriptors

    def close(self) -> None:
        self._socket.close()


def channel_pair() -> tuple[Channel, socket.socket]:
    """Our end, and the end to hand to another process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    return Channel(ours), theirs
