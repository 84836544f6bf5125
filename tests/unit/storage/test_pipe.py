from __future__ import annotations

import threading
import time

import pytest

from hadoopjobs.core.errors import StorageError
from hadoopjobs.storage.hdfs_errors import Unreachable
from hadoopjobs.storage.pipe import Pipe


def test_what_is_put_is_sent_in_order():
    sent: list[bytes] = []
    pipe = Pipe("u", sent.extend)
    for number in range(100):
        pipe.put(b"%d" % number)
    pipe.end()
    assert sent == [b"%d" % number for number in range(100)]


def test_who_takes_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr("hadoopjobs.storage.pipe._ABANDON_SECONDS", 0.1)
    release = threading.Event()

    def hang(pieces):
        next(pieces)
        release.wait(20)

    pipe = Pipe("u", hang, 0.5)
    pipe.put(b"x")
    began = time.monotonic()
    with pytest.raises(Unreachable, match="no answer to what was written"):
        pipe.end()
    pipe.abandon()
    assert time.monotonic() - began < 5
    release.set()


def test_what_ended_the_request_is_raised():
    def refuse(pieces):
        raise StorageError("no", uri="u")

    pipe = Pipe("u", refuse)
    with pytest.raises(StorageError, match="no"):
        pipe.end()


def test_an_abandoned_request_ends_in_its_middle():
    seen: list[BaseException] = []

    def send(pieces):
        try:
            for _ in pieces:
                pass
        except BaseException as error:
            seen.append(error)
            raise

    pipe = Pipe("u", send)
    pipe.put(b"x")
    pipe.abandon()
    assert [type(error).__name__ for error in seen] == ["Abandoned"]
