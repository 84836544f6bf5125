"""Archives are built from this environment and started by the launcher with a Python that has
nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from hadoopjobs.core.errors import ConfigError, StorageError, UsageError
from hadoopjobs.core.functions import JobFile
from hadoopjobs.runtime.environment import (
    Environment,
    EnvironmentRequest,
    environment_for,
    launch_problem,
    parse_platform,
    publish,
)

BARE = str(Path(sys.executable).resolve())  # without the packages of the virtual environment


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def job(tmp_path) -> JobFile:
    path = tmp_path / "job.py"
    path.write_text("import helper, sys\nprint(helper.word, *sys.argv[1:])\n")
    (tmp_path / "helper.py").write_text("word = 'ü'")
    return JobFile("job", str(path))


def unpack(environment: Environment, folder: Path) -> None:
    """As YARN does."""
    for archive in environment.archives:
        target = folder / archive.name
        target.mkdir(parents=True)
        with tarfile.open(archive.path) as tar:
            tar.extractall(target, filter="tar")


def start(environment: Environment, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*environment.launcher, *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}
    )


def test_without_packages_a_task_has_hadoopjobs_and_the_users_modules(cache, job, tmp_path):
    request = EnvironmentRequest(env="none", python=BARE, job_files=(job,))
    environment = environment_for(request, cache)
    assert [(it.name, it.is_shared) for it in environment.archives] == [
        ("hadoopjobs-project", True),
        ("hadoopjobs-own", False),
    ]
    assert environment.job_file(job).path == "hadoopjobs-own/modules/job.py"
    task = tmp_path / "a task"
    unpack(environment, task)
    result = start(environment, task, "job", "a", "b c")
    assert (result.stdout, result.stderr, result.returncode) == ("ü a b c\n", "", 0)
    where = "import hadoopjobs.core.errors as m, os; print(os.path.relpath(m.__file__))"
    (task / "hadoopjobs-own" / "modules" / "where.py").write_text(where)
    assert start(environment, task, "where").stdout.startswith("hadoopjobs-project/hadoopjobs/")


def test_a_task_imports_what_this_environment_has(cache, job, tmp_path):
    environment = environment_for(EnvironmentRequest(python=BARE, job_files=(job,)), cache)
    unpack(environment, tmp_path / "task")
    program = tmp_path / "task" / "hadoopjobs-own" / "modules" / "program.py"
    program.write_text(
        "import json, subprocess, sys\n"
        "import pyarrow.parquet, duckdb, hdfs_native, fastavro, cramjam, msgspec, requests\n"
        "import hadoopjobs.runtime.worker, hadoopjobs.storage.hdfs\n"
        "child = [sys.executable, '-c', 'import pyarrow, helper; print(pyarrow.__file__)']\n"
        "print(json.dumps([m.__file__ for m in (pyarrow, duckdb)]))\n"
        "print(subprocess.check_output(child, text=True))\n"
    )
    result = start(environment, tmp_path / "task", "program")
    assert result.stderr == ""
    first, second = result.stdout.split("\n")[:2]
    packages = str(tmp_path / "task" / "hadoopjobs-packages")
    assert all(path.startswith(packages) for path in [*json.loads(first), second])
    names = {path.name for path in (tmp_path / "task" / "hadoopjobs-packages").iterdir()}
    assert {"rich", "jinja2", "mrjob", "pytest"} & names == set()


def test_an_archive_is_built_once(cache, job, tmp_path):
    said: list[str] = []
    request = EnvironmentRequest(job_files=(job,))
    first = environment_for(request, tmp_path / "cache", said.append)
    assert len(said) == 1
    assert environment_for(request, tmp_path / "cache", said.append) == first
    assert len(said) == 1
    Path(job.path).write_text("import sys\n")
    changed = environment_for(request, tmp_path / "cache", said.append)
    assert changed.archives[:2] == first.archives[:2]
    assert changed.archives[2] != first.archives[2]
    with first.archives[0].path.open("r+b") as file:  # a disk that was full, say
        file.truncate(100)
    again = environment_for(request, tmp_path / "cache", said.append)
    assert again.archives[0].path.stat().st_size == first.archives[0].length
    assert again.archives[0].digest == first.archives[0].digest


def test_a_job_of_mrjob_takes_mrjob_along(cache, tmp_path):
    path = tmp_path / "count.py"
    path.write_text("import hadoopjobs.job.mrjob_loader\nfrom mrjob.job import MRJob\nprint('ok')")
    request = EnvironmentRequest(python=BARE, job_files=(JobFile("count", str(path)),))
    environment = environment_for(request, cache)
    unpack(environment, tmp_path / "task")
    assert start(environment, tmp_path / "task", "count").stdout == "ok\n"


def test_zips_are_imported_from(cache, tmp_path):
    with zipfile.ZipFile(tmp_path / "odd näme.zip", "w") as archive:
        archive.writestr("zipped.py", "print('from a zip')")
    request = EnvironmentRequest(
        env="none", python=BARE, py_files=(str(tmp_path / "odd näme.zip"),)
    )
    environment = environment_for(request, cache)
    unpack(environment, tmp_path / "task")
    assert start(environment, tmp_path / "task", "zipped").stdout == "from a zip\n"


@pytest.mark.parametrize(
    ("python", "nodes", "problem"),
    [
        ("/no such/python", None, "it has no /no such/python; name its Python with --python PATH"),
        ("$(touch x)'\"`y`", None, "it has no $(touch x)'\"`y`; name its Python"),
        (BARE, "3.13-manylinux_2_28_x86_64", "and the job needs 3.13; name its Python"),
    ],
)
def test_a_node_that_will_not_do_is_told_in_one_line(cache, tmp_path, python, nodes, problem):
    platform = None if nodes is None else parse_platform(nodes)
    request = EnvironmentRequest(env="none", python=python, nodes=platform)
    if platform is not None and sys.version_info[:2] == platform.python:
        pytest.skip("that is this Python")
    environment = environment_for(request, cache)
    unpack(environment, tmp_path)
    result = start(environment, tmp_path, "json.tool")
    assert result.returncode in (126, 127)
    told = launch_problem(f"noise\n{result.stderr}")
    assert told is not None
    assert told.startswith(f"hadoopjobs cannot start on {os.uname().nodename}: ")
    assert problem in told
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "hadoopjobs-own",
        "hadoopjobs-project",
    ]


@pytest.mark.parametrize(
    ("fact", "value", "problem"),
    [
        ("glibc", [99, 1], "and the packages need glibc 99.1"),
        ("machine", "vax", "and the packages are for vax"),
    ],
)
def test_packages_for_another_machine_are_not_tried(cache, tmp_path, fact, value, problem):
    environment = environment_for(EnvironmentRequest(env="none", python=BARE), cache)
    unpack(environment, tmp_path)
    facts = tmp_path / "hadoopjobs-own" / "start.json"
    facts.write_text(json.dumps({**json.loads(facts.read_text()), fact: value}))
    result = start(environment, tmp_path, "json.tool")
    assert problem in (launch_problem(result.stderr) or "")


def test_a_task_that_started_has_no_problem_of_starting():
    assert launch_problem("Traceback (most recent call last):\nValueError: x") is None


def test_a_requirements_file_that_is_not_there_is_named(cache):
    with pytest.raises(
        UsageError, match=r"--env reqs\.txt: there is no such file; give auto, none"
    ):
        environment_for(EnvironmentRequest(env="reqs.txt"), cache)


def test_the_packages_of_a_requirements_file_are_added(cache, tmp_path):
    _wheel(tmp_path / "tiny-1.0-py3-none-any.whl", "tiny")
    reqs = tmp_path / "my reqs.txt"
    reqs.write_text(f"--no-index\n{tmp_path / 'tiny-1.0-py3-none-any.whl'}\n")
    request = EnvironmentRequest(env=str(reqs), python=BARE)
    environment = environment_for(request, cache)
    unpack(environment, tmp_path / "task")
    program = tmp_path / "task" / "hadoopjobs-own" / "modules" / "program.py"
    program.parent.mkdir(exist_ok=True)
    program.write_text("import tiny, pyarrow; print(tiny.word)")
    assert start(environment, tmp_path / "task", "program").stdout == "tiny\n"


def _wheel(path: Path, name: str) -> None:
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", f"word = {name!r}")
        wheel.writestr("../evil.py", "")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/RECORD", "")


def test_requirements_that_cannot_be_had_are_told_in_one_line(cache, tmp_path):
    reqs = tmp_path / "reqs.txt"
    reqs.write_text("--no-index\nno-such-package-at-all==1\n")
    with pytest.raises(ConfigError) as caught:
        environment_for(EnvironmentRequest(env=str(reqs)), cache)
    assert "no-such-package-at-all==1" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_cache_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"cannot keep environments in .*XDG_CACHE_HOME"):
        environment_for(EnvironmentRequest(env="none"), tmp_path / "file" / "cache")


def test_an_archive_is_published_once_and_for_its_owner_only(cache, tmp_path):
    archive = environment_for(EnvironmentRequest(env="none"), cache).archives[0]
    folder = f"file://{tmp_path}/home/.hadoopjobs/env"
    uri = publish(archive, folder)
    path = Path(uri.removeprefix("file://"))
    before = path.stat()
    assert path.read_bytes() == archive.path.read_bytes()
    assert before.st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.parent.parent.stat().st_mode & 0o777 == 0o700
    assert publish(archive, folder) == uri
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    path.write_bytes(b"cut")
    publish(archive, folder)
    assert path.read_bytes() == archive.path.read_bytes()
    assert [each.name for each in path.parent.iterdir()] == [path.name]
