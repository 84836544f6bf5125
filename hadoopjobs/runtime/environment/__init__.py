"""What a node needs to run a task: packages, `hadoopjobs` and the user's modules, as archives.

A node brings Python and the C library; `docs/environment.md` says which.
"""

from hadoopjobs.runtime.environment.build import environment_for
from hadoopjobs.runtime.environment.cache import environment_cache
from hadoopjobs.runtime.environment.launch import launch_problem
from hadoopjobs.runtime.environment.node_platform import NodePlatform, parse_platform, this_platform
from hadoopjobs.runtime.environment.parts import Environment, EnvironmentRequest, ShippedArchive
from hadoopjobs.runtime.environment.pickled import modules_named
from hadoopjobs.runtime.environment.publish import environment_folder, publish

__all__ = [
    "Environment",
    "EnvironmentRequest",
    "NodePlatform",
    "ShippedArchive",
    "environment_cache",
    "environment_folder",
    "environment_for",
    "launch_problem",
    "modules_named",
    "parse_platform",
    "publish",
    "this_platform",
]
