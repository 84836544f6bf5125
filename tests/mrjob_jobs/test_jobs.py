"""Every job file here names one job, and loading it runs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from hadoopjobs.job.loader import is_mrjob, load_job_class

JOBS = sorted(Path(__file__).parent.glob("mr_*.py"))


@pytest.mark.parametrize("path", JOBS, ids=lambda path: path.stem)
def test_the_job_loads(path, capsys):
    job_class, _ = load_job_class(str(path))
    assert is_mrjob(job_class)
    assert capsys.readouterr() == ("", "")
