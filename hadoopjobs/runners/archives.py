"""Unpack the archives that a job ships beside its code."""

from __future__ import annotations

import os
import tarfile
import zipfile

from hadoopjobs.core.errors import UsageError

_UNPACKED_BYTES = 1 << 34


def unpack_archive(source: str, target: str) -> None:
    """Unpack a tar or zip file into the new folder `target`; nothing may point out of it."""
    os.makedirs(target, mode=0o700)
    try:
        if tarfile.is_tarfile(source):
            with tarfile.open(source) as archive:
                _check_size(source, sum(member.size for member in archive.getmembers()))
                archive.extractall(target, filter="data")
        elif zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as zipped:
                _check_size(source, sum(info.file_size for info in zipped.infolist()))
                zipped.extractall(target)
        else:
            raise UsageError(f"{source} is not a tar or zip archive")
    except (tarfile.TarError, zipfile.BadZipFile) as error:
        raise UsageError(f"cannot unpack {source}: {error}") from error


def _check_size(source: str, size_bytes: int) -> None:
    if size_bytes > _UNPACKED_BYTES:
        raise UsageError(f"{source} would unpack to {size_bytes} bytes: more than 16 GiB")
