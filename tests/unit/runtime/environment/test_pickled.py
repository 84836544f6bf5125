from __future__ import annotations

import collections
import pickle

import pytest

from hadoopjobs.core.functions import UserCode
from hadoopjobs.runtime.environment import modules_named


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_modules_are_found_in_pickles_and_in_pickles_within(protocol):
    inner = pickle.dumps(collections.OrderedDict, protocol)
    outer = pickle.dumps([UserCode(inner, "label"), b"\x80 no pickle", "json"], 5)
    loaded = {"collections", "hadoopjobs.core.functions", "json", "os"}
    assert modules_named(outer, loaded) == loaded - {"os"}
