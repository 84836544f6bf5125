"""Jobs of ours and of mrjob run on a real cluster, and go wrong there, as they do elsewhere."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hadoopjobs.core.hadoop_conf import load_hadoop_conf
from hadoopjobs.yarn import yarn_client
from tests.cluster.harness import (
    BIBLE,
    FAULTY,
    ROOT,
    WORD_COUNT,
    lines,
    names,
    on_this_machine,
    parts,
    put,
    run,
)

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("home")]


def test_word_count_is_that_of_memory(hdfs_folder: str, capfdbinary) -> None:
    bible = put(f"{hdfs_folder}/books/bible.txt", BIBLE.read_bytes())
    settings = ["--split-size", "2m", "-D", "mapreduce.job.reduces=2"]  # not one small job
    assert run(WORD_COUNT, f"{hdfs_folder}/books", "-o", f"{hdfs_folder}/out", *settings) == 0
    found = parts(f"{hdfs_folder}/out")
    assert list(found) == ["_SUCCESS", "part-00000", "part-00001"]
    assert lines(found) == on_this_machine(capfdbinary, WORD_COUNT, bible)


def test_small_files_are_read_many_to_a_task(hdfs_folder: str, tmp_path: Path) -> None:
    for number in range(12):
        put(f"{hdfs_folder}/in/{number}", b"line\n" * number)
    metrics = tmp_path / "metrics.json"
    words = [f"{FAULTY}:Files", f"{hdfs_folder}/in", "-o", f"{hdfs_folder}/out"]
    assert run(*words, "--metrics", str(metrics)) == 0
    expected = sorted(f'"{number}"\t{number}'.encode() for number in range(12))
    assert lines(parts(f"{hdfs_folder}/out")) == expected
    (stage,) = json.loads(metrics.read_text())["stages"]
    assert [task["side"] for task in stage["tasks"]] == ["map", "reduce"]


def test_two_steps_to_standard_output(text: str, capfdbinary) -> None:
    assert run(f"{FAULTY}:TwoSteps", text) == 0
    told = capfdbinary.readouterr()
    assert sorted(told.out.splitlines()) == on_this_machine(capfdbinary, f"{FAULTY}:TwoSteps", text)
    assert b"seen=300" in told.err
    assert re.search(rb"application application_\d+_\d+, http://", told.err)


def test_what_a_job_says_of_itself_is_told(hdfs_folder: str, capfd) -> None:
    text = put(f"{hdfs_folder}/text", b"one two\n" * 2400)  # 6 s a task
    settings = ["--split-size", "4800", "-D", "mapreduce.job.reduces=2"]  # not one small job
    settings += ["-D", "mapreduce.task.progress-report.interval=1000"]
    assert run(f"{FAULTY}:Telling", text, *settings) == 0
    told = capfd.readouterr().err.splitlines()
    statuses = {line for line in told if line.startswith("status: ")}
    assert statuses == {"status: at one two > here"}


def test_a_job_that_prints(text: str, hdfs_folder: str) -> None:
    assert run(f"{FAULTY}:Prints", text, "-o", f"{hdfs_folder}/out") == 0
    assert lines(parts(f"{hdfs_folder}/out")) == [
        b'"one"\t100',
        b'"seven"\t1',
        b'"three"\t99',
        b'"two"\t100',
    ]


def test_files_of_this_machine_on_both_ends(tmp_path: Path) -> None:
    source = tmp_path / "a b.txt"
    source.write_text("x y x\n")
    assert run(WORD_COUNT, str(source), "-o", str(tmp_path / "out")) == 0
    found = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert found == {"_SUCCESS": b"", "part-00000": b'"x"\t2\n"y"\t1\n'}


def line_of(text: str) -> int:
    """The number of the first line of FAULTY's file with `text`."""
    lines = Path(FAULTY).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_a_failing_mapper_is_told_on_one_screen(text: str, hdfs_folder: str, capfd) -> None:
    code = run(f"{FAULTY}:Raises", text, "-o", f"{hdfs_folder}/new/out", "--max-attempts", "1")
    told = capfd.readouterr().err
    error = told[told.index("error: ") :]
    assert code == 1
    assert "ValueError: this line is not liked" in error
    assert f'File "{FAULTY}", line {line_of("this line is not liked")}, in go_wrong' in error
    assert "record: 'one two seven'" in error
    assert f"file:   {text}" in error
    assert re.search(r"where:  attempt_\d+_\d+_m_000000_0 on ", error)
    assert re.search(r"log:    http://.*/node/containerlogs/container_", error)
    assert "java" not in told.lower()
    assert len(error.splitlines()) < 20
    assert names(hdfs_folder) == ["in put"]


def test_the_third_failure_is_the_last(text: str, capfd) -> None:
    """Hadoop tries nothing again in its master, so a small job is submitted once more."""
    assert run(f"{FAULTY}:Raises", text, "--max-attempts", "2") == 1
    told = capfd.readouterr().err
    assert "trying again, in containers" in told
    assert "map task 0, attempt 1: " in told
    assert "tried:  2 times" in told


def test_a_killed_attempt_changes_nothing(text: str, hdfs_folder: str) -> None:
    settings = ["-D", "mapreduce.job.reduces=2"]
    assert run(f"{FAULTY}:KilledOnce", text, "-o", f"{hdfs_folder}/out", *settings) == 0
    assert len(lines(parts(f"{hdfs_folder}/out"))) == 4


@pytest.mark.parametrize("job", ["LeavesEarly", "LeavesEarlyWithoutReducer"])
def test_a_mapper_that_ends_early_is_found_out(
    text: str, hdfs_folder: str, capfd, job: str
) -> None:
    code = run(f"{FAULTY}:{job}", text, "-o", f"{hdfs_folder}/out", "--max-attempts", "1")
    assert code == 1
    assert "os._exit" in capfd.readouterr().err
    assert names(hdfs_folder) == ["in put"]


def test_existing_output_is_refused_or_replaced(text: str, hdfs_folder: str, capfd) -> None:
    put(f"{hdfs_folder}/out/part-00000", b"old")
    assert run(WORD_COUNT, text, "-o", f"{hdfs_folder}/out") == 1
    assert "it exists; remove it or pass --overwrite" in capfd.readouterr().err
    assert parts(f"{hdfs_folder}/out") == {"part-00000": b"old"}
    assert run(WORD_COUNT, text, "-o", f"{hdfs_folder}/out", "--overwrite") == 0
    assert list(parts(f"{hdfs_folder}/out")) == ["_SUCCESS", "part-00000"]
    assert names(hdfs_folder) == ["in put", "out"]


def test_missing_input(hdfs_folder: str, capfd) -> None:
    assert run(WORD_COUNT, f"{hdfs_folder}/none", "-o", f"{hdfs_folder}/out") == 1
    assert capfd.readouterr().err == f"error: input {hdfs_folder}/none does not exist\n"


def test_unknown_queue(text: str, hdfs_folder: str, capfd) -> None:
    queue = ["-D", "mapreduce.job.queuename=nowhere"]
    assert run(WORD_COUNT, text, "-o", f"{hdfs_folder}/out", *queue) == 2
    assert "no queue 'nowhere'" in capfd.readouterr().err
    assert names(hdfs_folder) == ["in put"]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_kills_the_application(text: str, hdfs_folder: str, sent) -> None:
    words = ["run", "-r", "hadoop", f"{FAULTY}:Slow", text, "-o", f"{hdfs_folder}/out"]
    process = subprocess.Popen(
        [sys.executable, "-m", "hadoopjobs", *words],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored in background
    )
    assert process.stderr is not None
    app = ""
    for line in process.stderr:
        if match := re.match(r"application (application_\d+_\d+)", line):
            app = match[1]
            break
    time.sleep(5)
    process.send_signal(sent)
    assert "interrupted" in process.communicate(timeout=60)[1]
    assert process.returncode == 130
    client = yarn_client(load_hadoop_conf(os.environ), os.environ)
    assert client.resource_manager.report(app).state == "KILLED"
    client.session.close()
    assert names(hdfs_folder) == ["in put"]


def test_a_job_of_mrjob(text: str, capfdbinary) -> None:
    import mrjob.examples

    job = str(Path(mrjob.examples.__path__[0]) / "mr_most_used_word.py")
    assert run(job, text) == 0
    told = capfdbinary.readouterr()
    assert sorted(told.out.splitlines()) == on_this_machine(capfdbinary, job, text)
