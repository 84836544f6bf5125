"""The inputs, made once and kept: the same bytes each time they are made."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
PROGRAMS = Path(sys.executable).parent
PYTHON = str(PROGRAMS / "python")
HADOOPJOBS = str(PROGRAMS / "hadoopjobs")


class NotEnoughDisk(Exception):
    """The folder of the inputs is on a disk too small for this benchmark."""


@dataclass(frozen=True)
class Input:
    """A file that can be made: its name in the folder, its rough size, and the command for it,
    to which `--output FILE` is added."""

    name: str
    size: int
    command: Sequence[str]


def zipf_text(megabytes: float) -> Input:
    """Zipf text of 10**6 bytes times `megabytes`."""
    command = [PYTHON, str(PROJECT / "scripts/data/zipf_text"), "--megabytes", f"{megabytes:g}"]
    return Input(f"zipf-{megabytes:g}MB.txt", int(megabytes * 1e6), command)


def key_values(megabytes: float, keys: int, file_format: str) -> Input:
    """Rows of a key, of which there are `keys` different ones, and a number."""
    options = ["--megabytes", f"{megabytes:g}", "--keys", str(keys), "--format", file_format]
    suffix = "parquet" if file_format == "parquet" else "tsv"
    name = f"key-values-{megabytes:g}MB-{keys}.{suffix}"
    return Input(name, int(megabytes * 1e6), [PYTHON, str(HERE / "key_values.py"), *options])


def power_law_edges(edges: int) -> Input:
    """A directed graph, one edge a line."""
    command = [PYTHON, str(HERE / "power_law_edges.py"), "--edges", str(edges)]
    return Input(f"edges-{edges}.tsv", edges * 14, command)


class Workspace:
    """The folder with inputs, outputs and temporary files of a benchmark."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.outputs = self.folder / "out"
        self.temporary = self.folder / "tmp"
        for needed in (self.outputs, self.temporary):
            needed.mkdir(parents=True, exist_ok=True)
        (self.folder / ".gitignore").write_text("*\n")

    def make(self, inputs: Sequence[Input], working_bytes: int) -> list[Path]:
        """The paths of `inputs`, made if they are not there.

        Raises `NotEnoughDisk` if they and `working_bytes` for temporary files do not fit.
        """
        missing = [wanted for wanted in inputs if not (self.folder / wanted.name).exists()]
        input_bytes = sum(wanted.size for wanted in missing)
        free = shutil.disk_usage(self.folder).free
        if free < input_bytes + working_bytes:
            raise NotEnoughDisk(
                f"{free / 1e9:.1f} GB are free in {self.folder}, but this needs "
                f"{input_bytes / 1e9:.1f} GB for inputs and {working_bytes / 1e9:.1f} GB for "
                "temporary files and results: name a folder on another disk with --data, or "
                "choose smaller sizes"
            )
        for wanted in missing:
            self._make(wanted)
        return [self.folder / wanted.name for wanted in inputs]

    def _make(self, wanted: Input) -> None:
        print(f"making {wanted.name}", file=sys.stderr, flush=True)
        path = self.folder / wanted.name
        unfinished = path.with_name(path.name + ".unfinished")
        subprocess.run([*wanted.command, "--output", str(unfinished)], check=True)
        for suffix in (".json", ""):  # a generator may write facts about FILE to FILE.json
            if (made := Path(f"{unfinished}{suffix}")).exists():
                os.replace(made, f"{path}{suffix}")

    @property
    def environment(self) -> dict[str, str]:
        """Variables for the measured programs: temporary files go to the same disk, and Python
        keeps compiled modules and buffers output, whatever this shell says."""
        return {
            "TMPDIR": str(self.temporary),
            "MRJOB_CONF": os.devnull,
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONUNBUFFERED": "",
        }

    def clean(self) -> None:
        """Remove outputs and temporary files; inputs stay."""
        for folder in (self.outputs, self.temporary):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, exist_ok=True)
