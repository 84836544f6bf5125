"""`hadoopjobs stream` beside Hadoop's own Streaming client: the same options, the same output."""

from __future__ import annotations

import struct
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from hadoopjobs.cli.main import main
from hadoopjobs.storage import filesystem_for
from hadoopjobs.storage.uris import name_of, split_uri
from tests.cluster.conftest import Cluster
from tests.cluster.hadoop_java import jar_of, streaming
from tests.node_python import conf_with_python

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(400)]

CUSTOM = Path(__file__).parent / "java" / "Custom.java"
TEXT = b"the quick brown\tfox\njumps over\r\nlone\rreturn\n\n\xff\xfe bad\tutf\nthe lazy dog"
MORE = b"".join(b"%d %d\t%d\n" % (n % 7, n % 11, n) for n in range(1000))

# All types in one value; floats as Javas of any age print them.
TYPED = b"\x09\x01\x05\x02\x01\x03\xff\xff\xff\xfe" + b"\x04" + struct.pack(">q", 1 << 40)
TYPED += b"\x05" + struct.pack(">f", 0.5) + b"\x06" + struct.pack(">d", 1e10)
TYPED += b"\x00\x00\x00\x00\x02a\xff\x64\x00\x00\x00\x01q\x08\x00\x00\x00\x01\x02\x00"
TYPED += b"\x0a\x00\x00\x00\x02\x07\x00\x00\x00\x01z\x03\x00\x00\x00\x01"
TYPED += b"\x07\x00\x00\x00\x01a\x03\x00\x00\x00\x02\xff"
TYPED_MAPPER = f"""#!{sys.executable}
import sys
from hadoopjobs.core.typed_bytes import TypedBytesReader, encode_typed
out = sys.stdout.buffer
for offset, line in TypedBytesReader(sys.stdin.buffer).pairs():
    for word in line.split():
        out.write(encode_typed((len(word), word, offset)) + {TYPED!r})
"""

ADDING = "awk '-F\t' '{n[$1] += $2} END {for (w in n) print w FS n[w]}'"

CASES = {
    "words": ["-mapper", r"tr '\t ' '\n'", "-reducer", "uniq -c", "-numReduceTasks", "3"],
    "combined": [
        "-mapper", "sed 's/[\t ].*//; s/$/\t1/'", "-combiner", ADDING, "-reducer", ADDING,
    ],
    "sorted": ["-mapper", "cat", "-numReduceTasks", "2"],
    "fields": [
        "-D", "stream.map.output.field.separator= ",
        "-D", "stream.num.map.output.key.fields=2",
        "-D", "stream.reduce.input.field.separator==",
        "-D", "stream.reduce.output.field.separator=:",
        "-D", "mapreduce.output.textoutputformat.separator=|",
        "-mapper", "cat", "-reducer", "sort",
    ],
    "keyed": ["-inputformat", "KeyValueTextInputFormat", "-mapper", "cat", "-reducer", "sort"],
    "typed": ["-io", "typedbytes", "-mapper", "typed.py", "-reducer", "cat"],
    "raw": ["-io", "rawbytes", "-mapper", "cat", "-reducer", "cat", "-numReduceTasks", "2"],
    "variables": [
        "-D", "my.setting=x", "-D", "stream.map.input=text", "-cmdenv", "MINE=y", "-mapper",
        "sh -c 'cat >/dev/null; echo $MINE $my_setting $mapreduce_task_ismap $stream_map_input'",
    ],
}  # fmt: skip
# What else the cluster only does.
JAVA_CASES = {
    "aggregated": ["-mapper", "sed 's/[\t ].*//; s/^/LongValueSum:/; s/$/\t1/'",
                   "-reducer", "aggregate"],
    "some lines": [
        "-D", "mapreduce.input.lineinputformat.linespermap=400",
        "-D", "stream.map.input.ignoreKey=true",
        "-inputformat", "org.apache.hadoop.mapred.lib.NLineInputFormat",
        "-mapper", "sh -c 'cat; echo end of $mapreduce_map_input_length'",
    ],
    "by field": [
        "-D", "stream.num.map.output.key.fields=2",
        "-D", "mapreduce.job.output.key.comparator.class="
        "org.apache.hadoop.mapred.lib.KeyFieldBasedComparator",
        "-D", "mapreduce.partition.keycomparator.options=-k2,2nr",
        "-D", "mapreduce.partition.keypartitioner.options=-k1,1",
        "-partitioner", "org.apache.hadoop.mapred.lib.KeyFieldBasedPartitioner",
        "-mapper", "tr ' ' '\t'", "-reducer", "cat", "-numReduceTasks", "2",
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Folders in HDFS and on this machine with the same files in `in`."""

    hdfs: str
    here: Path
    user: str

    def parts(self, name: str) -> dict[str, list[bytes]]:
        """Lines of an output in HDFS, sorted, by file."""
        fs = filesystem_for(self.hdfs)
        return {
            name_of(status.uri): _lines(_read(status.uri))
            for status in fs.list(f"{self.hdfs}/{name}")
            if name_of(status.uri).startswith("part-")
        }

    def parts_here(self, name: str) -> dict[str, list[bytes]]:
        found = sorted((self.here / name).glob("part-*"))
        return {path.name: _lines(path.read_bytes()) for path in found}


def _lines(data: bytes) -> list[bytes]:
    """Values of one key come in no certain order."""
    return sorted(data.split(b"\n"))


def _read(uri: str) -> bytes:
    with filesystem_for(uri).open_read(uri) as file:
        return file.read()


@pytest.fixture(autouse=True)
def home(cluster: Cluster, _surroundings: None, tmp_path, monkeypatch) -> Iterator[str]:
    """A home folder of the test's own, in which nothing is left."""
    path = f"/tmp/hadoopjobs-home-{uuid.uuid4().hex}"
    settings = {"yarn__app__mapreduce__am__staging-dir": path, "dfs__user__home__dir__prefix": path}
    conf = conf_with_python(cluster.conf, tmp_path / "conf of the cluster", **settings)
    monkeypatch.setenv("HADOOP_CONF_DIR", str(conf))
    home = f"{cluster.default_fs}{path}/{cluster.user}"
    yield home
    fs = filesystem_for(home)
    folders = [f"{home}/{name}" for name in (".hadoopjobs", ".staging")]
    left = [status.uri for folder in folders if fs.exists(folder) for status in fs.list(folder)]
    fs.delete(home.rpartition("/")[0])
    assert left == []


@pytest.fixture
def place(cluster: Cluster, hdfs_folder: str, tmp_path: Path) -> Place:
    (tmp_path / "in").mkdir()
    (tmp_path / "typed.py").write_text(TYPED_MAPPER)
    for name, data in (("a.txt", TEXT), ("b,1%ü.txt", MORE)):
        (tmp_path / "in" / name).write_bytes(data)
        with filesystem_for(hdfs_folder).open_write(f"{hdfs_folder}/in/{name}") as file:
            file.write(data)
    return Place(hdfs_folder, tmp_path, cluster.user)


def stream(*words: str) -> int:
    return main(["stream", "-q", *words])


def all_three(place: Place, words: list[str], *, runners: tuple[str, ...]) -> None:
    """Run a case by Hadoop's client and by ours, side by side."""
    source = split_uri(place.hdfs).path
    if "typed.py" in words:
        words = [*words, "-file", str(place.here / "typed.py")]
    with ThreadPoolExecutor() as pool:
        theirs = pool.submit(
            streaming, place.user, *words, "-input", f"{source}/in", "-output", f"{source}/java"
        )
        where = ["-input", f"{source}/in", "-output", f"{source}/ours"]
        assert stream("-r", "hadoop", *words, *where) == 0
        theirs.result()
    for runner in runners:
        where = ["-input", str(place.here / "in"), "-output", str(place.here / runner)]
        assert stream("-r", runner, *words, *where) == 0


@pytest.mark.parametrize("case", CASES)
def test_output_is_that_of_hadoops_client(place: Place, case: str) -> None:
    words = CASES[case]
    all_three(place, words, runners=("local", "inline"))
    theirs = place.parts("java")
    assert sum(map(len, theirs.values())) > len(theirs)
    assert place.parts("ours") == theirs
    assert place.parts_here("local") == theirs
    assert place.parts_here("inline") == theirs


def test_mappers_alone(place: Place) -> None:
    """Hadoop numbers its map tasks by size, and we in the order of the input."""
    all_three(place, ["-mapper", "cat", "-reducer", "NONE"], runners=("local",))
    theirs = place.parts("java")
    assert sorted(place.parts("ours").values()) == sorted(theirs.values())
    assert place.parts_here("local") == place.parts("ours")


@pytest.mark.parametrize("case", JAVA_CASES)
def test_classes_of_hadoop(place: Place, case: str) -> None:
    all_three(place, JAVA_CASES[case], runners=())
    assert place.parts("ours") == place.parts("java")


def test_classes_of_a_users_own(place: Place, tmp_path: Path) -> None:
    jar = str(jar_of(CUSTOM, tmp_path))
    words = [
        "-libjars", jar, "-inputformat", "test.Custom$WholeFile", "-mapper", "cat", "-reducer",
        "cat", "-outputformat", "test.Custom$Swapped", "-partitioner", "test.Custom$Last",
        "-numReduceTasks", "2", "-input", f"{place.hdfs}/in/*.txt",
    ]  # fmt: skip
    assert stream("-r", "hadoop", *words, "-output", f"{place.hdfs}/out") == 0
    found = place.parts("out")
    assert found["part-00000"] == [b""]
    whole = MORE.strip().replace(b"\n", b"|")
    assert whole + "\tb,1%ü.txt".encode() in found["part-00001"]
    assert len(found["part-00001"]) == 3 + TEXT.count(b"\r\n") + 1


def test_typed_bytes_through_sequence_files(place: Place) -> None:
    """What our reader and writer make is read and written by Hadoop's, and comes back the same."""
    fs, script = place.hdfs, str(place.here / "typed.py")
    typed = ["-io", "typedbytes"]
    first = [*typed, "-mapper", "typed.py", "-file", script, "-input", f"{fs}/in", "-reducer",
             "cat", "-outputformat", "SequenceFileOutputFormat"]  # fmt: skip
    assert stream("-r", "hadoop", *first, "-output", f"{fs}/typed") == 0
    again = [*typed, "-inputformat", "SequenceFileInputFormat", "-mapper", "cat"]
    where = ["-input", f"{fs}/typed/part-*", "-output", f"{fs}/again"]
    assert stream("-r", "hadoop", *again, "-reducer", "cat", *where) == 0
    direct = [*typed, "-mapper", "typed.py", "-file", script, "-input", f"{fs}/in"]
    assert stream("-r", "hadoop", *direct, "-reducer", "cat", "-output", f"{fs}/direct") == 0
    assert place.parts("again") == place.parts("direct")


def test_to_standard_output_with_an_odd_variable(place: Place, capfdbinary) -> None:
    words = ["-cmdenv", "PASSWORD=a 'b' $c\nd", "-mapper", "sh -c 'echo \"$PASSWORD\"'"]
    assert stream("-r", "hadoop", *words, "-input", f"{place.hdfs}/in/a.txt") == 0
    assert capfdbinary.readouterr().out == b"a 'b' $c\t\nd\t\n"


def test_a_file_of_this_machine(place: Place, capfdbinary) -> None:
    words = ["-mapper", "tr a-z A-Z", "-input", f"file://{place.here}/in/a.txt", "-reducer", "NONE"]
    assert stream("-r", "hadoop", *words) == 0
    assert capfdbinary.readouterr().out.startswith(b"THE QUICK BROWN\tFOX\n")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["-mapper", "nosuch"], 2, "the nodes cannot run 'nosuch': no such file"),
        (["-mapper", "cat", "-outputformat", "a.Foo"], 2, "the nodes have no class a.Foo"),
        (
            ["-mapper", "cat", "-inputformat", "CombineTextInputFormat"],
            2,
            "makes splits of its own",
        ),
        (["-mapper", "cat", "-libjars", "/no/such.jar"], 2, "there is no jar /no/such.jar"),
        (["-mapper", "sh -c 'echo bad >&2; exit 3'"], 1, "exited with status 3"),
    ],
)
def test_failures_are_told_in_few_lines(place: Place, capfd, words, code: int, message) -> None:
    where = ["-input", f"{place.hdfs}/in", "-output", f"{place.hdfs}/out", "--max-attempts", "1"]
    assert stream("-r", "hadoop", *words, *where) == code
    told = capfd.readouterr().err
    assert message in told
    assert "java." not in told[told.index("error: ") :]
    assert [name_of(s.uri) for s in filesystem_for(place.hdfs).list(place.hdfs)] == ["in"]
