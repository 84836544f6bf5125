"""What the nodes need beside their own Python: our package and the job's file, as one archive."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hadoopjobs.core.errors import FileExists
from hadoopjobs.core.functions import JobFile
from hadoopjobs.core.hadoop_conf import HadoopConf
from hadoopjobs.runners.base import RunOptions
from hadoopjobs.storage import filesystem_for
from hadoopjobs.yarn import CacheFile

FOLDER = "hadoopjobs-packages"
JOB_FOLDER = "hadoopjobs-job"
PYTHON_SETTING = "hadoopjobs.python"
_START = """\
import runpy, sys
module = sys.argv[1]
sys.argv[:] = sys.argv[1:]
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


@dataclass(frozen=True)
class Packages:
    """Files for the distributed cache, and the words that start a module with them."""

    cache: tuple[CacheFile, ...]
    launcher: tuple[str, ...]
    job_files: tuple[JobFile, ...]
    originals: tuple[tuple[str, str], ...] = ()

    def in_the_users_words(self, text: str) -> str:
        """A traceback of a task, with the files' names of this machine."""
        for there, here in self.originals:
            text = re.sub(
                f'(?<=File ")[^"]*/{re.escape(there)}(?=")', here.replace("\\", r"\\"), text
            )
        return text


def ship_packages(options: RunOptions, conf: HadoopConf, home: str) -> Packages:
    """Put what is not there yet into the user's home on the cluster."""
    python = dict(options.settings).get(PYTHON_SETTING) or conf.get(PYTHON_SETTING) or "python3"
    data = _archive()
    uri = f"{home}/.hadoopjobs/env/{hashlib.sha256(data).hexdigest()[:32]}.tar.gz"
    if not filesystem_for(uri).exists(uri):
        with suppress(FileExists), filesystem_for(uri).open_write(uri) as file:
            file.write(data)  # or another run was faster
    job_cache = [
        CacheFile(Path(job_file.path), f"{JOB_FOLDER}/{os.path.basename(job_file.path)}")
        for job_file in options.job_files
    ]
    job_files = tuple(
        JobFile(each.name, f"{JOB_FOLDER}/{os.path.basename(each.path)}", each.imports)
        for each in options.job_files
    )
    originals = [(j.path, o.path) for j, o in zip(job_files, options.job_files, strict=True)]
    cache = (CacheFile(uri, FOLDER, is_archive=True), *job_cache)
    return Packages(cache, (python, FOLDER), job_files, tuple(originals))


def _archive() -> bytes:
    """The same bytes for the same package."""
    root = Path(__file__).parents[1]
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=6) as archive:
        for name, content in (("__main__.py", _START.encode()), *_package(root)):
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(content), 946_684_800, 0o644
            archive.addfile(info, io.BytesIO(content))
    return _without_time(buffer.getvalue())


def _package(root: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield str(path.relative_to(root.parent)), path.read_bytes()


def _without_time(gzipped: bytes) -> bytes:
    """Source: RFC 1952, the field MTIME."""
    return gzipped[:4] + b"\0\0\0\0" + gzipped[8:]
