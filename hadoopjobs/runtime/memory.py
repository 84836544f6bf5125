"""How much memory this process holds, asked of the kernel.

Buffers are bounded by what they really cost: the growth of the resident set since they were
last empty. A sum of `sys.getsizeof` misses what the allocator adds and counts shared objects
twice.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from collections.abc import Callable

_PAGE_BYTES = resource.getpagesize()
_statm: int | None = None
_statm_pid = 0


def resident_bytes() -> int:
    """Resident bytes of this process now, pages shared with others included."""
    global _statm, _statm_pid
    if not sys.platform.startswith("linux"):
        return peak_bytes()
    if _statm is None or _statm_pid != os.getpid():  # /proc/self is the process that opened it
        _statm = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        _statm_pid = os.getpid()
    return int(os.pread(_statm, 64, 0).split()[1]) * _PAGE_BYTES


def peak_bytes() -> int:
    """The most that this process ever held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def give_back() -> None:
    """Return freed heap to the kernel, where the C library can (glibc)."""
    if _trim is not None:
        _trim(0)


class Footing:
    """What this process holds when its buffers are empty: where growth is counted from.

    A heap that grew by less than a quarter of the budget is kept for the next task, which would
    only have to ask the kernel for it again. More is given back.
    """

    def __init__(self) -> None:
        self._lowest = resident_bytes()

    def settle(self, budget_bytes: int) -> int:
        """Call with empty buffers: tidies up if need be, gives the footing in bytes."""
        allowed = budget_bytes // 4
        now = resident_bytes()
        if now > self._lowest + allowed:
            give_back()
            now = resident_bytes()
            self._lowest = max(self._lowest, now - allowed)  # the rest is the user's own
        self._lowest = min(self._lowest, now)
        return self._lowest


_footing: Footing | None = None
_footing_pid = 0


def footing(budget_bytes: int) -> int:
    """`Footing.settle` of this process; the first call sets where it stands."""
    global _footing, _footing_pid
    if _footing is None or _footing_pid != os.getpid():
        _footing, _footing_pid = Footing(), os.getpid()
    return _footing.settle(budget_bytes)


def _find_trim() -> Callable[[int], int] | None:
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):  # musl, macOS
        return None
    return trim


_trim = _find_trim()
