"""Where the nodes' Java finds its classes.

Source: Hadoop's MRApps.setClasspath. `{{X}}` and `<CPS>` are replaced on the node.
"""

from __future__ import annotations

from hadoopjobs.yarn.effective import Effective

_SEPARATOR = "<CPS>"
_HOMES = ("HADOOP_MAPRED_HOME", "HADOOP_HOME", "HADOOP_COMMON_HOME")
_OF_JOB = ("job.jar/job.jar", "job.jar/classes/", "job.jar/lib/*", "{{PWD}}/*")


def mapreduce_class_path(effective: Effective) -> str:
    """The value of mapreduce.application.classpath for this job.

    Hadoop's own packages keep streaming apart from what jobs see by default, in `tools/lib`;
    the jar is named behind all else, where that layout would have it. A jar that is not there is
    no error to Java.
    """
    base = effective.require("mapreduce.application.classpath")
    if not effective.version:
        return base
    jar = f"share/hadoop/tools/lib/hadoop-streaming-{effective.version}.jar"
    return ",".join([base, *(f"${home}/{jar}" for home in _HOMES)])


def master_class_path(effective: Effective) -> str:
    """CLASSPATH of the ApplicationMaster."""
    lists = (effective.require("yarn.application.classpath"), mapreduce_class_path(effective))
    hadoop = [entry.strip() for found in lists for entry in found.split(",") if entry.strip()]
    first = effective.is_true("mapreduce.job.user.classpath.first")
    entries = [*_OF_JOB, *hadoop] if first else [*hadoop, *_OF_JOB]
    return _SEPARATOR.join(["{{PWD}}", *entries])
