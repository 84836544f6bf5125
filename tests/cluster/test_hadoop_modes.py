"""What crosses Hadoop's shuffle, and Java classes around jobs in Python, on a real cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from hadoopjobs.cli.main import main
from hadoopjobs.storage import filesystem_for
from hadoopjobs.storage.uris import name_of
from tests.cluster.conftest import Cluster
from tests.cluster.hadoop_java import jar_of
from tests.node_python import conf_with_python

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(400)]

HERE = Path(__file__).parent
MR_JAVA = str(HERE / "jobs" / "mr_java.py")
TEXT = b"the quick\tbrown fox\n\nthe lazy dog\n"

COMMANDS = """
from hadoopjobs import Job, Step

class Counts(Job):
    output_format = "text"

    def steps(self):
        return [Step(mapper_cmd=r"tr '\\t ' '\\n'", reducer_cmd="uniq -c")]

class Formats(Job):
    JOBCONF = {{
        "mapred.input.format.class": "test.Custom$WholeFile",
        "mapreduce.job.outputformat.class": "test.Custom$Swapped",
    }}
    output_format = "text"

    def mapper(self, _, line):
        for word in line.split():
            yield word, (len(word), True)

    def reducer(self, word, values):
        yield word, sorted(values)
"""


@pytest.fixture(autouse=True)
def _python(cluster: Cluster, _surroundings: None, tmp_path, monkeypatch) -> None:
    conf = conf_with_python(cluster.conf, tmp_path / "conf of the cluster")
    monkeypatch.setenv("HADOOP_CONF_DIR", str(conf))


@pytest.fixture
def text(hdfs_folder: str) -> str:
    uri = f"{hdfs_folder}/in put/a,1%.txt"
    with filesystem_for(uri).open_write(uri) as file:
        file.write(TEXT)
    return uri


@pytest.fixture
def jar(tmp_path: Path) -> str:
    return str(jar_of(HERE / "java" / "Custom.java", tmp_path))


@pytest.fixture
def commands(tmp_path: Path) -> str:
    path = tmp_path / "commands.py"
    path.write_text(COMMANDS.format())
    return str(path)


def run(*words: str) -> None:
    assert main(["run", "-q", "-r", "hadoop", *words]) == 0


def printed(capfdbinary, runner: str, *words: str) -> list[bytes]:
    capfdbinary.readouterr()
    assert main(["run", "-q", "-r", runner, *words]) == 0
    return sorted(capfdbinary.readouterr().out.splitlines())


def parts(folder: str) -> dict[str, list[bytes]]:
    found = {}
    for status in filesystem_for(folder).list(folder):
        with filesystem_for(folder).open_read(status.uri) as file:
            found[name_of(status.uri)] = file.read().splitlines()
    return found


def test_a_mrjob_job_with_formats_of_java(text: str, hdfs_folder: str, jar: str, capfd) -> None:
    words = [f"{MR_JAVA}:MRJava", text, "--libjars", jar, "-o", f"{hdfs_folder}/out"]
    assert main(["run", "-r", "hadoop", *words]) == 0
    found = parts(f"{hdfs_folder}/out")
    assert found == {
        "_SUCCESS": [],
        "part-00000": [
            b'1\t"brown"', b'1\t"dog"', b'1\t"fox"', b'1\t"lazy"', b'1\t"quick"', b'2\t"the"',
        ],
    }  # fmt: skip
    assert "a;1%.txt=1" in capfd.readouterr().err  # a counter


def test_a_mrjob_job_with_a_partitioner_of_java(text: str, hdfs_folder: str, jar: str) -> None:
    words = [f"{MR_JAVA}:MRPartitioned", text, "--libjars", jar, "-o", f"{hdfs_folder}/out"]
    run(*words, "-D", "mapreduce.job.reduces=2")
    found = parts(f"{hdfs_folder}/out")
    assert found == {
        "_SUCCESS": [],
        "part-00000": [],
        "part-00001": [b'["brown", "dog", "fox", "lazy", "quick"]\t1', b'["the"]\t2'],
    }


def test_a_job_of_ours_with_formats_of_java(
    text: str, hdfs_folder: str, jar: str, commands: str
) -> None:
    run(f"{commands}:Formats", text, "--libjars", jar, "-o", f"{hdfs_folder}/out")
    assert parts(f"{hdfs_folder}/out")["part-00000"] == [
        b"[(8, True)]\ta,1%.txt",
        b"[(5, True)]\tbrown",
        b"[(3, True)]\tdog",
        b"[(8, True)]\tfox||the",
        b"[(4, True)]\tlazy",
        b"[(5, True)]\tquick",
        b"[(3, True)]\tthe",
    ]


@pytest.fixture
def here(tmp_path: Path) -> str:
    """The same text on this machine."""
    path = tmp_path / "here.txt"
    path.write_bytes(TEXT)
    return str(path)


@pytest.mark.parametrize("settings", [[], ["-D", "mapreduce.job.reduces=3"]])
def test_commands_write_the_same_lines_as_text(
    text: str, here: str, commands: str, capfdbinary, settings: list[str]
) -> None:
    words = [f"{commands}:Counts", *settings]
    expected = printed(capfdbinary, "memory", *words, here)
    assert printed(capfdbinary, "hadoop", *words, text, "--shuffle", "text") == expected
    assert printed(capfdbinary, "hadoop", *words, text, "--shuffle", "columnar") == expected


def test_commands_of_mrjob_as_text(text: str, here: str, capfdbinary) -> None:
    job = f"{MR_JAVA}:MRCommands"
    expected = printed(capfdbinary, "memory", job, here)
    assert printed(capfdbinary, "hadoop", job, text, "--shuffle", "text") == expected


def test_python_of_mrjob_with_lines_in_the_shuffle(text: str, here: str, capfdbinary) -> None:
    from mrjob.examples import mr_word_freq_count

    job = str(Path(mr_word_freq_count.__file__))
    expected = printed(capfdbinary, "memory", job, here)
    settings = ["--shuffle", "text", "-D", "mapreduce.job.reduces=2"]
    assert printed(capfdbinary, "hadoop", job, text, *settings) == expected
