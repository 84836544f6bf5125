"""What is asked for, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hadoopjobs.core.functions import JobFile
from hadoopjobs.runtime.environment.node_platform import NodePlatform


@dataclass(frozen=True)
class EnvironmentRequest:
    """`env` is `auto`, `none`, or the path of a requirements file whose packages are added.

    `python` is the interpreter on the nodes; None: the first that fits of `python3.N` and
    `python3`. `nodes` is what runs there; None: as on this machine. `job_files` hold the user's
    code, as do `modules`, names as `a.b.c`; what these import goes along. `py_files` are files,
    folders and zips to import from.
    """

    env: str = "auto"
    python: str | None = None
    nodes: NodePlatform | None = None
    job_files: tuple[JobFile, ...] = ()
    modules: tuple[str, ...] = ()
    py_files: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShippedArchive:
    """A .tar.gz that a task finds unpacked as the folder `name` of its working folder.

    `digest` is the SHA-256 of its bytes in hexadecimal. One that `is_shared` serves other runs
    too and is kept in the cluster's storage (`publish`); the others belong to one run.
    """

    path: Path
    name: str
    digest: str
    length: int
    is_shared: bool


@dataclass(frozen=True)
class Environment:
    """Archives, and how a task is started with them.

    `launcher` are the first words of a command line in a task's working folder, without any
    character that a shell or Streaming would treat; the name of a module and its arguments follow.
    `files` says where a file of this machine lies there, relative to the working folder.
    """

    archives: tuple[ShippedArchive, ...]
    launcher: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)

    def job_file(self, job_file: JobFile) -> JobFile:
        """As a task loads it; its path is relative to the task's working folder."""
        return JobFile(job_file.name, self.files[job_file.path], job_file.imports)
