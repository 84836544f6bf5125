import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.core.errors import JobLoadError, UsageError
from hadoopjobs.core.functions import JobFile
from hadoopjobs.core.job_files import load_job_file
from hadoopjobs.job.mrjob_adapter import option_flags_of_mrjob, option_help_of_mrjob, plan_mrjob
from hadoopjobs.job.mrjob_loader import MRJob, MRStep, find_mrjob_class, mentions_mrjob
from hadoopjobs.job.mrjob_task import leave_process
from hadoopjobs.job.mrjob_variables import input_variables, simulated_variables
from hadoopjobs.logical.operators import MapRecords, ReduceGroups, Scan, Tee

JOBS = Path(__file__).parents[2] / "mrjob_jobs"


@pytest.fixture(autouse=True)
def _process_as_before():
    yield
    leave_process()


def loaded(name):
    return load_job_file(JobFile(name, str(JOBS / f"{name}.py")))


def planned(name, *arguments, **options):
    job_class = find_mrjob_class(loaded(name))
    assert job_class is not None
    return plan_mrjob(job_class, ["--no-conf", *arguments], **options)


def shape(node):
    """The operators of a plan from the scan on, reducers with their combiners."""
    if isinstance(node, Scan):
        return [node.layout]
    below = shape(node.child)
    if isinstance(node, ReduceGroups):
        combiner = f" < {node.combiner.label}" if node.combiner else ""
        assert node.reducer is not None
        return [*below, f"{node.reducer.label}{combiner}"]
    if isinstance(node, MapRecords):
        return [*below, node.code.label]
    return below


class MRFlow(MRJob):  # type: ignore[misc]
    def mapper(self, _, line):
        yield line, 1

    def reducer(self, key, values):
        yield key, sum(values)


class MRReducers(MRFlow):
    PARTITIONER = "some.java.Partitioner"

    def steps(self):
        return [
            MRStep(mapper=self.mapper, reducer=self.reducer, jobconf={"mapred.reduce.tasks": 3}),
            MRStep(reducer=self.reducer, jobconf={"mapreduce.job.reduces": "2"}),
            MRStep(reducer=self.reducer),
        ]


def test_plan_of_one_step():
    program = plan_mrjob(MRFlow, ["a.txt", "b.txt"], output="out")
    assert shape(program.plan) == ["texts", "MRFlow.mapper", "MRFlow.reducer"]
    assert program.name == "MRFlow"
    assert program.plan.target.uris == ("out",)
    assert program.plan.target.format == "lines"


def test_combiner_that_may_run_any_number_of_times_belongs_to_the_shuffle():
    assert shape(planned("mr_shapes", "--shape", "late-combiner").plan) == [
        "texts",
        "MRShapes.words",
        "MRShapes.total",
        "MRShapes.mapper",
        "MRShapes.total < MRShapes.total",
    ]


def test_combiner_that_mrjob_runs_once_is_a_part_of_the_map_side():
    expected = [
        "bytes",
        "MRCommands.mapper_cmd",
        "MRCommands.combiner_cmd",
        "MRCommands.reducer_cmd",
    ]
    assert shape(planned("mr_commands").plan) == expected
    assert shape(planned("mr_shapes", "--shape", "combiner-only").plan) == [
        "texts",
        "MRShapes.words",
        "MRShapes.total",
    ]


def test_whole_files_for_mapper_raw():
    assert shape(planned("mr_raw", "a").plan)[0] == "files"


def test_reducers_follow_job_configuration_in_both_spellings():
    node = plan_mrjob(MRReducers, ["-D", "mapred.job.name=x", "in"]).plan.child
    partitions = []
    while isinstance(node, ReduceGroups):
        partitions.append(node.grouping.partitions)
        node = node.child
    assert partitions == [1, 2, 3]


def test_one_reducer_by_default():
    node = plan_mrjob(MRFlow, ["in"]).plan.child
    assert isinstance(node, ReduceGroups)
    assert node.grouping.partitions == 1


def test_bad_number_of_reducers():
    with pytest.raises(UsageError, match=r"mapreduce.job.reduces is 'many': it must be a number"):
        plan_mrjob(MRFlow, ["-D", "mapreduce.job.reduces=many", "in"])


def test_standard_input_without_paths():
    node = plan_mrjob(MRFlow, []).plan.child
    assert isinstance(node, ReduceGroups)
    assert isinstance(node.child, MapRecords)
    assert isinstance(node.child.child, Scan)
    assert node.child.child.dataset.uris == ("-",)


def test_settings_count_as_jobconf_and_steps_keep_their_own():
    program = plan_mrjob(MRReducers, ["-D", "a.b=1", "in"], settings={"a.b": "2", "c": "3"})
    assert dict(program.settings) == {"a.b": "2", "c": "3"}
    assert [dict(step).get("mapred.reduce.tasks") for step in program.step_settings] == [
        "3",
        None,
        None,
    ]


def test_what_needs_java_is_noted():
    notes = plan_mrjob(MRReducers, ["in"]).notes
    assert any("ignoring partitioner" in note and "some.java.Partitioner" in note for note in notes)


def test_jar_and_spark_steps_are_refused():
    from mrjob.examples.mr_jar_step_example import MRJarStepExample
    from mrjob.examples.mr_spark_wordcount import MRSparkWordcount

    with pytest.raises(UsageError, match="step 1 of MRJarStepExample is a JarStep; it needs Java"):
        plan_mrjob(MRJarStepExample, ["in"])
    with pytest.raises(UsageError, match="step 1 of MRSparkWordcount is a SparkStep"):
        plan_mrjob(MRSparkWordcount, ["in"])


def test_job_without_steps():
    with pytest.raises(UsageError, match="MREmpty has no steps"):
        plan_mrjob(type("MREmpty", (MRJob,), {}), [])


def test_raw_mapper_in_a_later_step():
    def steps(job):
        return [MRStep(mapper=job.mapper), MRStep(mapper_raw=job.mapper)]

    with pytest.raises(UsageError, match="may not take an input manifest"):
        plan_mrjob(type("MRLateRaw", (MRFlow,), {"steps": steps}), ["in"])


def test_unknown_option_ends_with_2_and_argparses_words(capsys):
    with pytest.raises(SystemExit) as caught:
        planned("mr_surroundings", "--no-such-option")
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert "mr_surroundings.py: error: unrecognized arguments: --no-such-option" in said


def test_side_files_of_class_and_command_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.txt").write_text("")
    (tmp_path / "lib.py").write_text("")
    program = planned(
        "mr_surroundings",
        "--table",
        "t.txt",
        "--files",
        "t.txt#named",
        "--py-files",
        "lib.py",
        "in",
    )
    assert program.side_files == (
        (str(tmp_path / "lib.py"), "lib.py", "file"),
        (str(tmp_path / "t.txt"), "named", "file"),
        (str(JOBS / "side_folder"), "side_folder", "dir"),
        (str(tmp_path / "t.txt"), "t.txt", "file"),
        (str(JOBS / "side.txt"), "words.txt", "file"),
    )


def test_missing_side_file():
    with pytest.raises(UsageError, match=r"there is no side file 'nowhere.txt'"):
        plan_mrjob(MRFlow, ["--no-conf", "--files", "nowhere.txt", "in"])


def test_mrjob_conf_gives_options(tmp_path):
    conf = tmp_path / "mrjob.conf"
    conf.write_text(
        json.dumps(
            {"runners": {"local": {"jobconf": {"a": True}, "cmdenv": {"B": "b", "XPATH": "/x"}}}}
        )
    )
    program = plan_mrjob(MRFlow, ["-c", str(conf), "in"])
    assert dict(program.settings) == {"a": "true"}
    assert dict(program.environment) == {"B": "b", "XPATH": "/x"}


def test_setup_commands_change_the_environment_of_tasks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    program = plan_mrjob(
        MRFlow, ["--no-conf", "--setup", "export FROM_SETUP=$((1 + 2)); echo noise", "in"]
    )
    before = dict(os.environ)
    node = program.plan.child
    assert isinstance(node, ReduceGroups)
    assert isinstance(node.child, MapRecords)
    node.child.code.load()
    assert os.environ["FROM_SETUP"] == "3"
    leave_process()
    assert dict(os.environ) == before


def test_output_options_and_what_is_said_of_those_that_do_nothing():
    options = ["-q", "-o", "out", "--cat-output"]
    program = plan_mrjob(MRFlow, [*options, "in"])
    assert program.plan.target.uris == ("out",)
    assert [note.partition(":")[0] for note in program.notes] == ["--cat-output"]


def test_a_step_output_folder_is_written_between_the_steps_in_the_lines_of_mrjob():
    plan = plan_mrjob(MRReducers, ["--step-output-dir", "steps/", "in"]).plan
    tees, node = [], plan.child
    while not isinstance(node, Scan):
        if isinstance(node, Tee):
            tees.append(node.target)
        node = node.child
    assert tees == [DatasetRef((f"steps/{n:04}",), "lines") for n in (1, 0)]


def test_the_runner_picks_its_section_of_mrjob_conf(tmp_path):
    conf = tmp_path / "mrjob.conf"
    sections = {name: {"cmdenv": {"WHO": name}} for name in ("inline", "local")}
    conf.write_text(json.dumps({"runners": sections}))
    for runner, wanted in (("inline", "inline"), ("local", "local"), ("memory", "local")):
        program = plan_mrjob(MRFlow, ["-c", str(conf), "in"], runner_name=runner)
        assert dict(program.environment)["WHO"] == wanted


def test_each_load_is_a_fresh_job():
    node = plan_mrjob(MRFlow, ["in"]).plan.child
    assert isinstance(node, ReduceGroups)
    assert node.reducer is not None
    first, second = node.reducer.load(), node.reducer.load()
    assert first.stream is not second.stream
    assert len(node.reducer.payload) < 2000
    assert pickle.loads(pickle.dumps(node)) == node


def test_flags_of_the_job_and_not_those_of_the_runner():
    job_class = find_mrjob_class(loaded("mr_surroundings"))
    assert job_class is not None
    flags = option_flags_of_mrjob(job_class)
    assert {"--table", "--times", "--mark", "--jobconf", "--cmdenv", "--files"} <= flags
    assert not {"-r", "--runner", "-o", "-q", "-v", "-h", "--help"} & flags
    assert [row[0] for row in option_help_of_mrjob(job_class)] == [
        "--table TABLE",
        "--tables TABLES",
        "--times TIMES",
        "--mark MARK",
    ]


def test_the_job_of_a_file_is_the_one_that_it_runs():
    assert find_mrjob_class(loaded("mr_unguarded")).__name__ == "MRUnguarded"  # type: ignore[union-attr]
    assert find_mrjob_class(loaded("mr_overrides")).__name__ == "MRRuns"  # type: ignore[union-attr]
    assert find_mrjob_class(loaded("mr_overrides"), "MRPairs").__name__ == "MRPairs"  # type: ignore[union-attr]
    with pytest.raises(JobLoadError, match="has no job 'MRNone': choose one of MROverrides"):
        find_mrjob_class(loaded("mr_overrides"), "MRNone")


def test_file_with_several_jobs_and_no_call_to_run(tmp_path):
    path = tmp_path / "several.py"
    path.write_text("from mrjob.job import MRJob\nclass A(MRJob): pass\nclass B(MRJob): pass\n")
    with pytest.raises(JobLoadError, match="several jobs, name one: choose one of A, B"):
        find_mrjob_class(load_job_file(JobFile("several", str(path))))


def test_file_without_a_job(tmp_path):
    path = tmp_path / "no_job.py"
    path.write_text("x = 1\n")
    assert find_mrjob_class(load_job_file(JobFile("no_job", str(path)))) is None
    assert mentions_mrjob("import mrjob")
    assert not mentions_mrjob(b"x = 1")


def test_import_is_silent():
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", "import hadoopjobs.job.mrjob_adapter"],
        capture_output=True,
        check=True,
    )
    assert b"mrjob" not in done.stderr
    assert b"pipes" not in done.stderr


def test_stand_in_for_pipes_where_python_has_none():
    source = (
        "import sys; sys.modules['pipes'] = None\n"
        "import hadoopjobs.job.mrjob_loader, pipes\n"
        "print(pipes.quote('a b'))"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, check=True)
    assert done.stdout == b"'a b'\n"


def test_both_spellings_of_simulated_variables():
    given = {"mapreduce_task_partition": "3"}
    variables = simulated_variables(given, [("/x/a", "b", "file")], "/elsewhere")
    assert variables["mapred_task_partition"] == variables["mapreduce_task_partition"] == "3"
    assert variables["mapreduce_job_cache_files"] == "/x/a#b"
    assert variables["mapred_cache_localFiles"] == "/elsewhere/b"
    assert variables["mapreduce_job_local_dir"] == "/elsewhere"


@pytest.mark.parametrize(
    ("path", "given", "expected"),
    [
        ("/home/a.txt", "a.txt", "file://a.txt"),
        ("file:///home/a.txt", "./a.txt", "file://./a.txt"),
        ("/home/logs/x/y", "logs", "file://logs/x/y"),
        ("/home/logs/y", "logs/", "file://logs/y"),
        ("/up/y", "../up/*", "file://../up/y"),
        ("/home/y", "*", "file://y"),
        ("/home/y", "/home/*", "file:///home/y"),
    ],
)
def test_input_file_is_spelled_as_the_user_did(path, given, expected):
    variables = input_variables({"mapreduce_map_input_file": path}, [given], "/home")
    assert variables == {"mapreduce_map_input_file": expected}


def test_input_files_elsewhere_keep_their_uri():
    assert input_variables({"mapreduce_map_input_file": "hdfs://h/a"}, ["hdfs://h/a"], "/") == {}
