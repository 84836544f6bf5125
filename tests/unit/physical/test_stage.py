"""The physical plan is plain data."""

from __future__ import annotations

import pickle

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.functions import UserCode
from hadoopjobs.physical.stage import (
    ApplyMapper,
    ApplyReducer,
    DatasetSink,
    PhysicalPlan,
    RecordShuffle,
    ScanSource,
    Stage,
    StageInput,
)


def test_a_plan_pickles_prints_and_compares_equal():
    code = UserCode.pack(len, "Job.mapper")
    given = StageInput(ScanSource(DatasetRef(("in",)), "pairs"), (ApplyMapper(code),))
    sink = DatasetSink(DatasetRef(("out",), "json"))
    stage = Stage(0, "stage 1", (given,), RecordShuffle(2), (ApplyReducer(code),), sink)
    plan = PhysicalPlan((stage,))
    again = pickle.loads(pickle.dumps(plan))
    assert again == plan
    assert hash(again) == hash(plan)
    assert repr(again) == repr(plan)
    assert "Job.mapper" in repr(plan)
    assert repr(code.payload) not in repr(plan)
