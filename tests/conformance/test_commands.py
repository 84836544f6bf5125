"""Commands as sides of a step, and filters in front of functions."""

from __future__ import annotations

import pytest

from hadoopjobs import Job, Step
from hadoopjobs.core.errors import JobLoadError, TaskError
from tests.conformance.harness import output_of, partitions, run

LINES = ["b\t2", "a\t1", "c", "b\t1", "b\t2"]


def test_mapper_cmd_maps_lines_to_key_and_value(runner):
    class Cat(Job):
        mapper_cmd = "cat"

    assert output_of(Cat, runner, LINES) == [
        ("b", "2"),
        ("a", "1"),
        ("c", None),
        ("b", "1"),
        ("b", "2"),
    ]


def test_reducer_cmd_gets_groups_sorted_by_key(runner):
    class Uniq(Job):
        mapper_cmd = "cut -f 1"
        reducer_cmd = "uniq -c"

    output = output_of(Uniq, runner, LINES)
    assert [key.split() for key, _ in output] == [["1", "a"], ["3", "b"], ["1", "c"]]


def test_combiner_cmd(runner):
    class Distinct(Job):
        mapper_cmd = "cat"
        combiner_cmd = "sort -u"
        reducer_cmd = "awk '{print $1 \"\\t\" $2}'"

    output = output_of(Distinct, runner, LINES, jobconf=partitions(2))
    assert sorted(output) == [("a", "1"), ("b", "1"), ("b", "2"), ("c", "")]


def test_words_of_a_command_are_split_as_a_shell_splits_them_but_no_shell_runs(runner):
    class Awk(Job):
        mapper_cmd = """awk '{print "$HOME; echo `id` | cat" "\t" $1}'"""

    assert output_of(Awk, runner, ["x"]) == [("$HOME; echo `id` | cat", "x")]


def test_pre_filters_see_the_records_first(runner):
    class Filtered(Job):
        mapper_pre_filter = "grep a"
        reducer_pre_filter = "grep -v abc"

        def mapper(self, _, line):
            yield line, len(line)

        def reducer(self, key, values):
            yield key, list(values)

    lines = ["a", "b", "abc", "da", "a"]
    assert output_of(Filtered, runner, lines) == [("a", ["1", "1"]), ("da", ["2"])]


def test_combiner_pre_filter(runner):
    class Filtered(Job):
        combiner_pre_filter = "grep -v drop"

        def mapper(self, _, line):
            yield line, 1

        def combiner(self, key, values):
            yield key, sum(map(int, values))

        def reducer(self, key, values):
            yield key, sum(values)

    assert output_of(Filtered, runner, ["keep", "drop", "keep"]) == [("keep", 2)]


def test_a_filter_that_finds_nothing_is_no_error(runner):
    class Filtered(Job):
        mapper_pre_filter = "grep nowhere"

        def mapper(self, _, line):
            yield line, 1

        def mapper_final(self):
            yield "end", 1

    assert output_of(Filtered, runner, LINES) == [("end", 1)]


def test_mapper_with_only_a_pre_filter_passes_its_lines(runner):
    class Filtered(Job):
        mapper_pre_filter = "grep b"

    assert output_of(Filtered, runner, ["a", "b"]) == [(None, "b")]


def test_commands_in_a_chain_of_steps(runner):
    class Chain(Job):
        def steps(self):
            return [
                Step(mapper=lambda _, line: [(word, 1) for word in line.split()]),
                Step(mapper_cmd="tr a-z A-Z", reducer=lambda key, values: [(key, list(values))]),
                Step(mapper_cmd="cat"),
            ]

    assert output_of(Chain, runner, ["a b a"]) == [("A", "['1', '1']"), ("B", "['1']")]


def test_bytes_that_are_not_utf_8_pass_through_commands(runner):
    class Cat(Job):
        mapper_cmd = "cat"
        reducer_cmd = "cat"

    assert output_of(Cat, runner, ["\udcff\udc00\tx".replace("\udc00", "é")]) == [("\udcffé", "x")]


def test_commands_count_and_tell_on_standard_error(runner):
    class Counting(Job):
        mapper_cmd = "sh -c 'echo reporter:counter:lines,seen,3 >&2; echo reporter:status:on >&2'"

    done = run(Counting, runner, LINES)
    assert (done.output, done.counters) == ([], {"lines": {"seen": 3}})
    assert done.statuses == ["on"]


def test_commands_get_no_output_and_much_input_and_the_other_way_round(runner):
    class Much(Job):
        mapper_cmd = "wc -l"

    class Many(Job):
        mapper_cmd = "seq 50000"
        reducer_cmd = "tail -n 1"

    lines = ["x" * 100] * 20000
    assert sum(int(key) for key, _ in output_of(Much, runner, lines)) == 20000
    assert output_of(Many, runner, ["x"]) == [("9999", None)]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("sh -c 'echo the reason >&2; exit 3'", r"exited with status 3\n(.|\n)*the reason"),
        ("no-such-command-anywhere", "cannot start command 'no-such-command-anywhere'"),
    ],
)
def test_a_command_that_fails_is_named(runner, command, message):
    class Failing(Job):
        mapper_cmd = command

    with pytest.raises(TaskError, match=message):
        run(Failing, runner, LINES)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("grep 'open", 'Broken.mapper: command "grep \'open" has an error: No closing quotation'),
        ("  ", "Broken.mapper: command '  ' is empty"),
    ],
)
def test_a_command_that_is_no_command_is_refused(command, message):
    class Broken(Job):
        mapper_cmd = command

    class Filtered(Job):
        mapper_pre_filter = command

        def mapper(self, _, line):
            yield line, 1

    with pytest.raises(JobLoadError, match=f"^{message}$"):
        run(Broken, "inline", LINES)
    with pytest.raises(JobLoadError, match=message.replace("Broken", "Filtered")):
        run(Filtered, "inline", LINES)


def test_a_newline_in_a_record_is_refused_before_a_command_cuts_it(runner):
    class Lines(Job):
        reducer_cmd = "cat"

        def mapper(self, _, line):
            yield line, "x\ny"

    with pytest.raises(TaskError, match="this one has a newline"):
        output_of(Lines, runner, ["a"])
