"""What the tests of the hadoop runner share: jobs, and a look at what they left in HDFS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hadoopjobs.cli.main import main
from hadoopjobs.storage import filesystem_for
from hadoopjobs.storage.uris import name_of

ROOT = Path(__file__).parents[2]
WORD_COUNT = str(ROOT / "jobs" / "word_count.py")
FAULTY = str(Path(__file__).with_name("jobs") / "faulty.py")
BIBLE = ROOT / "jobs" / "data" / "king_james_bible.txt"
TEXT = "".join(f"one two {'seven' if number == 70 else 'three'}\n" for number in range(100))


def put(uri: str, content: bytes) -> str:
    with filesystem_for(uri).open_write(uri) as file:
        file.write(content)
    return uri


def names(folder: str) -> list[str]:
    fs = filesystem_for(folder)
    return [name_of(status.uri) for status in fs.list(folder)] if fs.exists(folder) else []


def parts(folder: str) -> dict[str, bytes]:
    fs = filesystem_for(folder)
    found = {}
    for status in fs.list(folder):
        with fs.open_read(status.uri) as file:
            found[name_of(status.uri)] = file.read()
    return found


def lines(found: Mapping[str, bytes]) -> list[bytes]:
    return sorted(line for content in found.values() for line in content.splitlines())


def run(*words: str) -> int:
    return main(["run", "-r", "hadoop", *words])


def on_this_machine(capfdbinary, *words: str) -> list[bytes]:
    capfdbinary.readouterr()
    assert main(["run", "-r", "memory", "-q", *words]) == 0
    return sorted(capfdbinary.readouterr().out.splitlines())
