"""Plans as `explain` shows them: each *.txt holds a title, a job, and what is expected.

`--update-golden` writes the expected part anew; the diff is what a reviewer reads.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from hadoopjobs.session import JobTarget, Settings, explain_program, load_job_class, program_of_job

FILES = sorted(Path(__file__).parent.glob("*.txt"))
ARGUMENTS, JOB, EXPECTED = "arguments:", "--- job", "--- plan"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_explain(path: Path, tmp_path, monkeypatch, update_golden):
    given, _, expected = path.read_text().partition(f"{EXPECTED}\n")
    head, _, source = given.partition(f"{JOB}\n")
    job_file = tmp_path / f"golden_{path.stem}.py"
    job_file.write_text(source)
    (tmp_path / "input").write_text("some lines\n")
    monkeypatch.chdir(tmp_path)
    job_class, _ = load_job_class(str(job_file))
    words = head.partition(ARGUMENTS)[2].split()
    output = words[words.index("-o") + 1] if "-o" in words else None
    inputs = [word for word in words if word not in ("-o", output)]
    program = program_of_job(job_class, inputs, JobTarget(output=output))
    shown = explain_program(program, Settings(workers=4))
    if update_golden:
        path.write_text(f"{given}{EXPECTED}\n{shown}")
    else:
        assert shown == expected
