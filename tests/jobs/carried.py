"""The data that the jobs carry, and bytes that are hard to read right."""

from __future__ import annotations

from pathlib import Path

JOBS = Path(__file__).resolve().parents[2] / "jobs"
BIBLE = JOBS / "data/king_james_bible.txt"
TESTAMENT = JOBS / "data/new_testament.tsv"
LOG = JOBS / "data/access.log"
EDGES = JOBS / "data/package_graph.tsv"
PACKAGES = JOBS / "data/packages.tsv"
POINTS = JOBS / "data/points.csv"

NASTY = (
    (
        "a\ttab and\ttwo tabs\n"
        "\n"
        "   blanks  about   \n"
        "straße STRASSE Straße naïve ΣΊΣΥΦΟΣ\n"
        "日本語 日本語 𝒳 e\u0301\n"
        "don't 'quote' 007 1.5\n"
        "a\ttab and\ttwo tabs\n"
        "line\u2028separator and nul\0byte\r\n"
        'key: "json" \\ {"a": [1]}\n' + "long " * 50 + "\nno newline behind the last"
    )
    .encode()
    .replace(b"007", b"\xff\xfe 007")
)

HARD_TEXTS = {
    "nothing": b"",
    "an empty line": b"\n",
    "a line": b"to be or not to be\n",
    "a line without its end": b"to be or not to be",
    "nasty": NASTY,
}


def lines_of(data: bytes) -> list[str]:
    """The lines as a mapper gets them."""
    text = data.replace(b"\r\n", b"\n").decode("utf-8", "surrogateescape")
    lines = text.split("\n")
    return lines if lines[-1] else lines[:-1]
