"""The files of distributions: of installed ones, and of wheels.

Source: the Binary Distribution Format; Recording Installed Projects (RECORD).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib.metadata import Distribution
from pathlib import Path, PurePosixPath

from hadoopjobs.core.errors import ConfigError, DataError
from hadoopjobs.runtime.environment.archive import Entry

# Sources and tests, which are of no use to a task. Arrow's libraries all go along: which of them
# the others are linked with changes from version to version.
LEFT_OUT = (
    "pyarrow/tests/*", "pyarrow/include/*", "pyarrow/src/*", "pyarrow/*.pxd", "pyarrow/*.pyx",
    "pyarrow/*.pxi",
)  # fmt: skip
_OF_INSTALLERS = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "RECORD.jws")
_LARGEST_FILE = 2 << 30


def tags_of(found: Distribution) -> list[str]:
    """The tags of the wheel that a distribution was installed from; none if it was no wheel."""
    return _tags(found.read_text("WHEEL") or "")


def _tags(text: str) -> list[str]:
    return re.findall(r"^Tag:\s*(\S+)", text, re.MULTILINE)


def installed_files(found: Distribution) -> Iterator[Entry]:
    """What was installed into the folder of packages; programs and bytecode are left out."""
    name = found.metadata["Name"]
    files = found.files
    if files is None:
        raise ConfigError(
            f"nothing says which files belong to the installed package {name}, so it cannot be "
            f"sent: install it with pip, or name it in a requirements file (--env FILE)"
        )
    for file in files:
        path = PurePosixPath(str(file))
        if not _is_wanted(path, is_pruned=True):
            continue
        source = Path(str(file.locate()))
        if not source.is_file():
            raise ConfigError(f"{source} of the installed package {name} is missing: reinstall it")
        yield Entry(str(path), source)


def _is_wanted(path: PurePosixPath, *, is_pruned: bool) -> bool:
    if path.is_absolute() or ".." in path.parts or "__pycache__" in path.parts:
        return False
    if path.parent.name.endswith(".dist-info") and path.name in _OF_INSTALLERS:
        return False
    return not (is_pruned and any(fnmatch(str(path), pattern) for pattern in LEFT_OUT))


class Wheel:
    """A wheel file, by the parts of its name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.distribution, self.version = path.name.split("-")[:2]

    def tags(self) -> list[str]:
        with zipfile.ZipFile(self.path) as wheel:
            return _tags(wheel.read(f"{self._info()}/WHEEL").decode())

    def _info(self) -> str:
        return f"{self.distribution}-{self.version}.dist-info"

    def files(self, *, is_pruned: bool) -> Iterator[Entry]:
        """What an installer would put into the folder of packages."""
        with zipfile.ZipFile(self.path) as wheel:
            for info in wheel.infolist():
                path = self._place(info.filename)
                if info.is_dir() or path is None or not _is_wanted(path, is_pruned=is_pruned):
                    continue
                if info.file_size > _LARGEST_FILE:
                    raise DataError(f"{info.filename} is too large", uri=str(self.path))
                yield Entry(str(path), wheel.read(info), bool(info.external_attr >> 16 & 0o100))

    def _place(self, name: str) -> PurePosixPath | None:
        """None for programs, headers and the like."""
        path = PurePosixPath(name)
        if not path.parts[0].endswith(".data"):
            return path
        if path.parts[1] not in ("purelib", "platlib"):
            return None
        return PurePosixPath(*path.parts[2:])


def wheels_in(folder: Path) -> list[Wheel]:
    return [Wheel(path) for path in sorted(folder.glob("*.whl"))]
