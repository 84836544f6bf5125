"""`--step-output-dir` of mrjob: the output of all steps but the last, as mrjob leaves it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hadoopjobs.core.errors import FileExists, TaskError, UsageError
from hadoopjobs.session import load_job_class
from tests.conformance.harness import standard_output, write_output

SHAPES = Path(__file__).parents[1] / "mrjob_jobs" / "mr_shapes.py"
TEXT = "to be or not\nto be that is\n\nthe question to be\n" * 40


def shapes() -> type:
    return load_job_class(str(SHAPES))[0]


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text"
    path.write_text(TEXT)
    return path


def run_ours(runner: str, shape: str, text: Path, steps: Path, **more) -> dict[str, bytes]:
    arguments = ["--no-conf", "--shape", shape, "--step-output-dir", str(steps)]
    output = steps.parent / f"{steps.name}.out"
    return write_output(
        shapes(), runner, [text], output, arguments=arguments, split_bytes=300, **more
    )


# Python 3.13 has no more of `pipes`, which mrjob imports: our loader puts something in its place.
START = f"""
import runpy, sys
import hadoopjobs.job.mrjob_loader
sys.argv[0] = {str(SHAPES)!r}
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def run_theirs(shape: str, text: Path, steps: Path) -> None:
    arguments = ["--no-conf", "-q", "-r", "inline", "--shape", shape, "--no-output"]
    subprocess.run(
        [sys.executable, "-Wignore", "-c", START, *arguments, "--step-output-dir", steps, text],
        check=True,
        capture_output=True,
    )


def lines_of_steps(folder: Path) -> dict[str, list[bytes]]:
    """The lines of each step's parts by the step's folder."""
    if not folder.exists():
        return {}
    return {
        step.name: sorted(
            line for part in step.glob("part-*") for line in part.read_bytes().splitlines(True)
        )
        for step in folder.iterdir()
    }


@pytest.mark.parametrize(
    ("shape", "steps"),
    [
        ("reducer", []),
        ("two-mappers", ["0000"]),
        ("reducer-mapper-reducer", ["0000"]),
        ("combiner-then-reducer", ["0000"]),
        ("late-combiner", ["0000"]),
    ],
)
def test_the_lines_are_those_of_mrjob(runner, tmp_path, text, shape, steps):
    run_theirs(shape, text, tmp_path / "theirs")
    written = run_ours(runner, shape, text, tmp_path / "ours")

    found = lines_of_steps(tmp_path / "ours")
    if shape == "combiner-then-reducer":  # what a combiner sums depends on the splits
        assert found.keys() == {"0000"}
        assert {line.split(b"\t")[0] for line in found["0000"]} == {
            line.split(b"\t")[0] for line in lines_of_steps(tmp_path / "theirs")["0000"]
        }
    else:
        assert found == lines_of_steps(tmp_path / "theirs")
    assert sorted(found) == steps
    assert [path.name for path in tmp_path.rglob("._*")] == []
    plain = standard_output(shapes_without_steps(shape), runner, [text])
    assert sorted(b"".join(written.values()).splitlines()) == sorted(plain.splitlines())


def shapes_without_steps(shape: str) -> type:
    base = shapes()

    class MRPlain(base):  # type: ignore[misc, valid-type]
        def load_args(self, args):
            super().load_args(["--shape", shape, *args])

    return MRPlain


def test_a_step_that_is_there_already_is_refused_or_overwritten(runner, tmp_path, text):
    run_ours(runner, "two-reducers", text, tmp_path / "steps")
    before = lines_of_steps(tmp_path / "steps")
    text.write_text("a few words\n")
    with pytest.raises(FileExists, match="steps/0000: it exists; remove it or pass --overwrite"):
        write_output(
            shapes(),
            runner,
            [text],
            tmp_path / "other",
            arguments=["--shape", "two-reducers", "--step-output-dir", str(tmp_path / "steps")],
        )
    assert lines_of_steps(tmp_path / "steps") == before
    assert not (tmp_path / "other").exists()

    run_ours(runner, "two-reducers", text, tmp_path / "steps", overwrite=True)
    assert lines_of_steps(tmp_path / "steps") == {
        "0000": [b'"a"\t1\n', b'"few"\t1\n', b'"words"\t1\n']
    }


def test_the_steps_before_one_that_fails_stay(runner, tmp_path, text):
    base = shapes()

    class MRFailing(base):  # type: ignore[misc, valid-type]
        def lengths(self, key, values):
            raise ValueError("no")

    arguments = ["--shape", "two-reducers", "--step-output-dir", str(tmp_path / "steps")]
    output = tmp_path / "out"
    with pytest.raises(TaskError):
        write_output(MRFailing, runner, [text], output, arguments=arguments, max_attempts=1)
    assert b'"question"\t40\n' in lines_of_steps(tmp_path / "steps")["0000"]
    assert not output.exists()
    assert [path.name for path in tmp_path.rglob("._*")] == []


def test_it_may_not_lie_in_the_output(tmp_path, text):
    arguments = ["--shape", "two-reducers", "--step-output-dir", str(tmp_path / "out" / "steps")]
    with pytest.raises(UsageError, match=r"lies in the output .*: choose another"):
        write_output(shapes(), "inline", [text], tmp_path / "out", arguments=arguments)
