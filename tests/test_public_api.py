"""The names that users import from `hadoopjobs`: a change here is a change for them."""

from __future__ import annotations

import inspect

import pytest

import hadoopjobs

PUBLIC = [
    # a job
    "Job",
    "Step",
    "option",
    # aggregators
    "Aggregator",
    "Count",
    "Max",
    "Mean",
    "Min",
    "Sum",
    "Top",
    # errors, codecs
    "HadoopJobsError",
    "register_codec",
]


def test_public_names_are_these() -> None:
    assert sorted(hadoopjobs.__all__) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_public_name_has_a_docstring(name: str) -> None:
    assert inspect.getdoc(getattr(hadoopjobs, name))


def test_dir_lists_the_public_names() -> None:
    assert set(PUBLIC) <= set(dir(hadoopjobs))
