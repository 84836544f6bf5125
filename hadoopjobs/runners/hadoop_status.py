"""What the tasks of a running job say by `set_status`, as Hadoop hands it on."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hadoopjobs.yarn.mapreduce import TaskReport

# Hadoop puts the phase behind it. Source: org.apache.hadoop.util.Progress.toString.
_PHASE = re.compile(r" > (?:map|sort|copy|reduce|merge)\b.*$", re.S)
# What nobody's job has said: Hadoop's own words, the task's input, and ours.
_NOT_A_JOBS = re.compile(
    r"|map|sort|copy|reduce|merge|cleanup|setup|NEW|finished|Records R/W=.*|\w+://.*:\d+\+\d+"
    r"|\d+ / \d+ copied.*|\d+% done|working"
)


class Statuses:
    """Remembers what has been told."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def new(self, tasks: Iterable[TaskReport]) -> list[str]:
        """What running tasks say that they did not say before."""
        found = []
        for task in tasks:
            said = _PHASE.sub("", task.status or "").strip()
            is_new = self._told.get(task.id) != said and task.state == "RUNNING"
            if is_new and not _NOT_A_JOBS.fullmatch(said):
                self._told[task.id] = said
                found.append(said)
        return found
