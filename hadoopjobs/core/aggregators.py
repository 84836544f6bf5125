"""Reductions that are associative and say so: combiner and reducer come from one declaration."""

from __future__ import annotations

import heapq
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar


class Aggregator(ABC):
    """Folds the values of a key into a state, merges states, and gives the result.

    A state is made of what can cross to another task: numbers, text, bytes, lists, tuples,
    dicts. `merge` must be associative; values come in no stated order.

    >>> class Longest(Aggregator):
    ...     def zero(self): return ""
    ...     def add(self, state, value): return max(state, value, key=len)
    ...     def merge(self, one, other): return max(one, other, key=len)
    >>> Longest().finish(Longest().add_all("", ["a", "abc", "ab"]))
    'abc'
    """

    column_function: ClassVar[str | None] = None
    """The name of the same fold over an Arrow column, if there is one."""

    additive: ClassVar[bool] = False
    """Whether `zero()` is 0 and the state of a number more is `state + number`, for int and
    float. Then a number costs no call. It holds for the class that says it, not for those
    derived from it."""

    @abstractmethod
    def zero(self) -> Any:
        """The state of no values."""

    @abstractmethod
    def add(self, state: Any, value: Any) -> Any:
        """The state with `value` in it; may change and return `state`."""

    @abstractmethod
    def merge(self, one: Any, other: Any) -> Any:
        """The state of the values of both."""

    def finish(self, state: Any) -> Any:
        """The result: the state itself unless overridden."""
        return state

    def add_all(self, state: Any, values: Sequence[Any]) -> Any:
        """`add` for each of `values`; override it where all at once is cheaper."""
        for value in values:
            state = self.add(state, value)
        return state


class Sum(Aggregator):
    """The sum.

    >>> Sum().add_all(1, [2, 3])
    6
    """

    column_function = "sum"
    additive = True

    def zero(self) -> Any:
        return 0

    def add(self, state: Any, value: Any) -> Any:
        return state + value

    def add_all(self, state: Any, values: Sequence[Any]) -> Any:
        return sum(values, state)

    def merge(self, one: Any, other: Any) -> Any:
        return one + other


class Count(Aggregator):
    """How many values there were, whatever they are."""

    column_function = "count"

    def zero(self) -> Any:
        return 0

    def add(self, state: Any, value: Any) -> Any:
        return state + 1

    def add_all(self, state: Any, values: Sequence[Any]) -> Any:
        return state + len(values)

    def merge(self, one: Any, other: Any) -> Any:
        return one + other


class Min(Aggregator):
    """The smallest value; None stands for no value and is passed over."""

    column_function = "min"

    def zero(self) -> Any:
        return None

    def add(self, state: Any, value: Any) -> Any:
        if state is None or (value is not None and value < state):
            return value
        return state

    def merge(self, one: Any, other: Any) -> Any:
        return self.add(one, other)


class Max(Aggregator):
    """The largest value; None stands for no value and is passed over."""

    column_function = "max"

    def zero(self) -> Any:
        return None

    def add(self, state: Any, value: Any) -> Any:
        if state is None or (value is not None and value > state):
            return value
        return state

    def merge(self, one: Any, other: Any) -> Any:
        return self.add(one, other)


class Mean(Aggregator):
    """The arithmetic mean, a float; None of no values.

    >>> mean = Mean()
    >>> mean.finish(mean.merge(mean.add_all(mean.zero(), [1, 2]), (9, 1)))
    4.0
    """

    column_function = "mean"

    def zero(self) -> Any:
        return 0, 0

    def add(self, state: Any, value: Any) -> Any:
        return state[0] + value, state[1] + 1

    def add_all(self, state: Any, values: Sequence[Any]) -> Any:
        return sum(values, state[0]), state[1] + len(values)

    def merge(self, one: Any, other: Any) -> Any:
        return one[0] + other[0], one[1] + other[1]

    def finish(self, state: Any) -> Any:
        return state[0] / state[1] if state[1] else None


class Top(Aggregator):
    """The `count` largest values, largest first.

    >>> Top(2).add_all([], [3, 1, 2])
    [3, 2]
    """

    def __init__(self, count: int) -> None:
        self.count = count

    def zero(self) -> Any:
        return []

    def add(self, state: Any, value: Any) -> Any:
        return self.add_all(state, [value])

    def add_all(self, state: Any, values: Sequence[Any]) -> Any:
        return heapq.nlargest(self.count, [*state, *values])

    def merge(self, one: Any, other: Any) -> Any:
        return heapq.nlargest(self.count, [*one, *other])
