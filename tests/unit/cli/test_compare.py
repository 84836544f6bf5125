"""`hadoopjobs compare`: equal or not, told by text, JSON and exit code."""

from __future__ import annotations

import json
import os

import pytest


def test_equal_results(cli):
    done = cli("compare", "letters.py", "text", "--engines", "inline,memory", "--runs", "2")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("The results of inline and memory are equal.\n")
    assert done.out.startswith("  a  2\n  b  2\n  c  1\n")


def test_different_results_show_the_first_rows_that_differ(cli, monkeypatch):
    monkeypatch.setenv("TEST_DRIVER", str(os.getpid()))
    done = cli("compare", "differing.py", "text", "--engines", "inline,memory")
    assert done.code == 1
    assert done.out.endswith(
        "The results DIFFER; first difference in sorted order:\n"
        '  inline: "process"\ttrue\n'
        '  memory: "process"\tfalse\n'
    )


def test_json(cli):
    done = cli(
        *("compare", "letters.py", "text", "--engines", "inline,local,memory", "--json", "c.json")
    )
    assert done.code == 0
    with open("c.json") as file:
        document = json.load(file)
    assert (document["job"], document["equal"]) == ("Letters", True)
    assert {name: len(runs) for name, runs in document["runs"].items()} == {
        "inline": 1,
        "local": 1,
        "memory": 1,
    }
    assert document["runs"]["local"][0]["totals"]["bytes_written"] > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["letters.py"], "each run reads the input again: name files instead of standard input"),
        (["letters.py", "text", "--engines", "local"], "--engines wants at least two"),
        (["letters.py", "text", "--engines", "local,spak"], "unknown runner 'spak'"),
        (["letters.py", "text", "--runs", "0"], "Invalid value for '--runs'"),
        (["letters.py", "text", "-o", "out"], "No such option '-o'"),
    ],
)
def test_mistakes(cli, arguments, message):
    done = cli("compare", *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert len(done.err.splitlines()) == 1


def test_a_run_that_fails_ends_the_comparison(cli):
    done = cli("compare", "failing.py", "text", "--max-attempts", "1")
    assert (done.code, done.out) == (1, "")
    assert "ZeroDivisionError" in done.err
