"""A logical plan as text, the result on top, its input indented below."""

from __future__ import annotations

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.functions import UserCode
from hadoopjobs.logical.operators import (
    Aggregate,
    AggregateBatches,
    Grouping,
    LogicalPlan,
    MapBatches,
    MapRecords,
    Materialise,
    ReduceBatches,
    ReduceGroups,
    Scan,
    Tee,
    Write,
)


def explain_logical(plan: LogicalPlan) -> str:
    """One line for each operator."""
    lines = ["Logical plan"]
    node: LogicalPlan | None = plan
    depth = 1
    while node is not None:
        lines.append("  " * depth + _describe(node))
        node = None if isinstance(node, Scan) else node.child
        depth += 1
    return "\n".join(lines)


def _describe(node: LogicalPlan) -> str:
    name = type(node).__name__
    if isinstance(node, Scan):
        return f"{name} {_dataset(node.dataset)} as {node.layout}"
    if isinstance(node, Materialise):
        return name
    if isinstance(node, Write | Tee):
        return f"{name} {_dataset(node.target)}"
    if isinstance(node, MapRecords | MapBatches):
        return f"{name} {node.code.label}"
    if isinstance(node, ReduceGroups):
        parts = [name, _label(node.reducer, "sort only")]
        if node.combiner is not None:
            parts.append(f"combine {node.combiner.label}")
        return ", ".join([" ".join(parts[:2]), *parts[2:], *_grouping(node.grouping)])
    if isinstance(node, Aggregate):
        return ", ".join([f"{name} {node.code.label}", *_grouping(node.grouping)])
    keys = ", ".join(node.keys) or "first column"
    if isinstance(node, AggregateBatches):
        functions = node.functions
        text = (
            functions
            if isinstance(functions, str)
            else ", ".join(f"{function}({column})" for column, function in functions)
        )
        return f"{name} {text} by {keys}"
    assert isinstance(node, ReduceBatches)
    return f"{name} {node.code.label} by {keys}"


def _label(code: UserCode | None, otherwise: str) -> str:
    return otherwise if code is None else code.label


def _grouping(grouping: Grouping) -> list[str]:
    parts = []
    if grouping.partitions:
        plural = "" if grouping.partitions == 1 else "s"
        parts.append(f"{grouping.partitions} partition{plural}")
    if grouping.sort_values:
        parts.append("values sorted")
    if grouping.partitioner is not None:
        parts.append(f"partition by {grouping.partitioner.label}")
    return parts


def _dataset(dataset: DatasetRef) -> str:
    return f"{', '.join(dataset.uris) or 'stdout'} ({dataset.format})"
