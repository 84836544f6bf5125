"""A requirements file, and the ones that it names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from hadoopjobs.core.errors import UsageError
from hadoopjobs.runtime.environment.distributions import canonical, project_requirements
from hadoopjobs.runtime.environment.wheels import Wheel

_OTHER_FILE = re.compile(r"\s*(?:-r|-c|--requirement|--constraint)[\s=]*(\S.*?)\s*(?:\s#.*)?$")


def requirements_file(text: str) -> Path:
    """The file that `--env` names. Raises `UsageError`."""
    path = Path(text)
    if not path.is_file():
        raise UsageError(
            f"--env {text}: there is no such file; give auto, none or a requirements file"
        )
    return path


def digest_of(file: Path) -> str:
    """SHA-256 over the file and all those that it includes."""
    digest = hashlib.sha256()
    for path in _all_files(file, []):
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def _all_files(file: Path, seen: list[Path]) -> Iterator[Path]:
    if file in seen or not file.is_file():
        return
    seen.append(file)
    yield file
    for line in file.read_text("utf-8", "replace").splitlines():
        match = _OTHER_FILE.match(line)
        if match is not None and "://" not in match[1]:
            yield from _all_files(file.parent / match[1], seen)


def check_against_project(wheels: Iterable[Wheel], file: Path) -> None:
    """Raises `UsageError` where the file has a version that `hadoopjobs` cannot work with."""
    versions = {canonical(wheel.distribution): wheel.version for wheel in wheels}
    for requirement in project_requirements():
        version = versions.get(canonical(requirement.name))
        if version is not None and not requirement.specifier.contains(version, prereleases=True):
            raise UsageError(
                f"{file} leads to {requirement.name} {version}, and hadoopjobs needs {requirement}:"
                " change the file"
            )
