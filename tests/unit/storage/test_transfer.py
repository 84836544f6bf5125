from __future__ import annotations

import os

import pytest

from hadoopjobs.storage import filesystem_for, transfer
from hadoopjobs.storage.s3_store import s3_settings
from hadoopjobs.storage.transfer import CopyOptions, FileCopy, copy_files


def copies_of(folder, names):
    fs = filesystem_for(str(folder))
    return [FileCopy(fs.status(str(folder / name)), str(folder / f"{name}-copy")) for name in names]


def test_one_that_fails_does_not_stop_the_others(tmp_path):
    for name in "abc":
        (tmp_path / name).write_text(name)
    copies = copies_of(tmp_path, "abc")
    (tmp_path / "b").unlink()
    seen: list[int] = []
    done = {
        copy.source.uri[-1]: error for copy, error in copy_files(copies, CopyOptions(), seen.append)
    }
    assert {name for name, error in done.items() if error is None} == {"a", "c"}
    assert sum(seen) == 2
    assert sorted(os.listdir(tmp_path)) == ["a", "a-copy", "c", "c-copy"]


def test_a_file_that_changed_is_not_copied(tmp_path):
    (tmp_path / "a").write_text("long")
    copies = copies_of(tmp_path, "a")
    (tmp_path / "a").write_text("x")
    ((_, error),) = copy_files(copies, CopyOptions(), lambda count: None)
    assert "it changed from 4 to 1 bytes" in str(error)
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("fails", [False, True])
def test_a_large_file_is_fetched_in_ranges(tmp_path, monkeypatch, fails):
    monkeypatch.setattr(transfer, "_RANGE_BYTES", 1000)
    data = os.urandom(10_500)
    (tmp_path / "a").write_bytes(data)
    (copy,) = copies_of(tmp_path, "a")
    if fails:
        (tmp_path / "a").write_bytes(data[:8_200])
    monkeypatch.setattr(transfer, "scheme_of", lambda uri: "hdfs" if uri.endswith("/a") else "file")
    ((_, error),) = copy_files([copy], CopyOptions(), lambda count: None)
    if fails:
        assert error is not None
        assert os.listdir(tmp_path) == ["a"]
    else:
        assert error is None
        assert (tmp_path / "a-copy").read_bytes() == data


def test_s3_is_set_as_awss_tools_are(tmp_path):
    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id = file\naws_secret_access_key = hush\n[other]\nregion = x\n"
    )
    (tmp_path / "config").write_text("[profile other]\nendpoint_url = http://e\n")
    files = {
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
    }
    keys = {"aws_access_key_id": "file", "aws_secret_access_key": "hush"}
    assert s3_settings(files) == {"region": "us-east-1", **keys}
    assert s3_settings({**files, "AWS_PROFILE": "other"}) == {"region": "x", "endpoint": "http://e"}
    environ = {
        **files,
        "AWS_ACCESS_KEY_ID": "mine",
        "AWS_REGION": "eu",
        "AWS_ENDPOINT_URL": "http://f",
    }
    assert s3_settings(environ) == {
        "region": "eu",
        "endpoint": "http://f",
        **keys,
        "aws_access_key_id": "mine",
    }
