"""A client in a root that has Python, and nothing of Java or Hadoop but the site files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.cluster.conftest import Cluster
from tests.cluster.harness import BIBLE, ROOT, lines, on_this_machine, parts

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.timeout(600)]

RELEASES = {"3.11": "bookworm", "3.13": "trixie"}
PROJECT, PACKAGES = "project", "packages"


def done(*command: str, **options: object) -> str:
    ended = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    assert ended.returncode == 0, ended.stderr[-3000:]
    return str(ended.stdout)


@pytest.fixture(scope="module")
def bare_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A Debian with Python, the packages that are installed here, and the project."""
    release = RELEASES.get(f"{sys.version_info[0]}.{sys.version_info[1]}")
    if release is None or os.geteuid() != 0 or shutil.which("debootstrap") is None:
        pytest.skip("needs root, debootstrap and a Debian with this Python")
    root = tmp_path_factory.mktemp("bare") / "root"
    sites = done("apt-get", "indextargets", "--format", "$(SITE)").split()
    mirror = next(
        iter(site for site in sites if "security" not in site), "http://deb.debian.org/debian"
    )
    done("debootstrap", "--variant=minbase", "--include=python3", release, str(root), mirror)
    ignored = shutil.ignore_patterns(".*", "build", "__pycache__")
    shutil.copytree(ROOT, root / PROJECT, ignore=ignored)
    shutil.copytree(sysconfig.get_path("purelib"), root / PACKAGES)
    for file in ("hosts", "resolv.conf"):
        shutil.copy(f"/etc/{file}", root / "etc" / file)
    done("mount", "--bind", "/proc", str(root / "proc"))
    yield root
    done("umount", str(root / "proc"))


def test_the_word_count_of_the_readme(
    bare_root: Path, cluster: Cluster, home: str, hdfs_folder: str, capfdbinary
) -> None:
    conf = bare_root / "etc" / "cluster"
    shutil.copytree(os.environ["HADOOP_CONF_DIR"], conf, dirs_exist_ok=True)
    shutil.copy(BIBLE, bare_root / "tmp" / "bible.txt")

    chroot = shutil.which("chroot")
    assert chroot is not None

    def client(*words: str) -> str:
        variables: Mapping[str, str] = {
            "PATH": "/usr/bin:/bin",
            "HADOOP_CONF_DIR": "/etc/cluster",
            "PYTHONPATH": f"/{PROJECT}:/{PACKAGES}",
            "HADOOP_USER_NAME": cluster.user,
        }
        command = [chroot, str(bare_root), "/usr/bin/python3", "-m", "hadoopjobs", *words]
        return done(*command, env=variables, cwd="/")

    assert not list(bare_root.glob("**/*java*/bin")), "there is a Java in it"
    assert shutil.which("java", path=f"{bare_root}/usr/bin:{bare_root}/bin") is None
    client("fs", "mkdir", "-p", f"{hdfs_folder}/books")
    client("fs", "put", "file:///tmp/bible.txt", f"{hdfs_folder}/books")
    job, out = f"/{PROJECT}/jobs/word_count.py", f"{hdfs_folder}/counts"
    client("run", job, "-r", "hadoop", "--env", "auto", f"{hdfs_folder}/books", "-o", out)
    word_count = str(ROOT / "jobs" / "word_count.py")
    assert lines(parts(out)) == on_this_machine(capfdbinary, word_count, str(BIBLE))
