import random
import re
from decimal import Decimal

import pytest

from hadoopjobs.core.errors import ConfigError
from hadoopjobs.session import JobTarget, Settings, run_job
from jobs.sort import Sort, bounds_of
from tests.jobs.carried import BIBLE, HARD_TEXTS, LOG, NASTY, lines_of


def lines_in(pairs):
    assert {key for key, _ in pairs} <= {None}
    return [line for _, line in pairs]


def number_of(text):
    match = re.match(r"\s*([+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)", text, re.ASCII | re.IGNORECASE)
    return (1, Decimal(match[1])) if match else (0, 0)


def test_sorts_the_bible(pairs_of):
    lines = lines_of(BIBLE.read_bytes())

    assert lines_in(pairs_of(Sort(), BIBLE, split_bytes=1 << 20)) == sorted(lines)


def test_sorts_a_log_by_size(pairs_of):
    lines = lines_of(LOG.read_bytes())

    sorted_lines = lines_in(pairs_of(Sort(field=10, numeric=True, parts=7), LOG))

    assert sorted_lines == sorted(lines, key=lambda line: (number_of(line.split()[9]), line))


@pytest.mark.parametrize("data", HARD_TEXTS.values(), ids=HARD_TEXTS)
def test_sorts_hard_texts(pairs_of, data):
    assert lines_in(pairs_of(Sort(parts=5), data)) == sorted(lines_of(data))


def test_one_part_needs_no_bounds(pairs_of):
    assert lines_in(pairs_of(Sort(parts=1), NASTY)) == sorted(lines_of(NASTY))


def test_sorts_numbers_by_their_exact_value(pairs_of):
    numbers = ["10", "9", " 9 nine", "1e3", "-1.5", "0.1", ".1", "007", "1180591620717411303424"]
    numbers += ["1180591620717411303425", "9" * 5000, "-2e400", "1e-400", "+3", "none", "", "nan"]

    sorted_lines = lines_in(pairs_of(Sort(numeric=True), "\n".join(numbers).encode()))

    assert sorted_lines == sorted(numbers, key=lambda text: (number_of(text), text))


def test_an_exponent_of_any_size_is_a_number(pairs_of):
    data = b"1e99999999999999999999\n1\n-1e99999999999999999999\n1e-99999999999999999999\n"

    first, second, third, last = lines_in(pairs_of(Sort(numeric=True), data))

    assert [first[:2], second[:3], third, last[:3]] == ["-1", "1e-", "1", "1e9"]


@pytest.mark.parametrize("shares", [(0.9, 0.05), (1.0, 0.0), (0.0, 0.0)])
def test_skewed_and_equal_keys_stay_in_order(pairs_of, shares):
    chance = random.Random(1)
    kinds = ["same"] * int(200 * shares[0]) + ["other"] * int(200 * shares[1])
    kinds += [f"key {chance.random()}" for _ in range(200 - len(kinds))]
    chance.shuffle(kinds)

    assert lines_in(pairs_of(Sort(), "\n".join(kinds).encode(), split_bytes=512)) == sorted(kinds)


def test_the_sample_divides_the_lines_among_the_parts(runner, tmp_path):
    settings = Settings(runner=runner, memory_bytes=1 << 28, workers=2, split_bytes=1 << 20)

    run_job(Sort, ["--parts", "3", str(BIBLE)], settings, JobTarget(str(tmp_path / "out")))

    parts = [lines_of((tmp_path / f"out/part-0000{n}").read_bytes()) for n in range(3)]
    assert [line for part in parts for line in part] == sorted(lines_of(BIBLE.read_bytes()))
    assert min(map(len, parts)) > 0.8 * max(map(len, parts))


@pytest.mark.parametrize("name", ["mapreduce.job.reduces", "mapred.reduce.tasks"])
def test_the_setting_of_hadoop_gives_the_number_of_parts(runner, tmp_path, name):
    settings = Settings(runner=runner, memory_bytes=1 << 28, workers=2, split_bytes=1 << 20)
    target = JobTarget(str(tmp_path / "out"), job_settings={name: "6"})

    run_job(Sort, [str(BIBLE)], settings, target)

    parts = [lines_of(path.read_bytes()) for path in sorted((tmp_path / "out").glob("part-*"))]
    assert len(parts) == 6
    assert [line for part in parts for line in part] == sorted(lines_of(BIBLE.read_bytes()))
    assert min(map(len, parts)) > 0.7 * max(map(len, parts))


def test_there_are_as_many_parts_as_asked_for_even_with_fewer_keys(runner, tmp_path):
    (tmp_path / "text").write_text("b\na\n" * 9)
    target = JobTarget(str(tmp_path / "out"), job_settings={"mapreduce.job.reduces": "5"})

    run_job(Sort, [str(tmp_path / "text")], Settings(runner=runner, workers=2), target)

    parts = [path.read_text() for path in sorted((tmp_path / "out").glob("part-*"))]
    assert (len(parts), "".join(parts)) == (5, "a\n" * 9 + "b\n" * 9)


def test_the_jobs_own_option_wins_over_the_setting(runner, tmp_path):
    target = JobTarget(str(tmp_path / "out"), job_settings={"mapreduce.job.reduces": "6"})
    settings = Settings(runner=runner, memory_bytes=1 << 28, workers=2)

    run_job(Sort, ["--parts", "2", str(BIBLE)], settings, target)

    assert len(list((tmp_path / "out").glob("part-*"))) == 2


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_a_number_of_parts_that_cannot_be_is_refused(runner, number):
    target = JobTarget(job_settings={"mapreduce.job.reduces": number})

    with pytest.raises(ConfigError, match=f"mapreduce.job.reduces='?{number}'? "):
        run_job(Sort, [str(BIBLE)], Settings(runner=runner), target)


def test_bounds_follow_the_weights_of_the_sample():
    assert bounds_of([("a", 1), ("b", 1), ("c", 6), ("d", 1)], 3) == ["c", "d"]
    assert bounds_of([("a", 1)] * 3, 4) == ["a"]
    assert bounds_of([], 4) == []
    assert bounds_of([(None, 2), (1, 1), (2, 1)], 2) == [2]
