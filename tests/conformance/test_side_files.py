"""Files, folders and archives that tasks find in their working folder."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile

import pytest

from hadoopjobs import Job
from hadoopjobs.core.errors import ConfigError, HadoopJobsError, UsageError
from tests.conformance.harness import output_of


@pytest.fixture
def files(tmp_path):
    (tmp_path / "words.txt").write_text("one two")
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    (tmp_path / "folder" / "deep" / "file").write_text("in a folder")
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        archive.writestr("inside/z.txt", "zipped")
    with tarfile.open(tmp_path / "some.tar.gz", "w:gz") as tar:
        info = tarfile.TarInfo("t.txt")
        info.size = 6
        tar.addfile(info, io.BytesIO(b"tarred"))
    return tmp_path


def reading(*names, **attributes):
    class Reading(Job):
        def mapper(self, _, line):
            for name in names:
                with open(name) as file:
                    yield name, file.read()

    for name, value in attributes.items():
        setattr(Reading, name, value)
    return Reading


def test_files_under_their_own_name_or_another(runner, files):
    job = reading(
        "words.txt", "other name", FILES=[f"{files}/words.txt", f"{files}/words.txt#other name"]
    )
    assert output_of(job, runner, ["x"]) == [("words.txt", "one two"), ("other name", "one two")]


def test_folders(runner, files):
    job = reading("folder/deep/file", "d/file", DIRS=[f"{files}/folder", f"{files}/folder/deep#d"])
    assert [text for _, text in output_of(job, runner, ["x"])] == ["in a folder"] * 2


def test_archives_are_unpacked(runner, files):
    job = reading(
        "some.zip/inside/z.txt", "t/t.txt", ARCHIVES=[f"{files}/some.zip", f"{files}/some.tar.gz#t"]
    )
    assert [text for _, text in output_of(job, runner, ["x"])] == ["zipped", "tarred"]


def test_files_of_the_command_line(runner, files):
    given = ((f"{files}/words.txt", "w", "file"), (f"{files}/some.zip", "z", "archive"))
    output = output_of(reading("w", "z/inside/z.txt"), runner, ["x"], side_files=given)
    assert [text for _, text in output] == ["one two", "zipped"]


def test_reducers_and_commands_see_them_too(runner, files):
    class Both(Job):
        FILES = [f"{files}/words.txt"]
        mapper_cmd = "cat words.txt"

        def reducer(self, key, values):
            with open("words.txt") as file:
                yield key, file.read()

    assert output_of(Both, runner, ["x"]) == [("one two", "one two")]


def test_the_working_folder_of_the_caller_is_kept(runner, files, monkeypatch):
    monkeypatch.chdir(files)
    output_of(reading("words.txt", FILES=[f"{files}/words.txt"]), runner, ["x"])
    assert os.getcwd() == str(files)


def test_a_missing_file_is_named(runner, files):
    with pytest.raises(UsageError, match=r"side file .*/nowhere does not exist"):
        output_of(reading(FILES=[f"{files}/nowhere"]), runner, ["x"])


def test_two_of_one_name_are_refused(runner, files):
    job = reading(FILES=[f"{files}/words.txt", f"{files}/folder/deep/file#words.txt"])
    with pytest.raises(ConfigError, match=r"two side files are called 'words\.txt'"):
        output_of(job, runner, ["x"])


def test_names_that_lead_elsewhere_are_refused(runner, files):
    for name in ("../x", "a/b", "..", "."):
        with pytest.raises(ConfigError, match="a side file's name must not hold a slash"):
            output_of(reading(FILES=[f"{files}/words.txt#{name}"]), runner, ["x"])


def test_archives_that_lead_elsewhere_are_refused(runner, files):
    with tarfile.open(files / "evil.tar", "w") as tar:
        info = tarfile.TarInfo("../evil")
        tar.addfile(info)
    (files / "not.zip").write_text("text")
    with pytest.raises(HadoopJobsError, match="evil"):
        output_of(reading(ARCHIVES=[f"{files}/evil.tar"]), runner, ["x"])
    with pytest.raises(UsageError, match="is not a tar or zip archive"):
        output_of(reading(ARCHIVES=[f"{files}/not.zip"]), runner, ["x"])
    assert not (files / "evil").exists()
