"""mrjob's own examples and our difficult jobs: our plan gives what mrjob's runners give."""

import importlib.machinery
import importlib.util
import multiprocessing
import os
import sys
from collections import Counter
from pathlib import Path

import mrjob.examples
import mrjob.local
import pytest

from hadoopjobs.core.errors import HadoopJobsError
from hadoopjobs.core.functions import JobFile
from hadoopjobs.core.job_files import load_job_file
from hadoopjobs.job.mrjob_adapter import plan_mrjob
from hadoopjobs.job.mrjob_loader import find_mrjob_class

PROJECT = Path(__file__).parents[3]


def load(name, path):
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    spec = importlib.util.spec_from_loader(name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    return module


peers = load("peers_of_mrjob", PROJECT / "scripts" / "peers" / "mrjob")
reference = load("mrjob_reference", PROJECT / "tests" / "mrjob_jobs" / "reference.py")
EXAMPLES = Path(mrjob.examples.__file__).parent
CASES = [*peers.example_cases(EXAMPLES), *peers.own_cases()]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    peers.make_inputs(inputs)
    monkeypatch.chdir(inputs)
    monkeypatch.setattr(mrjob.local, "Pool", patient_pool)
    monkeypatch.syspath_prepend(str(inputs / "modules"))
    monkeypatch.setenv("MRJOB_CONF", str(inputs / "none.conf"))
    monkeypatch.setenv("PYTHONPATH", str(inputs / "modules"))
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    return inputs


def patient_pool(processes):
    """A pool that waits for its tasks where mrjob would kill them.

    A worker that is killed while it holds the lock of the pool's queue leaves it locked for
    ever (Python's issue 77108), and mrjob's runner of a job that fails would hang.
    """
    pool = multiprocessing.Pool(processes)
    setattr(pool, "terminate", pool.close)  # noqa: B010
    return pool


def job_class_of(script):
    job_class = find_mrjob_class(load_job_file(JobFile(script.stem, str(script))))
    assert job_class is not None
    return job_class


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def mrjob_output(job_class, case):
    """What mrjob itself gives, or the error."""
    try:
        job = job_class(["--no-conf", "-r", case.peer, *case.arguments])
        with job.make_runner() as runner:
            runner.run()
            return b"".join(runner.cat_output()), runner.counters()
    except Exception as error:
        return error, []


def our_output(job_class, case, scratch):
    try:
        program = plan_mrjob(job_class, ["--no-conf", *case.arguments])
        evaluation = reference.Evaluation(program, scratch)
        return evaluation.output, evaluation.counters
    except (Exception, SystemExit) as error:
        return error, {}


def total(counters):
    summed: dict[str, dict[str, int]] = {}
    for step in counters:
        for group, named in step.items():
            for name, amount in named.items():
                into = summed.setdefault(group, {})
                into[name] = into.get(name, 0) + amount
    return summed


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_same_output_and_counters_as_mrjob(case, folder, tmp_path):
    job_class = job_class_of(case.script)
    expected, their_counters = mrjob_output(job_class, case)
    before = dict(os.environ)
    output, counters = our_output(job_class, case, tmp_path / "tasks")
    assert dict(os.environ) == before
    if isinstance(expected, Exception):
        assert isinstance(output, HadoopJobsError | SystemExit | type(expected))
        return
    if isinstance(output, BaseException):
        raise output
    assert Counter(output.split(b"\n")) == Counter(expected.split(b"\n"))
    assert counters == total(their_counters)
