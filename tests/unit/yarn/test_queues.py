from __future__ import annotations

from typing import Any

import pytest

from hadoopjobs.core.errors import UsageError
from hadoopjobs.yarn.preflight import check_queue
from hadoopjobs.yarn.queues import scheduler_of


def leaf(name: str, path: str, state: str = "RUNNING") -> dict[str, Any]:
    kind = "capacitySchedulerLeafQueueInfo"
    return {"type": kind, "queueName": name, "queuePath": path, "state": state, "capacity": 50.0}


def capacity(auto: str = "off") -> dict[str, Any]:
    parent = {
        "queueName": "a",
        "queuePath": "root.a",
        "state": "RUNNING",
        "autoCreationEligibility": auto,
        "queues": {"queue": [leaf("x", "root.a.x"), leaf("shut", "root.a.shut", "STOPPED")]},
    }
    other = {
        "queueName": "b",
        "queuePath": "root.b",
        "queues": {"queue": leaf("x", "root.b.x")},  # one is no list
    }
    info = {"type": "capacityScheduler", "queueName": "root", "queues": {"queue": [parent, other]}}
    return {"scheduler": {"schedulerInfo": info}}


FAIR = {
    "scheduler": {
        "schedulerInfo": {
            "type": "fairScheduler",
            "rootQueue": {
                "queueName": "root",
                "clusterResources": {"memory": 1000},
                "usedResources": {"memory": 500},
                "childQueues": {
                    "queue": [
                        {
                            "type": "fairSchedulerLeafQueueInfo",
                            "queueName": "root.default",
                            "clusterResources": {"memory": 1000},
                            "usedResources": {"memory": 100},
                            "maxResources": {"memory": 4000},
                            "numActiveApps": 2,
                        }
                    ]
                },
            },
        }
    }
}


def test_queues_of_the_capacity_scheduler_parents_first() -> None:
    queues = scheduler_of(capacity()).queues
    assert [(queue.path, queue.is_leaf) for queue in queues] == [
        ("root", False),
        ("root.a", False),
        ("root.a.x", True),
        ("root.a.shut", True),
        ("root.b", False),
        ("root.b.x", True),
    ]


def test_queues_of_the_fair_scheduler() -> None:
    queues = scheduler_of(FAIR).queues
    assert [(queue.path, queue.used, queue.maximum) for queue in queues] == [
        ("root", 50.0, None),
        ("root.default", 10.0, 100.0),
    ]
    assert queues[1].name == "default"


def test_the_fifo_scheduler_has_one_queue() -> None:
    found = scheduler_of({"scheduler": {"schedulerInfo": {"type": "fifoScheduler"}}})
    assert [queue.path for queue in found.queues] == ["default"]


@pytest.mark.parametrize("name", ["root.a.x", "a.x"])
def test_a_queue_by_its_path(name: str) -> None:
    queue = check_queue(scheduler_of(capacity()), name)
    assert queue is not None
    assert queue.path == "root.a.x"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nope", r"no queue 'nope': choose one of root\.a\.x, root\.a\.shut, root\.b\.x with -D"),
        ("x", r"'x' is ambiguous: root\.a\.x and root\.b\.x"),
        ("shut", "'shut' is stopped and takes no applications"),
        ("root.a", r"'root\.a' only holds other queues"),
    ],
)
def test_a_queue_that_cannot_be_is_refused(name: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        check_queue(scheduler_of(capacity()), name)


def test_queues_that_are_made_by_use_are_not_refused() -> None:
    assert check_queue(scheduler_of(capacity("flexible")), "a.new") is None
    assert check_queue(scheduler_of(FAIR), "root.users.ann") is None
