"""`hadoopjobs run`: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

LETTERS = ['"a"\t2', '"b"\t2', '"c"\t1']


def test_results_go_to_standard_output_and_all_else_to_standard_error(cli):
    done = cli("run", "-r", "inline", "letters.py", "text")
    assert (done.code, done.lines) == (0, LETTERS)
    assert "stage 1 (Letters.mapper → Sum): 1 map tasks, 1 reduce tasks" in done.err
    assert "Counters: text\n    lines=2\n" in done.err
    assert "Letters on inline: " in done.err


def test_quiet_says_nothing(cli):
    done = cli("run", "-r", "inline", "-q", "letters.py", "text")
    assert (done.code, done.lines, done.err) == (0, LETTERS, "")


def test_the_default_runner_is_memory(cli):
    assert "Letters on memory: " in cli("run", "letters.py", "text").err


@pytest.mark.parametrize(
    "arguments",
    [
        ("-r", "inline", "options.py"),
        ("-rinline", "options.py"),
        ("--runner=inline", "options.py"),
        ("options.py", "-r", "inline"),
        ("options.py", "-rinline"),
        ("-q", "-rinline", "options.py", "-q"),
        ("--", "options.py", "-rinline"),
        ("-qr", "inline", "options.py"),
        ("options.py", "-qr", "inline"),
        ("options.py", "-vqrinline"),
    ],
)
def test_our_options_stand_before_or_behind_the_job(cli, arguments):
    done = cli("run", "--metrics", "numbers.json", *arguments, "text")
    assert done.lines == [
        '"abba"\t["mine",1,[],false,"low"]',
        '"c"\t["mine",1,[],false,"low"]',
    ]
    with open("numbers.json") as file:
        assert json.load(file)["runner"] == "inline"


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["--runner", "x"], '["x",1,[],false,"low"]'),
        (["--runner=x"], '["x",1,[],false,"low"]'),
        (["-n", "5"], '["mine",5,[],false,"low"]'),
        (["-n5"], '["mine",5,[],false,"low"]'),
        (["-n", "-5"], '["mine",-5,[],false,"low"]'),
        (["--tag", "a", "--tag=-r"], '["mine",1,["a","-r"],false,"low"]'),
        (["--loud", "--level", "high"], '["mine",1,[],true,"high"]'),
        (["-D", "a.b=c", "--workers=1", "--loud"], '["mine",1,[],true,"low"]'),
    ],
)
def test_options_of_the_job_behind_it(cli, arguments, shown):
    """An option that the job declares is the job's, even if we have one of that name."""
    for words in (["text", *arguments], [*arguments, "text"], [*arguments, "--", "text"]):
        done = cli("run", "-q", "-r", "inline", "options.py", *words)
        assert (done.err, done.lines) == ("", [f'"abba"\t{shown}', f'"c"\t{shown}'])


def test_behind_two_dashes_all_are_inputs(cli, folder):
    (folder / "--runner").write_text("odd\n")
    done = cli("run", "-q", "-r", "inline", "options.py", "-n", "2", "--", "--runner", "text")
    assert [line.partition("\t")[0] for line in done.lines] == ['"abba"', '"c"', '"odd"']


def test_standard_input(cli):
    for words in ([], ["-"], ["text", "-"]):
        done = cli("run", "-q", "-r", "inline", "two.py:First", *words, stdin=b"in\n")
        expected = ['"first"\t"abba"', '"first"\t"c"'] if "text" in words else []
        assert done.lines == [*expected, '"first"\t"in"']


def test_a_class_may_be_named(cli):
    done = cli("run", "-q", "-r", "inline", "two.py:Second", "text")
    assert done.lines == ['"second"\t"abba"', '"second"\t"c"']


def test_the_most_derived_class_of_a_file_is_meant(cli):
    assert cli("run", "-q", "-r", "inline", "derived.py", "text").lines[0] == '"derived"\t"abba"'


def test_reduces_by_hadoops_setting(cli, folder):
    setting = "mapreduce.job.reduces=2"
    for words in (["-D", setting], [f"-D{setting}"], [f"--jobconf={setting}"]):
        done = cli(
            "run", "-q", "-rinline", "letters.py", *words, "-o", "out", "--overwrite", "text"
        )
        assert done == (0, "", "")
        assert len(list((folder / "out").glob("part-*"))) == 2


def test_no_reduces_by_hadoops_setting_leaves_what_the_mapper_gave(cli):
    done = cli("run", "-q", "-rinline", "letters.py", "-D", "mapreduce.job.reduces=0", "text")
    assert done.code == 0
    assert len(done.lines) > len(cli("run", "-q", "-rinline", "letters.py", "text").lines)


def test_verbose_shows_where_an_error_comes_from(cli):
    quiet, verbose = (cli("run", *more, "letters.py", "missing") for more in ([], ["-v"]))
    assert "Traceback" not in quiet.err
    assert "Traceback" in verbose.err
    assert quiet.err.splitlines()[-1] == verbose.err.splitlines()[-1]


def test_output_folder_and_formats(cli, folder):
    options = ["-r", "inline", "--output-format", "text", "--output-option", "compression=gzip"]
    assert cli("run", "-q", *options, "letters.py", "-o", "out", "text").code == 0
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["_SUCCESS", "part-00000.gz"]
    again = cli("run", "-q", "-r", "inline", "letters.py", "-o", "out", "text")
    assert again == (
        1,
        "",
        "error: cannot write out: it exists; remove it or pass --overwrite\n",
    )
    options = ["-r", "inline", "--input-format", "lines"]
    assert cli("run", "-q", *options, "two.py:First", "out").lines == [
        '"first"\t"a\\t2"',
        '"first"\t"b\\t2"',
        '"first"\t"c\\t1"',
    ]


def test_no_output(cli):
    done = cli("run", "-r", "inline", "--no-output", "letters.py", "text")
    assert (done.code, done.out) == (0, "")
    assert "Letters on inline" in done.err


def test_metrics_add_up(cli):
    done = cli("run", "-q", "-r", "local", "letters.py", "--metrics", "numbers.json", "text")
    assert (done.code, done.err) == (0, "")
    with open("numbers.json") as file:
        numbers = json.load(file)
    assert (numbers["version"], numbers["job"], numbers["runner"]) == (1, "Letters", "local")
    assert numbers["counters"] == {"text": {"lines": 2}}
    tasks = [task for stage in numbers["stages"] for task in stage["tasks"]]
    for name, total in numbers["totals"].items():
        assert total == sum(task[name] for task in tasks), name
    assert numbers["cpu_seconds"] == pytest.approx(sum(task["cpu_seconds"] for task in tasks))
    maps = [task for task in tasks if task["side"] == "map"]
    reduces = [task for task in tasks if task["side"] == "reduce"]
    assert sum(task["records_in"] for task in maps) == 2
    assert sum(task["records_out"] for task in reduces) == len(done.lines) == 3
    assert numbers["totals"]["bytes_output"] == len(done.out)
    assert numbers["totals"]["bytes_shuffled"] == sum(task["bytes_read"] for task in reduces)
    assert numbers["peak_memory"] == max(task["peak_memory"] for task in tasks)


ONE_LINE = {
    "no job": (["run"], 2, "name a job: hadoopjobs run JOB [ARGS]"),
    "no such job file": (["run", "no.py", "text"], 2, "there is no job file "),
    "a module alone": (["run", "my.jobs", "text"], 2, "with its class, as my.jobs:CLASS"),
    "a folder": (["run", ".", "text"], 2, "there is no job file "),
    "not Python": (["run", "text"], 2, "is not a Python file"),
    "no job in it": (["run", "nothing.py"], 2, "nothing.py holds no job: a class derived from"),
    "two jobs": (["run", "two.py"], 2, "two.py holds several jobs: First, Second; name one as"),
    "no such class": (["run", "two.py:No"], 2, "two.py has no job 'No'; it has: First, Second"),
    "no such module": (["run", "no.such:Job"], 2, "there is no module no"),
    "steps that raise": (
        ["run", "broken_steps.py"],
        2,
        "Broken.steps() failed: KeyError: 'nowhere'",
    ),
    "no steps": (["run", "wrong_steps.py"], 2, "Wrong.steps() gave a method: it must give Steps"),
    "unknown option": (["run", "letters.py", "--nope", "text"], 2, "No such option '--nope'."),
    "unknown option before the job": (["run", "--memroy", "1g", "two.py"], 2, "No such option"),
    "unknown command": (["walk"], 2, "No such command 'walk'."),
    "option without value": (["run", "letters.py", "-o"], 2, "Option '-o' requires an argument."),
    "wrong choice": (["run", "options.py", "--level", "x"], 2, "Invalid value for '--level'"),
    "wrong number": (["run", "options.py", "-n", "x"], 2, "'x' is not a valid integer."),
    "unknown runner": (["run", "-r", "spak", "letters.py", "text"], 2, "unknown runner 'spak': "),
    "a file for a folder": (
        ["run", "--temp-dir", "two.py", "letters.py", "text"],
        2,
        "--temp-dir two.py is a file: name a folder",
    ),
    "left alone here": (["run", "--detach", "letters.py", "text"], 2, "is for -r hadoop only"),
    "bad size": (["run", "--memory", "12q", "letters.py", "text"], 2, "'12q' is not a size: "),
    "bad setting": (["run", "letters.py", "-D", "x", "text"], 2, "-D 'x': write it as KEY=VALUE"),
    "bad attempts": (
        ["run", "letters.py", "-D", "mapreduce.map.maxattempts=x", "text"],
        2,
        "mapreduce.map.maxattempts='x' is not a number of attempts",
    ),
    "bad reduces": (
        ["run", "letters.py", "-D", "mapreduce.job.reduces=x", "text"],
        2,
        "mapreduce.job.reduces='x' is not a number of reduce tasks",
    ),
    "missing input": (["run", "letters.py", "no"], 1, "input no does not exist"),
    "nothing matches": (["run", "letters.py", "*.no"], 1, "input *.no does not exist: nothing"),
    "missing side file": (
        ["run", "letters.py", "--files", "no", "text"],
        2,
        "side file no does not exist",
    ),
    "unknown output format": (
        ["run", "-q", "letters.py", "--output-format", "no", "text"],
        2,
        "unknown format 'no': choose one of avro, ",
    ),
    "unknown input format": (
        ["run", "letters.py", "--input-format", "no", "text"],
        2,
        "unknown format 'no': choose one of avro, ",
    ),
    "metrics nowhere": (
        ["run", "-q", "letters.py", "--metrics", "no/where", "text"],
        1,
        "cannot write no/where: No such file or directory",
    ),
}


@pytest.mark.parametrize("name", list(ONE_LINE))
def test_a_users_mistake_is_one_line(cli, name):
    (command, *arguments), code, message = ONE_LINE[name]
    runner = ["-r", "inline"] if arguments and "-r" not in arguments else []
    done = cli(command, *runner, *arguments)
    assert done.code == code
    assert message in done.err
    assert len(done.err.splitlines()) == 1
    assert done.err.startswith("error: ")


@pytest.mark.parametrize(
    ("job", "shown"),
    [
        ("syntax.py", ['/syntax.py", line 3', "def f(:", "SyntaxError: "]),
        ("raising.py", ['/raising.py", line 2, in load', "ValueError: at import"]),
        ("importing.py", ["No module named 'no_such_module_at_all'"]),
    ],
)
def test_a_file_that_cannot_be_loaded_shows_the_users_line(cli, job, shown):
    done = cli("run", job, "text")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: cannot load {job}:")
    assert all(text in done.err for text in shown)
    assert "hadoopjobs/" not in done.err


def test_a_mapper_that_raises(cli):
    done = cli("run", "-q", "-r", "inline", "--max-attempts", "1", "failing.py", "text")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: Failing.mapper failed: ZeroDivisionError: division by zero")
    assert "yield line, 1 / 0" in done.err
    assert "  record: 'abba'" in done.err
    assert "hadoopjobs/" not in done.err


def test_help_shows_the_options_of_the_job(cli):
    done = cli("run", "options.py", "--help")
    assert (done.code, done.err) == (0, "")
    shown = ["Shows what it was given.", "Options of Options:", "the job's own runner"]
    shown += ["[default: mine]", "--level [low|high]", "Options of run:", "--memory SIZE"]
    assert [text for text in shown if text not in done.out] == []


def test_help_without_a_job(cli):
    assert "--overwrite" in cli("run", "--help").out
    assert "compare  Run a job on several runners" in cli("--help").out


def test_a_job_file_and_the_package_can_be_run_by_python(folder):
    """`python JOB ARGS` and `python -m hadoopjobs run JOB ARGS` do the same."""
    with open("letters.py", "a") as file:
        file.write('\n\nif __name__ == "__main__":\n    Letters.run()\n')
    for command in (["letters.py"], ["-m", "hadoopjobs", "run", "letters.py"]):
        done = subprocess.run(
            [sys.executable, *command, "-q", "-r", "inline", "text"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert (sorted(done.stdout.splitlines()), done.stderr) == (LETTERS, "")


def test_the_reader_may_stop_reading(folder):
    """As `| head` does: no traceback."""
    (folder / "long").write_text("".join(f"{n}\n" for n in range(200_000)))
    command = f"{sys.executable} -m hadoopjobs run -q -r inline two.py:First long | head -n 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ('"first"\t"0"\n', "")


@pytest.fixture
def package(folder):
    """A package whose jobs, ours and one of mrjob, import from it; neither asks for __main__."""
    (folder / "inner" / "deep").mkdir(parents=True)
    for path in ("inner/__init__.py", "inner/deep/__init__.py"):
        (folder / path).touch()
    (folder / "inner" / "words.py").write_text("def words(line):\n    return line.split()\n")
    job = """
from {base} import {name}
from ..words import words


class Words({name}):
    def mapper(self, _, line):
        for word in words(line):
            yield word, 1

    def reducer(self, word, counts):
        yield word, sum(counts)


Words.run()
"""
    ours, theirs = folder / "inner/deep/job.py", folder / "inner/deep/mr.py"
    ours.write_text(job.format(base="hadoopjobs", name="Job"))
    theirs.write_text(job.format(base="mrjob.job", name="MRJob"))
    return folder


@pytest.mark.parametrize("runner", ["inline", "local", "memory"])
@pytest.mark.parametrize(
    "command",
    ["inner.deep.job", "hadoopjobs run inner.deep.job:Words", "hadoopjobs run inner.deep.mr:Words"],
)
def test_a_job_in_a_package_runs_as_a_module(package, runner, command):
    done = subprocess.run(
        [sys.executable, "-m", *command.split(), "-q", "-r", runner, "text"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (sorted(done.stdout.splitlines()), done.stderr) == (['"abba"\t1', '"c"\t1'], "")


def test_a_file_that_imports_from_its_package_is_told_to_be_a_module(cli, package):
    done = cli("run", "inner/deep/job.py", "text")
    assert done.code == 2
    assert done.err == (
        "error: cannot load inner/deep/job.py: it imports from its package: in "
        f"{package}, name it as inner.deep.job:CLASS, its class behind it\n"
    )


def test_a_library_that_looks_for_leaks_finds_none(tmp_path):
    """DuckDB, which divides columns among reduce tasks, complains of objects left at the end."""
    text = tmp_path / "text"
    text.write_text("one two\n")
    job = str(Path(__file__).parents[3] / "jobs" / "word_count_batches.py")
    words = ["-q", "-r", "inline", "-D", "mapreduce.job.reduces=3", job, str(text)]
    done = subprocess.run(
        [sys.executable, "-m", "hadoopjobs", "run", *words], capture_output=True, check=True
    )
    assert done.stderr == b""
