"""What user code may say while it runs: counters and status. One context a task."""

from __future__ import annotations

from collections.abc import Callable

Counters = dict[str, dict[str, int]]


class TaskContext:
    """Counters and status of the task at hand, and the settings it may look up."""

    def __init__(
        self,
        settings: dict[str, str] | None = None,
        on_status: Callable[[str], None] | None = None,
    ) -> None:
        self.counters: Counters = {}
        self.status = ""
        self.settings = settings or {}
        self._on_status = on_status
        self._endings: list[Callable[[], None]] = []

    def increment(self, group: str, counter: str, amount: int = 1) -> None:
        counters = self.counters.setdefault(group, {})
        counters[counter] = counters.get(counter, 0) + amount

    def set_status(self, message: str) -> None:
        self.status = message
        if self._on_status is not None:
            self._on_status(message)

    def at_end(self, call: Callable[[], None]) -> None:
        """Have `call` called when the task ends, however it does."""
        if call not in self._endings:
            self._endings.append(call)

    def end(self) -> None:
        """Call what was to be called at the end, the last first."""
        while self._endings:
            self._endings.pop()()


_current = TaskContext()


def current_task() -> TaskContext:
    """The context of the task that this process runs now."""
    return _current


def enter_task(context: TaskContext) -> None:
    """Make `context` the current one; workers run one task at a time."""
    global _current
    _current = context


def add_counters(total: Counters, more: Counters) -> None:
    """Add `more` into `total`."""
    for group, counters in more.items():
        into = total.setdefault(group, {})
        for name, amount in counters.items():
            into[name] = into.get(name, 0) + amount
