from __future__ import annotations

import hashlib
import os
import tarfile

import pytest

from hadoopjobs.core.errors import StorageError
from hadoopjobs.runtime.environment.archive import Entry, files_below, write_archive


def test_an_archive_holds_bytes_and_modes(tmp_path):
    script = tmp_path / "run.sh"
    script.write_text("exit 0")
    script.chmod(0o755)
    entries = [
        Entry("b/ü %.py", b"x = 1"),
        Entry("a", b""),
        Entry("run", script),
        Entry("a", b"the first one counts"),
        Entry("large", os.urandom(9 << 20)),
        Entry("l" * 150, b"long"),
    ]
    digest = write_archive(tmp_path / "a.tar.gz", entries)
    assert digest == hashlib.sha256((tmp_path / "a.tar.gz").read_bytes()).hexdigest()
    with tarfile.open(tmp_path / "a.tar.gz") as tar:
        found = {
            info.name: (tar.extractfile(info).read(), info.mode)  # type: ignore[union-attr]
            for info in tar
        }
    assert found == {
        "a": (b"", 0o644),
        "b/ü %.py": (b"x = 1", 0o644),
        "large": (entries[4].content, 0o644),
        "l" * 150: (b"long", 0o644),
        "run": (b"exit 0", 0o755),
    }


def test_the_same_content_gives_the_same_bytes(tmp_path):
    entries = [Entry("a", b"1"), Entry("b", b"2")]
    first = write_archive(tmp_path / "1", entries)
    assert write_archive(tmp_path / "2", reversed(entries)) == first


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(StorageError, match=r"cannot send .*gone\.py to the nodes"):
        write_archive(tmp_path / "1", [Entry("gone.py", tmp_path / "gone.py")])


def test_files_below_leaves_out_bytecode_and_hidden_files_and_follows_no_circle(tmp_path):
    for name in ("b/c.py", "a.py", ".hidden/d.py", "__pycache__/a.pyc", "b/.e"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "b" / "up").symlink_to(tmp_path)
    (tmp_path / "again").symlink_to(tmp_path / "b")
    names = [str(path.relative_to(tmp_path)) for path in files_below(tmp_path)]
    assert names == ["a.py", "again/c.py", "b/c.py"]
