from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from hadoopjobs.core.errors import UsageError
from hadoopjobs.runtime.environment.user_modules import UserModules, find_user_modules


@pytest.fixture
def write(tmp_path):
    def write_file(name: str, text: str = "") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write_file


def find(files=(), modules=(), py_files=(), loaded=(), path=()) -> UserModules:
    return find_user_modules(files, modules, py_files, dict(loaded), [*path, *sys.path])


def test_imports_are_followed_wherever_they_stand(write, tmp_path):
    job = write("my job.py", "import os, helper\nfrom hadoopjobs import Job\n")
    write("helper.py", "def f():\n    from deep.inside import thing\n")
    write("deep/__init__.py")
    write("deep/inside.py", "from . import other\nimport pyarrow.parquet as pq")
    write("deep/data.txt", "shipped too")
    write("not_imported.py")
    found = find([job])
    names = ["my job.py", "helper.py", "deep/__init__.py", "deep/data.txt", "deep/inside.py"]
    assert found.placed == {name: tmp_path / name for name in names}
    assert found.third_party == {"pyarrow"}


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("import spread.a", ["spread/a.py"]),
        ("from spread import a", ["spread/a.py"]),
        ("from spread.a import thing", ["spread/a.py"]),
        ("from spread.deep.pack.mod import thing", ["spread/deep/pack/__init__.py"]),
        ("import spread.nothing", []),
        ("import spread", ["spread/a.py", "spread/deep/c.py", "spread/deep/pack/__init__.py"]),
    ],
)
def test_of_a_folder_without_init_goes_along_what_is_named(write, line, names):
    write("spread/a.py")
    write("spread/deep/c.py")
    write("spread/deep/pack/__init__.py")
    found = find([write("job.py", line)])
    assert list(found.placed) == ["job.py", *names]


def test_modules_elsewhere_on_the_path_go_along_and_installed_ones_do_not(write, tmp_path):
    job = write("jobs/job.py", "import near, far, installed")
    write("lib/far.py", "import near")
    write("jobs/near.py")
    write("env/site-packages/installed.py")
    path = [str(tmp_path / "lib"), str(tmp_path / "env" / "site-packages")]
    found = find([job], path=path)
    assert sorted(found.placed) == ["far.py", "job.py", "near.py"]
    assert found.third_party == {"installed"}


def test_what_is_loaded_and_lies_beside_the_job_goes_along(write, tmp_path):
    job = write("job.py", "__import__('dy' + 'namic')")
    dynamic, elsewhere = ModuleType("dynamic"), ModuleType("elsewhere")
    dynamic.__file__ = str(write("dynamic.py"))
    elsewhere.__file__ = "/nowhere/elsewhere.py"
    found = find([job], loaded={"dynamic": dynamic, "elsewhere": elsewhere}.items())
    assert sorted(found.placed) == ["dynamic.py", "job.py"]


def test_py_files_are_files_folders_and_zips(write, tmp_path):
    module = write("one/module.py", "import pyarrow")
    write("pack/__init__.py")
    archive = write("more.zip")
    found = find(py_files=[module, tmp_path / "pack", archive])
    assert sorted(found.placed) == ["module.py", "pack/__init__.py"]
    assert (found.zips, found.third_party) == ([archive], {"pyarrow"})


def test_py_files_that_are_missing_are_named():
    with pytest.raises(UsageError, match=r"--py-files /no/such\.py does not exist"):
        find(py_files=[Path("/no/such.py")])


def test_a_module_by_its_name_brings_its_whole_package(write, tmp_path):
    write("package/__init__.py")
    write("package/sub/job.py")
    found = find(modules=["package.sub.job"], path=[str(tmp_path)])
    assert sorted(found.placed) == ["package/__init__.py", "package/sub/job.py"]


def test_source_with_errors_is_sent_as_it_is(write):
    assert list(find([write("job.py", "print 'old'")]).placed) == ["job.py"]
