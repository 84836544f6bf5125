"""Nodes, daemons and containers die while files are read and written and while jobs run.

They need the cluster of `scripts/cluster start --nodes 3`, and stop its daemons.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hadoopjobs.core.hadoop_conf import load_hadoop_conf
from hadoopjobs.storage import filesystem_for
from hadoopjobs.yarn import YarnClient, yarn_client
from tests.cluster.conftest import Cluster
from tests.cluster.harness import FAULTY, ROOT, WORD_COUNT, lines, names, parts, put, run

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(400)]

MAPS, LINES_A_MAP = 10, 400
PIECE = os.urandom(1 << 20)
PIECES = 200


class Nodes:
    """The daemons of the three nodes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def do(self, *words: str) -> None:
        program = str(ROOT / "scripts" / "cluster")
        command = [program, *words, "--nodes", "3", "--dir", str(self.folder)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)

    def kill(self, daemon: str) -> None:
        self.do("kill", "--daemon", daemon)

    def start(self, daemon: str) -> None:
        self.do("start", "--daemon", daemon)

    def writes(self, node: int) -> bool:
        """Whether its DataNode has a replica that is being written."""
        data = self.folder / "data" / f"node-{node}"
        return any(found.is_file() for found in data.glob("**/rbw/blk_*"))


@pytest.fixture
def nodes(cluster: Cluster, client: YarnClient) -> Iterator[Nodes]:
    """Whole again at the end."""
    if len(running_nodes(client)) < 3:
        pytest.skip("needs scripts/cluster start --nodes 3")
    found = Nodes(cluster.conf.parent)
    yield found
    for node in (1, 2, 3):
        with suppress(subprocess.CalledProcessError):
            found.do("mend", str(node))
    found.do("start")
    for _ in range(120):
        if len(running_nodes(client)) == 3:
            return
        time.sleep(0.5)
    raise AssertionError("the nodes do not come back")


@pytest.fixture
def client(_surroundings: None) -> Iterator[YarnClient]:
    found = yarn_client(load_hadoop_conf(os.environ), os.environ)
    yield found
    found.session.close()


def running_nodes(client: YarnClient) -> list[str]:
    return [node.id for node in client.resource_manager.nodes() if node.state == "RUNNING"]


def digest_of(uri: str) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with filesystem_for(uri).open_read(uri) as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def expected_digest() -> str:
    digest = hashlib.md5(usedforsecurity=False)
    for _ in range(PIECES):
        digest.update(PIECE)
    return digest.hexdigest()


def node_of(host: str) -> int:
    return int(host.rpartition(".")[2])


def test_a_datanode_dies_while_a_file_is_read(nodes: Nodes, hdfs_folder: str) -> None:
    uri = f"{hdfs_folder}/large"
    fs = filesystem_for(uri)
    with fs.open_write(uri) as file:
        for _ in range(PIECES):
            file.write(PIECE)
    (first, *_) = fs.block_locations(uri, (PIECES - 1) << 20, 1)
    digest = hashlib.md5(usedforsecurity=False)
    with fs.open_read(uri) as reader:
        for number in range(PIECES):
            if number == 20:
                nodes.kill(f"datanode-{node_of(first.hosts[0])}")
            digest.update(reader.read(1 << 20))
        assert not reader.read(1)
    assert digest.hexdigest() == expected_digest()


def test_a_datanode_dies_while_a_file_is_written(
    nodes: Nodes, hdfs_folder: str, tmp_path: Path
) -> None:
    uri, path = f"{hdfs_folder}/large", tmp_path / "large"
    with path.open("wb") as file:
        for _ in range(PIECES):
            file.write(PIECE)
    command = [sys.executable, "-m", "hadoopjobs", "fs", "put", str(path), uri]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    while process.poll() is None:
        writing = [node for node in (3, 2, 1) if nodes.writes(node)]
        if len(writing) == 2:
            nodes.kill(f"datanode-{writing[0]}")
            break
    told = process.communicate(timeout=300)[1]
    assert process.returncode == 0, told
    assert len(datanodes_of(uri)) == 2
    assert digest_of(uri) == expected_digest()
    assert names(hdfs_folder) == ["large"]


def datanodes_of(uri: str) -> set[str]:
    blocks = filesystem_for(uri).block_locations(uri, 0, PIECES << 20)
    return {host for block in blocks for host in block.hosts}


class Running:
    """A job in another process, at a point at which some of its maps are done."""

    def __init__(self, out: str, text: str) -> None:
        settings = ["--split-size", "6k", "-D", "mapreduce.job.reduces=2"]
        words = ["run", "-r", "hadoop", f"{FAULTY}:Steady", text, "-o", out, *settings]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hadoopjobs", *words],
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.told = ""
        self.app = ""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.told += line
            if match := re.match(r"application (application_\d+_\d+)", line):
                self.app = match[1]
            if re.match(r" map [2-9]\d%", line):
                return
        raise AssertionError(self.told)

    @property
    def key(self) -> str:
        return self.app.removeprefix("application_")

    def end(self) -> int:
        try:
            self.told += self.process.communicate(timeout=300)[1]
        finally:
            self.process.kill()
        return self.process.returncode


def processes(*parts_of_command: str) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            command = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            if all(part in command for part in parts_of_command):
                found.append(int(path.parent.name))
    return found


def kill_one(*parts_of_command: str) -> None:
    """The latest, which has the most left to do."""
    os.kill(max(processes(*parts_of_command)), signal.SIGKILL)


def other_worker(client: YarnClient, running: Running) -> int:
    """A node without the job's master and without the cluster's masters."""
    host = client.resource_manager.report(running.app).am_host or ""
    return 3 if node_of(host.partition(":")[0]) == 2 else 2


def kill_a_container(running: Running, nodes: Nodes, client: YarnClient) -> None:
    kill_one("YarnChild", f"attempt_{running.key}_m_")


def kill_a_python(running: Running, nodes: Nodes, client: YarnClient) -> None:
    kill_one("hadoop_task", " map ", "python")


def kill_the_master(running: Running, nodes: Nodes, client: YarnClient) -> None:
    kill_one("MRAppMaster", running.app)


def restart_the_resourcemanager(running: Running, nodes: Nodes, client: YarnClient) -> None:
    nodes.kill("resourcemanager")
    time.sleep(2)
    nodes.start("resourcemanager")


def kill_a_nodemanager(running: Running, nodes: Nodes, client: YarnClient) -> None:
    nodes.kill(f"nodemanager-{other_worker(client, running)}")


def kill_a_datanode(running: Running, nodes: Nodes, client: YarnClient) -> None:
    nodes.kill(f"datanode-{other_worker(client, running)}")


def cut_a_node_off(running: Running, nodes: Nodes, client: YarnClient) -> None:
    nodes.do("cut", str(other_worker(client, running)))


@pytest.mark.parametrize(
    "fault",
    [
        kill_a_container,
        kill_a_python,
        kill_the_master,
        restart_the_resourcemanager,
        kill_a_nodemanager,
        kill_a_datanode,
        cut_a_node_off,
    ],
)
def test_a_job_gives_the_same_output(
    nodes: Nodes,
    client: YarnClient,
    home: str,
    hdfs_folder: str,
    fault: Callable[[Running, Nodes, YarnClient], None],
) -> None:
    text = [f"word{number % 97:03} word{number % 7:03}\n" for number in range(MAPS * LINES_A_MAP)]
    uri = put(f"{hdfs_folder}/in/text", "".join(text).encode())
    running = Running(f"{hdfs_folder}/out", uri)
    fault(running, nodes, client)
    code = running.end()
    assert code == 0, running.told
    counts = Counter(word for line in text for word in line.split())
    expected = sorted(f'"{word}"\t{count}'.encode() for word, count in counts.items())
    assert lines(parts(f"{hdfs_folder}/out")) == expected
    assert names(hdfs_folder) == ["in", "out"]


def test_most_tasks_run_where_their_data_is(
    nodes: Nodes, client: YarnClient, home: str, hdfs_folder: str, capfd
) -> None:
    fs = filesystem_for(hdfs_folder)
    for number in range(18):
        uri = put(f"{hdfs_folder}/in/{number:02}", b"one two three\n" * 200_000)
        fs.set_replication(uri, 1)
    time.sleep(5)  # until the second copies are gone
    hosts = Counter(
        fs.block_locations(f"{hdfs_folder}/in/{number:02}", 0, 1)[0].hosts for number in range(18)
    )
    assert all(len(found) == 1 for found in hosts)
    settings = ["--split-size", "3m", "-D", "mapreduce.job.reduces=2"]
    assert run(WORD_COUNT, f"{hdfs_folder}/in", "-o", f"{hdfs_folder}/out", *settings) == 0
    app = re.search(r"application_\d+_\d+", capfd.readouterr().err)
    assert app is not None
    counted = client.counters(app[0])["org.apache.hadoop.mapreduce.JobCounter"]
    assert counted["TOTAL_LAUNCHED_MAPS"] >= 18
    assert counted.get("DATA_LOCAL_MAPS", 0) > counted["TOTAL_LAUNCHED_MAPS"] / 2
