"""The scripts in scripts/data: the same arguments give the same bytes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).parents[1] / "scripts" / "data"
DATA = Path(__file__).parents[1] / "jobs" / "data"

PACKAGE_INDEX = """\
Package: editor
Section: editors
Installed-Size: 120
Pre-Depends: dpkg (>= 1.15)
Depends: libc6 (>= 2.34), python3:any, spell-a | spell-b
Description: Depends: on nothing
 Depends: neither

Package: libc6
Section: libs
Installed-Size: 12000

Package: lonely
Section: games
"""


def make(script: str, *arguments: object) -> bytes:
    command = [sys.executable, str(SCRIPTS / script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=True).stdout


def test_zipf_text_has_the_size_and_the_words_asked_for() -> None:
    text = make("zipf_text", "--megabytes", 0.5, "--words", 1000)
    lines = text.decode("ascii").splitlines()
    assert 500_000 <= len(text) < 500_200
    assert text.endswith(b"\n")
    assert {len(line.split(" ")) for line in lines} <= set(range(1, 16))
    words = [word for line in lines for word in line.split(" ")]
    assert len(set(words)) == 1000
    assert {len(word) for word in words} == set(range(2, 11))


def test_longer_zipf_text_begins_with_the_shorter() -> None:
    short, long = (make("zipf_text", "--megabytes", size, "--words", 1000) for size in (0.1, 0.2))
    assert long.startswith(short)
    assert make("zipf_text", "--megabytes", 0.1, "--words", 1000, "--seed", 2) != short


def test_access_log_is_the_one_carried() -> None:
    log = make("access_log", "--lines", 2000, "--hosts", 40)
    assert log == (DATA / "access.log").read_bytes()


def test_package_graph_has_each_dependency_once(tmp_path: Path) -> None:
    index, edges, packages = tmp_path / "index", tmp_path / "edges", tmp_path / "packages"
    index.write_text(PACKAGE_INDEX)
    make("package_graph", "--index", index, "--output", edges, "--packages", packages)
    assert edges.read_text().splitlines() == [
        "editor\tdpkg",
        "editor\tlibc6",
        "editor\tpython3",
        "editor\tspell-a",
        "editor\tspell-b",
    ]
    assert packages.read_text().splitlines() == [
        "editor\teditors\t120",
        "libc6\tlibs\t12000",
        "lonely\tgames\t0",
    ]


def test_package_graph_of_some_roots_leaves_out_the_rest(tmp_path: Path) -> None:
    index, packages = tmp_path / "index", tmp_path / "packages"
    index.write_text(PACKAGE_INDEX)
    outputs = ("--output", tmp_path / "edges", "--packages", packages)
    make("package_graph", "--index", index, *outputs, "--roots", "editor")
    assert packages.read_text().splitlines() == ["editor\teditors\t120", "libc6\tlibs\t12000"]
