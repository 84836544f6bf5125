"""How much of what lies between tasks the memory store keeps in memory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hadoopjobs.runners.store import MemoryStore
from hadoopjobs.runtime.run_file import OutputPlace

LIMIT, WRITERS = 1000, 2


@pytest.fixture
def store(tmp_path: Path):
    store = MemoryStore(str(tmp_path), LIMIT, WRITERS)
    yield store
    store.close()


def share(place: OutputPlace) -> int:
    assert place.primary_limit is not None
    return place.primary_limit


def write(place: OutputPlace, size: int) -> None:
    with open(place.primary, "wb") as file:
        file.write(b"x" * size)


def test_what_is_promised_to_running_attempts_is_not_free(store: MemoryStore) -> None:
    promised = [share(store.place(f"attempt-{number}")) for number in range(20)]
    assert promised[:3] == [500, 250, 125]
    assert sum(promised) <= LIMIT


def test_an_attempt_that_ended_counts_what_it_wrote(store: MemoryStore) -> None:
    first = store.place("first")
    write(first, 100)
    store.settle(first)
    assert share(store.place("second")) == (LIMIT - 100) // WRITERS


def test_an_attempt_that_is_forgotten_counts_nothing(store: MemoryStore) -> None:
    first = store.place("first")
    write(first, 100)
    store.discard(first)
    assert not os.path.exists(first.primary)
    assert share(store.place("second")) == LIMIT // WRITERS


def test_a_full_store_gives_no_memory(store: MemoryStore) -> None:
    first = store.place("first")
    write(first, LIMIT + 1)
    store.settle(first)
    assert share(store.place("second")) == 0
