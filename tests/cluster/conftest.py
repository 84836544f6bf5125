"""The real cluster, found as every client finds it: by the site files in HADOOP_CONF_DIR."""

from __future__ import annotations

import getpass
import os
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hadoopjobs.storage import filesystem_for
from tests.cluster import web
from tests.cluster.harness import TEXT, names, put
from tests.node_python import conf_with_python

# Read before the tests' own fixtures hide what the machine says about clusters.
_SURROUNDINGS = {
    name: value
    for name, value in os.environ.items()
    if name == "HADOOP_CONF_DIR" or name.startswith(("KRB5", "HADOOPJOBS_"))
}


@dataclass(frozen=True)
class Cluster:
    """Where its services are; addresses of the web begin with http:// and end without a slash."""

    conf: Path
    default_fs: str
    namenode: str
    resourcemanager: str
    historyserver: str
    user: str
    is_secure: bool

    @property
    def who(self) -> dict[str, str]:
        """What a query to a web interface says about the user; nothing where Kerberos does."""
        return {} if self.is_secure else {"user.name": self.user}


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """The cluster that HADOOP_CONF_DIR names."""
    if "HADOOP_CONF_DIR" not in _SURROUNDINGS:
        pytest.fail("HADOOP_CONF_DIR names no cluster: run scripts/test --cluster")
    conf = Path(_SURROUNDINGS["HADOOP_CONF_DIR"])
    site = _settings(conf)
    manager = site["yarn.resourcemanager.hostname"]
    return Cluster(
        conf=conf,
        default_fs=site["fs.defaultFS"],
        namenode=f"http://{site['dfs.namenode.http-address']}",
        resourcemanager="http://"
        + site.get("yarn.resourcemanager.webapp.address", f"{manager}:8088"),
        historyserver=f"http://{site['mapreduce.jobhistory.webapp.address']}",
        user=getpass.getuser(),
        is_secure=site.get("hadoop.security.authentication") == "kerberos",
    )


@pytest.fixture(autouse=True)
def _surroundings(_no_settings_of_this_machine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Show the tests of this folder their cluster again."""
    for name, value in _SURROUNDINGS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def hdfs_folder(cluster: Cluster) -> Iterator[str]:
    """The URI of a fresh folder in HDFS, removed with all that is in it afterwards."""
    path = f"/tmp/hadoopjobs-tests-{uuid.uuid4().hex}"
    _webhdfs(cluster, "PUT", path, op="MKDIRS")
    yield cluster.default_fs + path
    _webhdfs(cluster, "DELETE", path, op="DELETE", recursive="true")


def _webhdfs(cluster: Cluster, method: str, path: str, **query: str) -> None:
    url = f"{cluster.namenode}/webhdfs/v1{path}"
    web.request(method, url, {**query, **cluster.who}, is_secure=cluster.is_secure)


def _settings(conf: Path) -> Mapping[str, str]:
    """All settings of the site files that scripts/cluster writes, which need no expansion."""
    found: dict[str, str] = {}
    for path in sorted(conf.glob("*-site.xml")):
        for one in ElementTree.parse(path).getroot().iter("property"):
            found[one.findtext("name", "")] = one.findtext("value", "")
    return found


@pytest.fixture
def home(cluster: Cluster, _surroundings: None, tmp_path, monkeypatch) -> Iterator[str]:
    """A home folder of the test's own, which also has the staging folder; at the end only
    packages are left in it."""
    path = f"/tmp/hadoopjobs-home-{uuid.uuid4().hex}"
    settings = {"dfs__user__home__dir__prefix": path}
    settings["yarn__app__mapreduce__am__staging-dir"] = path
    conf = conf_with_python(cluster.conf, tmp_path / "conf of the cluster", **settings)
    monkeypatch.setenv("HADOOP_CONF_DIR", str(conf))
    home = f"{cluster.default_fs}{path}/{cluster.user}"
    yield home
    left = names(f"{home}/.hadoopjobs") + names(f"{home}/.staging")
    filesystem_for(home).delete(home.rpartition("/")[0])
    assert left in ([], ["env"])


@pytest.fixture
def text(hdfs_folder: str) -> str:
    """A file whose name is odd; its 71st line is the only one with the word seven."""
    return put(f"{hdfs_folder}/in put/ü,1%.txt", TEXT.encode())
