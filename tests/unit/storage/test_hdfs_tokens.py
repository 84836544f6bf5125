"""A container's tokens are found by the name of a NameNode, not only by its address."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hadoopjobs.core.writable import sized, text, vlong
from hadoopjobs.storage.hdfs_tokens import VARIABLE, name_tokens

SECRETS = vlong(1) + text("shuffle") + sized(b"secret")


def entry(alias: str, service: str) -> bytes:
    kind = text("HDFS_DELEGATION_TOKEN")
    return text(alias) + sized(b"identifier") + sized(b"p" * 200) + kind + text(service)


def stored(*entries: bytes) -> bytes:
    return b"HDTS\0" + vlong(len(entries)) + b"".join(entries) + SECRETS


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "container_tokens"
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def named(*servers: str) -> bytes:
    """The file that this process and its children have for their tokens then."""
    name_tokens(servers)
    return Path(os.environ[VARIABLE]).read_bytes()


def test_a_token_of_an_address_gets_the_name(tokens):
    by_address, other = entry("hdfs", "127.0.0.1:8020"), entry("job", "1.2.3.4:99")
    tokens.write_bytes(stored(by_address, other))
    expected = stored(by_address, other, entry("localhost:8020", "localhost:8020"))
    assert named("localhost:8020") == expected
    assert named("localhost:8020") == expected  # once is enough


@pytest.mark.parametrize(
    "content",
    [
        stored(entry("hdfs", "127.0.0.1:9000")),  # of another port
        stored(entry("hdfs", "localhost:8020")),
        b"HDTS\1protobuf",
        stored(entry("hdfs", "127.0.0.1:8020"))[:40],
        b"",
    ],
)
def test_other_files_stay_as_they_are(tokens, content):
    tokens.write_bytes(content)
    assert named("localhost:8020") == content
    assert os.environ[VARIABLE] == str(tokens)


@pytest.mark.parametrize("path", [None, "", "/no/such/file"])
def test_without_tokens_nothing_happens(monkeypatch, path):
    if path is None:
        monkeypatch.delenv(VARIABLE, raising=False)
    else:
        monkeypatch.setenv(VARIABLE, path)
    name_tokens(["localhost:8020"])
    assert os.environ.get(VARIABLE) == path


def test_children_find_the_names_and_the_folder_no_new_file(tokens):
    tokens.write_bytes(stored(entry("hdfs", "127.0.0.1:8020")))
    name_tokens(["localhost:8020"])
    child = "import os; print(open(os.environ['HADOOP_TOKEN_FILE_LOCATION'], 'rb').read().hex())"
    seen = subprocess.run([sys.executable, "-c", child], capture_output=True, check=True)
    assert b"localhost:8020" in bytes.fromhex(seen.stdout.decode())
    assert os.listdir(tokens.parent) == [tokens.name]
