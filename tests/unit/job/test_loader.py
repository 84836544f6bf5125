"""Which class of a file is the job; `tests/unit/cli` has what a user sees of it."""

from __future__ import annotations

import sys

import pytest

from hadoopjobs.core.errors import JobLoadError
from hadoopjobs.job.loader import load_job_class

JOB = "from hadoopjobs import Job\n\n\nclass {name}({base}):\n    pass\n"


@pytest.fixture(autouse=True)
def _unchanged_imports(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_job_that_is_imported_is_not_the_one_meant(tmp_path):
    (tmp_path / "loader_first.py").write_text(JOB.format(name="First", base="Job"))
    (tmp_path / "loader_second.py").write_text(
        "from loader_first import First\n" + JOB.format(name="Second", base="First")
    )
    job_class, job_file = load_job_class(str(tmp_path / "loader_second.py"))
    assert job_class.__name__ == "Second"
    assert job_file is not None
    assert job_file.name == "loader_second"


def test_a_file_that_only_imports_one_job_means_that(tmp_path):
    (tmp_path / "loader_third.py").write_text(JOB.format(name="Third", base="Job"))
    (tmp_path / "loader_only.py").write_text("from loader_third import Third\n")
    assert load_job_class(str(tmp_path / "loader_only.py"))[0].__name__ == "Third"


def test_a_job_file_called_like_a_module_of_python_hides_it_not(tmp_path):
    (tmp_path / "random.py").write_text(JOB.format(name="Random", base="Job"))
    job_class, _ = load_job_class(str(tmp_path / "random.py"))
    assert job_class.__name__ == "Random"
    import random

    assert hasattr(random, "shuffle")


def test_names_with_spaces_dashes_and_colons(tmp_path):
    for name in ("my job.py", "my-job.py", "a:b.py"):
        path = tmp_path / name
        path.write_text(JOB.format(name="Named", base="Job"))
        assert load_job_class(str(path))[0].__name__ == "Named"
        assert load_job_class(f"{path}:Named")[0].__name__ == "Named"


def test_a_module_by_its_name():
    with pytest.raises(JobLoadError, match="there is no module no_such"):
        load_job_class("no_such.module:Job")
    with pytest.raises(JobLoadError, match=r"hadoopjobs\.core\.sizes has no job 'X'; it has: none"):
        load_job_class("hadoopjobs.core.sizes:X")
