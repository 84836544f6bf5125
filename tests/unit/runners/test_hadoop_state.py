from __future__ import annotations

from pathlib import Path

import pytest

from hadoopjobs.core.errors import HadoopJobsError
from hadoopjobs.core.metrics import RunResult
from hadoopjobs.physical.stage import PartsSink, PhysicalPlan, Stage
from hadoopjobs.runners import hadoop_state
from hadoopjobs.runners.base import RunOptions
from hadoopjobs.runners.hadoop_inputs import LocalInputs
from hadoopjobs.runners.hadoop_job import StageJob
from hadoopjobs.runners.hadoop_state import LeftRuns, Pending, RunState
from hadoopjobs.runners.hadoop_storage import RunFolder
from hadoopjobs.yarn import SubmittedJob

APP = "application_1700000000000_0007"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = RunFolder("hdfs://nn/user/me")
    stage = Stage(0, "Mine", (), None, (), PartsSink())
    plan = PhysicalPlan((stage,))
    result = RunResult("Mine", "hadoop")
    state = RunState(plan, RunOptions(2, 1), folder, LocalInputs(folder), None, result, plan)
    job = StageJob("Mine", stage, (), 0, (), "hdfs://nn/out")
    state.pending = Pending(0, job, SubmittedJob(APP, "hdfs://nn/staging"), False, 5.0)
    tmp_path.chmod(0o700)
    LeftRuns(str(tmp_path)).save(state)
    return tmp_path


def test_what_was_left_is_found_once(root: Path) -> None:
    runs = LeftRuns(str(root))
    state = runs.load(APP)
    assert state is not None
    assert state.pending is not None
    assert (state.result.job, state.pending.application_id) == ("Mine", APP)
    runs.forget(APP)
    assert runs.load(APP) is None


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_file_that_others_may_write_is_not_read(root: Path, mode: int) -> None:
    (root / f"left-{APP}").chmod(mode)
    with pytest.raises(HadoopJobsError, match="others may write"):
        LeftRuns(str(root)).load(APP)


def test_a_folder_that_others_may_write_is_not_trusted(root: Path) -> None:
    root.chmod(0o770)
    with pytest.raises(HadoopJobsError, match="others may write"):
        LeftRuns(str(root)).load(APP)


def test_a_file_that_was_changed_is_not_read(root: Path) -> None:
    path = root / f"left-{APP}"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(HadoopJobsError, match="is not as it was written"):
        LeftRuns(str(root)).load(APP)


def test_another_python_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hadoop_state, "_PYTHON", b"Python 3.99")
    with pytest.raises(HadoopJobsError, match=r"was left by Python 3\.\d+: attach with that, not"):
        LeftRuns(str(root)).load(APP)
