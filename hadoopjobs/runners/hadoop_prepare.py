"""Puts on the cluster what all stages of a run need."""

from __future__ import annotations

import pickle

from hadoopjobs.core.hadoop_conf import HadoopConf
from hadoopjobs.core.listener import Listener
from hadoopjobs.runners.hadoop_cache import side_cache
from hadoopjobs.runners.hadoop_job import task_budget
from hadoopjobs.runners.hadoop_packages import ship_packages
from hadoopjobs.runners.hadoop_state import RunState
from hadoopjobs.runners.hadoop_storage import home_folder
from hadoopjobs.runners.hadoop_text import ENVIRONMENT, environment_script
from hadoopjobs.runtime.hadoop_orders import ORDERS, Orders, digest
from hadoopjobs.yarn import CacheFile, YarnClient

_STORAGE_SETTINGS = ("fs.defaultFS", "dfs.", "hadoop.security.authentication", "fs.permissions.")


def prepare(state: RunState, client: YarnClient, failures: str, listener: Listener) -> None:
    """Copy inputs of this machine, side files, packages and the plan; `state` tells then where they
    are. Failed attempts leave word in the folder `failures`."""
    state.cluster_plan = state.inputs.copied(state.plan, listener)
    state.side_files = tuple(side_cache(state.options.side_files, state.folder))
    if any(stage.streaming is None for stage in state.cluster_plan.stages):
        _prepare_python(state, client, failures, listener)
    environment = state.options.environment
    if environment and any(stage.streaming for stage in state.cluster_plan.stages):
        state.folder.put(ENVIRONMENT, environment_script(environment))


def _prepare_python(state: RunState, client: YarnClient, failures: str, listener: Listener) -> None:
    """What our own tasks need."""
    plan = pickle.dumps(state.cluster_plan, protocol=5)
    home = home_folder(client.conf)
    state.packages = ship_packages(state.options, client, home, plan, listener)
    orders = _orders(state, plan, client.conf, failures).to_json()
    state.digest = digest(orders)
    uri = state.folder.put("orders.json", orders)
    state.cache = (CacheFile(uri, ORDERS), *state.packages.cache, *state.side_files)


def _orders(state: RunState, plan: bytes, conf: HadoopConf, failures: str) -> Orders:
    options = state.options
    settings = dict(options.settings)
    return Orders(
        plan=plan,
        job_files=state.packages.job_files,
        settings=options.settings,
        environment=options.environment,
        hadoop=tuple(
            (key, conf.get(key) or "")
            for key in conf.keys()  # noqa: SIM118  it is no dict
            if key.startswith(_STORAGE_SETTINGS) and "password" not in key
        ),
        map_budget_bytes=task_budget(settings, conf, "map"),
        reduce_budget_bytes=task_budget(settings, conf, "reduce"),
        skip_bad_records=options.skip_bad_records,
        failures=failures,
    )
