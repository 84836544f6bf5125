"""Hadoop's jars: resolved by Maven once, checked, kept in the user's cache."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import programs
import settings
from errors import ClusterError

VERSION = "3.4.2"
_HERE = Path(__file__).parent
_POM = _HERE / "pom.xml"
_SUMS = _HERE / "jars.sha256"
# The published hadoop-hdfs jar lacks its web pages; its daemons are content with empty folders.
_WEB_FOLDERS = ("hdfs", "datanode", "secondary", "journal", "static")
_PLATFORMS = {"x86_64": "Linux-amd64", "aarch64": "Linux-aarch64"}


def cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "hadoopjobs" / f"hadoop-{VERSION}"


def resolve() -> Path:
    """The folder of all jars; downloads them the first time.

    A folder under its final name is complete: it is filled and checked under another one.
    """
    settings.check_path(cache(), "the cache (XDG_CACHE_HOME)")
    wanted = cache() / f"jars-{_version_of_list()}"
    if not wanted.is_dir():
        with _alone():
            if not wanted.is_dir():
                _fill(wanted)
    return wanted


def class_path(jars: Path) -> str:
    return f"{jars}/*:{web(jars)}"


def web(jars: Path) -> Path:
    """A folder for class paths, with the daemons' (empty) web pages."""
    return jars / "web"


def native(jars: Path) -> Path:
    """The folder of native libraries, where an installed Hadoop has it too."""
    return jars / "lib/native"


def jar(jars: Path, artifact: str) -> Path:
    return jars / f"{artifact}-{VERSION}.jar"


def _version_of_list() -> str:
    return hashlib.sha256(_SUMS.read_bytes()).hexdigest()[:12]


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the cache: of two that start at once, the second finds the work done."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fill(wanted: Path) -> None:
    programs.require("mvn")
    aside = wanted.with_name(f"{wanted.name}.partial")
    shutil.rmtree(aside, ignore_errors=True)
    print(f"fetching Hadoop {VERSION} (93 MB) with Maven, once", file=sys.stderr)
    _copy(aside)
    _check(aside)
    _arrange(aside)
    aside.rename(wanted)


def _copy(target: Path) -> None:
    command = ["mvn", "-B", "-q", "-f", str(_POM), f"-Djars={target}", "validate"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines()
        raise ClusterError("Maven could not fetch Hadoop's jars", "\n".join(lines[:20]))


def _check(folder: Path) -> None:
    shutil.rmtree(folder / "markers", ignore_errors=True)  # the plugin's own
    wanted = {name: total for total, name in map(str.split, _SUMS.read_text().splitlines())}
    found = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
    wrong = [name for name in sorted(wanted | found) if wanted.get(name) != found.get(name)]
    if wrong:
        raise ClusterError(
            f"{len(wrong)} of Hadoop's jars are not those of {_SUMS.name}, first {wrong[0]}; "
            "remove them from Maven's local repository and try again"
        )


def _arrange(folder: Path) -> None:
    """Make the places where Hadoop looks for its web pages and its native library."""
    for name in _WEB_FOLDERS:
        (web(folder) / "webapps" / name).mkdir(parents=True)
    native(folder).mkdir(parents=True)
    library = folder / "nativelib" / _PLATFORMS.get(os.uname().machine, "none") / "libhadoop.so"
    if library.exists():
        shutil.copy(library, native(folder))
    shutil.rmtree(folder / "nativelib")
