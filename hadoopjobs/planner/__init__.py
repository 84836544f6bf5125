"""From what to how: the only room that knows logical and physical plans."""

from hadoopjobs.planner.planner import COLLECT, Statistics, default_partitions, plan_stages

__all__ = ["COLLECT", "Statistics", "default_partitions", "plan_stages"]
