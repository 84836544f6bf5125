from __future__ import annotations

from hadoopjobs.yarn.mapreduce import counters_in
from hadoopjobs.yarn.records import record_of
from hadoopjobs.yarn.reports import ApplicationReport


def test_unknown_fields_are_left_out_and_missing_ones_are_none() -> None:
    found = {
        "id": "application_1_0001",
        "state": "RUNNING",
        "user": "",
        "x": 1,
        "allocatedMB": -1,
    }
    report = record_of(ApplicationReport, found)
    assert (report.id, report.state) == ("application_1_0001", "RUNNING")
    assert (report.user, report.queue, report.allocated_mb) == (None, None, None)


def test_a_job_without_counters_has_none() -> None:
    assert counters_in({"id": "job_1_0001"}) == {}


def test_counters_are_totals() -> None:
    counter = {"name": "c", "totalCounterValue": 3, "mapCounterValue": 1}
    found = {"counterGroup": [{"counterGroupName": "g", "counter": counter}]}
    assert counters_in(found) == {"g": {"c": 3}}
