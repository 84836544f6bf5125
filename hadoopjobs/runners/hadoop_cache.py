"""Side files and archives of a job, as YARN's distributed cache brings them to its tasks."""

from __future__ import annotations

import os
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from hadoopjobs.core.errors import UsageError
from hadoopjobs.runners.base import SideFile
from hadoopjobs.runners.hadoop_storage import RunFolder
from hadoopjobs.storage import scheme_of
from hadoopjobs.storage.local import local_path
from hadoopjobs.storage.uris import name_of
from hadoopjobs.yarn import CacheFile


def side_cache(side_files: Iterable[SideFile], folder: RunFolder) -> Iterator[CacheFile]:
    """Copies what lies on this machine into `folder`."""
    for number, side_file in enumerate(side_files):
        is_archive = side_file.kind == "archive"
        if scheme_of(side_file.path) != "file":
            yield CacheFile(side_file.path, side_file.name, is_archive)
            continue
        path = Path(os.path.abspath(side_file.path))
        if not path.exists():
            raise UsageError(f"side file {side_file.path} does not exist")
        if path.is_dir():
            uri = _put_folder(path, folder, number)
            yield CacheFile(uri, side_file.name, is_archive=True)
        else:
            known = CacheFile(path, side_file.name, is_archive)
            uri = folder.put(f"files/{number}{known.suffix}", path)
            yield CacheFile(uri, side_file.name, is_archive)


def jar_cache(jars: Iterable[str]) -> Iterator[CacheFile]:
    """Jars for the class path of tasks and of their master."""
    for jar in jars:
        name = name_of(jar)
        if not name.endswith(".jar"):
            raise UsageError(f"{jar!r} is no jar: its name must end in .jar")
        if scheme_of(jar) != "file":
            yield CacheFile(jar, name)
            continue
        path = Path(local_path(jar))
        if not path.is_file():
            raise UsageError(f"there is no jar {jar}")
        yield CacheFile(path, name)


def _put_folder(path: Path, folder: RunFolder, number: int) -> str:
    with tempfile.TemporaryDirectory(prefix="hadoopjobs-") as temporary:
        packed = Path(temporary, "folder.tar.gz")
        with tarfile.open(packed, "w:gz", compresslevel=1) as archive:
            archive.add(path, arcname=".")
        return folder.put(f"files/{number}.tar.gz", packed)
