"""A stage of a run as the job that is submitted for it."""

from __future__ import annotations

from hadoopjobs.physical.stage import ScanSource, Stage
from hadoopjobs.runners.hadoop_java_splits import java_splits
from hadoopjobs.runners.hadoop_job import StageJob
from hadoopjobs.runners.hadoop_output import ClusterOutput
from hadoopjobs.runners.hadoop_splits import input_splits, map_tasks, task_file
from hadoopjobs.runners.hadoop_state import RunState
from hadoopjobs.runners.hadoop_text import TextJob, text_job


def job_of(state: RunState, stage: Stage) -> StageJob | TextJob:
    """The job; what its map tasks read is written to the run's folder."""
    name, output, options = _name_of(state, stage), _folder_of(state, stage), state.options
    if stage.streaming is not None:
        return text_job(name, stage, output, options)
    source = stage.inputs[0].source
    if stage.java.input_format is not None and isinstance(source, ScanSource):
        uris = source.dataset.uris
        splits = java_splits(uris, stage.java.input_format, options)
        return StageJob(name, stage, splits, sum(s.length for s in splits), uris, output)
    tasks = map_tasks(stage, state.parts, options.split_bytes)
    content, ranges = task_file(tasks)
    uri = state.folder.put(f"tasks-{stage.number}.jsonl", content)
    size = sum(task.length for task in tasks)
    return StageJob(name, stage, input_splits(uri, tasks, ranges), size, [uri], output)


def _name_of(state: RunState, stage: Stage) -> str:
    name, stages = state.result.job, len(state.plan.stages)
    return name if stages == 1 else f"{name} ({stage.number + 1} of {stages})"


def _folder_of(state: RunState, stage: Stage) -> str:
    """Where the job of `stage` leaves its parts."""
    if state.is_last(stage) and isinstance(state.output, ClusterOutput):
        return state.output.folder
    return f"{state.folder.uri}/stage-{stage.number}"
