"""From what to how: the only room that knows logical and physical plans."""

from hadoopjobs.planner.hadoop_modes import choose_modes
from hadoopjobs.planner.planner import COLLECT, Statistics, default_partitions, plan_stages

__all__ = ["COLLECT", "Statistics", "choose_modes", "default_partitions", "plan_stages"]
