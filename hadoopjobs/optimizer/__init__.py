"""Rewrites of logical plans that keep the result: RULES, applied in order.

There are none yet that a job needs: its functions are opaque. Relational plans bring the first.
"""

from __future__ import annotations

from collections.abc import Callable

from hadoopjobs.logical.operators import Write

RULES: tuple[Callable[[Write], Write], ...] = ()


def optimise(plan: Write) -> Write:
    """`plan` after every rule."""
    for rule in RULES:
        plan = rule(plan)
    return plan
