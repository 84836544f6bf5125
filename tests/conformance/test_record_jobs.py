"""Jobs of mappers, combiners and reducers: what is called, when, and what comes out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from hadoopjobs import Job, Step, Sum, option
from hadoopjobs.core.errors import UsageError
from hadoopjobs.session import RUNNERS
from tests.conformance.harness import output_of, partitions, run

TEXT = ["to be or not to be", "that is the question", "", "to die to sleep", "no more"]
WORDS = Counter(word for line in TEXT for word in line.split())


class WordCount(Job):
    def mapper(self, _, line):
        for word in line.split():
            yield word, 1

    def reducer(self, word, counts):
        yield word, sum(counts)


def test_every_runner_is_tested(runner):
    assert runner in RUNNERS


@pytest.mark.parametrize("reduces", [1, 3])
def test_mapper_and_reducer(runner, reduces):
    output = output_of(WordCount, runner, TEXT, jobconf=partitions(reduces))
    assert sorted(output) == sorted(WORDS.items())


def test_one_partition_comes_sorted_by_key(runner):
    assert output_of(WordCount, runner, TEXT) == sorted(WORDS.items())


@pytest.mark.parametrize("reduces", [1, 3])
def test_combiner_does_not_change_the_result(runner, reduces):
    class Combined(WordCount):
        def combiner(self, word, counts):
            self.increment_counter("combiner", "calls")
            yield word, sum(counts)

    done = run(Combined, runner, TEXT * 50, jobconf=partitions(reduces))
    assert sorted(done.output) == sorted((word, 50 * n) for word, n in WORDS.items())
    assert done.counters["combiner"]["calls"] >= len(WORDS)


def test_combiner_may_change_keys(runner):
    class Lengths(Job):
        def mapper(self, _, line):
            for word in line.split():
                yield word, 1

        def combiner(self, key, counts):
            yield (len(key) if isinstance(key, str) else key), sum(counts)

        def reducer(self, length, counts):
            yield length, sum(counts)

    lengths: Counter[int] = Counter()
    for word, count in WORDS.items():
        lengths[len(word)] += count
    output = output_of(Lengths, runner, TEXT, jobconf=partitions(2))
    assert sorted(output) == sorted(lengths.items())


def test_init_and_final_of_each_side_may_yield(runner):
    class Edges(Job):
        def mapper_init(self):
            self.seen = 0
            yield "mapper_init", 1

        def mapper(self, _, line):
            self.seen += 1

        def mapper_final(self):
            yield "mapper_final", self.seen

        def combiner_init(self):
            yield "combiner_init", 1

        def combiner(self, key, values):
            yield key, sum(values)

        def combiner_final(self):
            yield "combiner_final", 1

        def reducer_init(self):
            self.groups = 0
            yield "reducer_init", 1

        def reducer(self, key, values):
            self.groups += 1
            yield key, sum(values)

        def reducer_final(self):
            yield "reducer_final", self.groups

    assert output_of(Edges, runner, ["a", "b", "c"]) == [
        ("reducer_init", 1),
        ("combiner_final", 1),
        ("combiner_init", 1),
        ("mapper_final", 3),
        ("mapper_init", 1),
        ("reducer_final", 4),
    ]


def test_init_and_final_may_return_none(runner):
    class Silent(WordCount):
        def mapper_init(self):
            self.prefix = ">"

        def mapper(self, _, line):
            return [(self.prefix + line, 1)]

        def mapper_final(self):
            return None

        def reducer_init(self):
            self.n = 1

        def reducer_final(self):
            self.n = 2

    assert output_of(Silent, runner, ["a"]) == [(">a", 1)]


def test_a_task_does_not_see_the_state_of_another(runner, tmp_path):
    class Counting(Job):
        lines = 0

        def mapper(self, _, line):
            self.lines += 1

        def mapper_final(self):
            yield None, self.lines

    path = tmp_path / "text"
    path.write_text("line\n" * 1000)
    output = output_of(Counting, runner, paths=[path], split_bytes=1000)
    assert [count for _, count in output] == [201, 200, 200, 200, 199]


def test_map_only_keeps_the_order_of_the_input(runner, tmp_path):
    class Numbered(Job):
        def mapper(self, _, line):
            number = int(line)
            if number % 3 == 0:
                yield number, line

    path = tmp_path / "numbers"
    path.write_text("".join(f"{n}\n" for n in range(5000)))
    done = run(Numbered, runner, paths=[path], split_bytes=700)
    assert done.output == [(n, str(n)) for n in range(0, 5000, 3)]
    assert len(done.result.stages[0].tasks) > 10


def test_steps_run_one_after_the_other(runner):
    class MostFrequent(Job):
        def steps(self):
            return [
                Step(mapper=self.words, combiner=self.add, reducer=self.add),
                Step(mapper=self.to_one, reducer=self.largest),
            ]

        def words(self, _, line):
            for word in line.split():
                yield word, 1

        def add(self, word, counts):
            yield word, sum(counts)

        def to_one(self, word, count):
            yield None, (count, word)

        def largest(self, _, pairs):
            count, word = max(pairs)
            yield word, count

    done = run(MostFrequent, runner, TEXT, jobconf=partitions(3))
    assert done.output == [("to", 4)]
    assert len(done.result.stages) == 2


def test_mappers_in_a_row_are_one_stage(runner):
    class Chain(Job):
        def steps(self):
            return [Step(mapper=self.double), Step(mapper=self.double), Step(mapper=self.tag)]

        def double(self, key, value):
            yield key, value
            yield key, value

        def tag(self, key, value):
            yield value, "x"

    done = run(Chain, runner, ["a", "b"])
    assert done.output == [("a", "x")] * 4 + [("b", "x")] * 4
    assert len(done.result.stages) == 1


def test_a_step_without_mapper_groups_what_comes(runner):
    class Reduced(Job):
        def steps(self):
            return [
                Step(mapper=self.words),
                Step(reducer=self.count),
                Step(reducer=self.collect),
            ]

        def words(self, _, line):
            for word in line.split():
                yield len(word), word

        def count(self, length, words):
            yield length % 2, (length, sum(1 for _ in words))

        def collect(self, parity, counts):
            yield parity, sorted(counts)

    assert output_of(Reduced, runner, ["a bb cc ddd"]) == [(0, [(2, 2)]), (1, [(1, 1), (3, 1)])]


def test_a_job_without_mapper_gets_lines_without_keys(runner):
    class CountLines(Job):
        def reducer(self, key, lines):
            yield key, sorted(lines)

    assert output_of(CountLines, runner, ["b", "a"]) == [(None, ["a", "b"])]


@pytest.mark.parametrize("reduces", [1, 2])
@pytest.mark.parametrize("combine", [False, True])
def test_sorted_values(runner, reduces, combine):
    class Sorted(Job):
        SORT_VALUES = True

        def mapper(self, _, line):
            key, value = line.split()
            yield key, int(value)

        def reducer(self, key, values):
            yield key, list(values)

    class Combined(Sorted):
        def combiner(self, key, values):
            for value in values:
                yield key, value

    lines = [f"{'abc'[n % 3]} {(n * 7919) % 1000}" for n in range(600)]
    expected = {key: sorted(int(line[2:]) for line in lines if line[0] == key) for key in "abc"}
    output = output_of(Combined if combine else Sorted, runner, lines, jobconf=partitions(reduces))
    assert dict(output) == expected


def test_sorted_values_of_several_types_come_in_the_order_of_keys(runner):
    class Mixed(Job):
        SORT_VALUES = True

        def mapper(self, _, line):
            for value in ("b", None, 2, True, (1, "x"), b"\xff", 1.5, "a", False):
                yield "k", value

        def reducer(self, key, values):
            yield key, list(values)

    [(_, values)] = output_of(Mixed, runner, ["x"])
    assert values == [None, False, True, 1.5, 2, b"\xff", "a", "b", (1, "x")]


def test_partitioner_says_where_a_key_goes(runner):
    class ByFirst(WordCount):
        def partitioner(self, key, partitions):
            return 0 if key < "n" else partitions - 1

        def reducer_init(self):
            self.words = []

        def reducer(self, word, counts):
            self.words.append(word)

        def reducer_final(self):
            yield None, self.words

    output = output_of(ByFirst, runner, TEXT, jobconf=partitions(3))
    assert [words for _, words in output] == [
        sorted(word for word in WORDS if word < "n"),
        [],
        sorted(word for word in WORDS if word >= "n"),
    ]


@pytest.mark.parametrize("given", [2, 1.0])
def test_nonsense_of_a_partitioner_is_named(runner, given):
    class Lost(WordCount):
        def partitioner(self, key, partitions):
            return given

    message = rf"Lost.partitioner gave {given!r} for key '\w+': it must give a number from 0 to 1"
    with pytest.raises(UsageError, match=message):
        run(Lost, runner, TEXT, jobconf=partitions(2))


def test_jobconf_sets_the_number_of_reduce_tasks(runner):
    class Three(WordCount):
        JOBCONF = {"mapreduce.job.reduces": 3}

    def reduces(done):
        return sum(task.side == "reduce" for task in done.result.stages[0].tasks)

    assert reduces(run(Three, runner, TEXT)) == 3
    assert reduces(run(Three, runner, TEXT, jobconf=partitions(2))) == 2


def test_a_step_may_set_its_own_number_of_partitions(runner):
    class Steps(Job):
        def steps(self):
            return [
                Step(mapper=lambda _, line: [(line, 1)], reducer=lambda k, v: [(k, sum(v))]),
                Step(reducer=lambda k, v: [(k, sum(v))], partitions=1),
            ]

    done = run(Steps, runner, ["b", "a", "c", "a"], jobconf=partitions(4))
    assert done.output == [("a", 2), ("b", 1), ("c", 1)]
    sides = [sum(t.side == "reduce" for t in stage.tasks) for stage in done.result.stages]
    assert sides == [4, 1]


def test_jobconf_is_in_the_environment_of_tasks(runner):
    class Asking(Job):
        JOBCONF = {"my.setting": "yes", "my.flag": True}

        def mapper(self, _, line):
            import os

            names = ("my_setting", "my_flag", "mapreduce_task_partition", "mapreduce_task_ismap")
            yield line, [os.environ.get(name) for name in names]

    assert output_of(Asking, runner, ["x"]) == [("x", ["yes", "true", "0", "true"])]


def test_a_job_asks_for_its_settings_by_new_or_old_name(runner):
    class Asking(Job):
        JOBCONF = {"mapred.job.name": "own", "my.flag": True}

        def steps(self):
            planned = self.setting("my.setting")
            return [
                Step(mapper=lambda _, line: [(line, [planned, *map(self.setting, line.split())])])
            ]

    line = "mapreduce.job.name my.flag my.setting missing"
    output = output_of(Asking, runner, [line], jobconf={"my.setting": "x"})
    assert output == [(line, ["x", "own", "true", "x", None])]
    assert Asking().setting("my.flag", "not yet") == "not yet"


def test_variables_of_the_user_reach_tasks(runner):
    class Asking(Job):
        def mapper(self, _, line):
            import os

            yield line, os.environ.get("CONFORMANCE_VARIABLE")

    given = (("CONFORMANCE_VARIABLE", "a=b c"),)
    assert output_of(Asking, runner, ["x"], environment=given) == [("x", "a=b c")]
    assert output_of(Asking, runner, ["x"]) == [("x", None)]


def test_counters_are_summed_over_sides_tasks_and_steps(runner, tmp_path):
    class Counted(Job):
        def steps(self):
            return [Step(mapper=self.words, reducer=self.add), Step(mapper=self.again)]

        def words(self, _, line):
            self.increment_counter("text", "lines")
            for word in line.split():
                self.increment_counter("text", "letters", len(word))
                yield word, 1

        def add(self, word, counts):
            self.increment_counter("words", "distinct")
            yield word, sum(counts)

        def again(self, word, count):
            self.increment_counter("words", "occurrences", count)

    path = tmp_path / "text"
    path.write_text("a bb\n" * 500)
    done = run(Counted, runner, paths=[path], split_bytes=600, jobconf=partitions(2))
    assert done.output == []
    assert done.counters == {
        "text": {"lines": 500, "letters": 1500},
        "words": {"distinct": 2, "occurrences": 1000},
    }


def test_statuses_are_told(runner):
    if runner == "hadoop":
        pytest.skip("Hadoop shows the status of each task on its own pages")

    class Telling(Job):
        def mapper(self, _, line):
            self.set_status(f"at {line}")

    assert run(Telling, runner, ["a", "b"]).statuses == ["at a", "at b"]


def test_options_reach_every_side(runner):
    class Scaled(Job):
        factor = option("--factor", type=int, default=2)
        tag = option("--tag", default="-")

        def mapper(self, _, line):
            yield line, self.factor

        def reducer(self, key, values):
            yield self.tag + key, sum(values)

    assert output_of(Scaled, runner, ["a", "a"]) == [("-a", 4)]
    assert output_of(Scaled(factor=5, tag="+"), runner, ["a", "a"]) == [("+a", 10)]


def test_what_was_yielded_may_be_changed_afterwards(runner):
    class Mutating(Job):
        def mapper_init(self):
            self.row: list[str] = []
            self.nested: dict[str, Any] = {"rows": [self.row], "n": 0}

        def mapper(self, _, line):
            self.row.append(line)
            self.nested["n"] += 1
            yield "row", self.row
            yield "nested", self.nested
            yield [line, self.row], 0
            self.row.append("!")
            if len(self.row) > 2:
                self.row.clear()

        def reducer(self, key, values):
            kept = []
            for value in values:
                kept.append(value)
                yield key, kept
            kept.clear()

    expected = [
        ("nested", {"rows": [["a"]], "n": 1}),
        ("nested", {"rows": [["a", "!", "b"]], "n": 2}),
        ("row", ["a"]),
        ("row", ["a", "!", "b"]),
    ]
    output = output_of(Mutating, runner, ["a", "b"])
    flat = [(key, value[-1]) for key, value in output if isinstance(key, str)]
    assert sorted(flat, key=lambda pair: (pair[0], len(str(pair[1])))) == expected
    lists = sorted(key for key, _ in output if isinstance(key, list))
    assert lists == [["a", ["a"]], ["b", ["a", "!", "b"]]]
    assert [len(value) for key, value in output if key == "row"] == [1, 2]


def test_what_a_map_only_job_yielded_may_be_changed_afterwards(runner):
    class Mutating(Job):
        row: list[str] = []

        def mapper(self, _, line):
            self.row.append(line)
            yield None, self.row

    assert output_of(Mutating, runner, ["a", "b"]) == [(None, ["a"]), (None, ["a", "b"])]


def test_mappers_and_reducers_may_return_none_lists_or_iterators(runner):
    class Returning(Job):
        def mapper(self, _, line):
            if line == "none":
                return None
            if line == "list":
                return [("list", 1), ("list", 2)]
            if line == "empty":
                return ()
            return iter({"dict": 3}.items())

        def reducer(self, key, values):
            return [(key, sum(values))] if key == "list" else None

    assert output_of(Returning, runner, ["none", "list", "empty", "dict"]) == [("list", 3)]


def test_reducers_need_not_read_their_values(runner):
    class FirstOnly(Job):
        def mapper(self, _, line):
            yield line[0], int(line[1:])

        def reducer(self, key, values):
            if key == "b":
                yield key, next(values)
            elif key == "d":
                yield key, sum(values)

    lines = [f"{key}1" for key in "abcd" for _ in range(3000)]
    assert output_of(FirstOnly, runner, lines) == [("b", 1), ("d", 3000)]


def test_no_input_at_all(runner):
    assert output_of(WordCount, runner, []) == []
    assert output_of(WordCount, runner, [], jobconf=partitions(3)) == []


def test_a_mapper_that_emits_nothing(runner):
    class Nothing(WordCount):
        def mapper(self, _, line):
            return None

        def reducer_final(self):
            yield "end", 1

    assert output_of(Nothing, runner, TEXT, jobconf=partitions(2)) == [("end", 1)] * 2


def test_steps_after_one_that_emits_nothing(runner):
    class Nothing(Job):
        def steps(self):
            return [
                Step(mapper=lambda _, line: None, reducer=lambda k, v: [(k, 1)]),
                Step(mapper=lambda k, v: [(k, v)], aggregator=Sum()),
                Step(reducer=lambda k, v: [(k, list(v))]),
            ]

    assert output_of(Nothing, runner, TEXT, jobconf=partitions(2)) == []


def test_mapper_raw_gets_whole_files(runner, tmp_path):
    class Sizes(Job):
        def mapper_raw(self, path, uri):
            with open(path, "rb") as file:
                yield uri.rpartition("/")[2], file.read()

        def reducer(self, name, contents):
            yield name, [len(content) for content in contents]

    (tmp_path / "a.bin").write_bytes(bytes(range(256)))
    (tmp_path / "b.gz").write_bytes(b"not gzip at all")
    (tmp_path / "c").write_bytes(b"")
    (tmp_path / "_hidden").write_bytes(b"x")
    assert output_of(Sizes, runner, paths=[tmp_path]) == [
        ("a.bin", [256]),
        ("b.gz", [15]),
        ("c", [0]),
    ]


def test_init_and_final_run_for_an_empty_file_as_on_hadoop(runner, tmp_path):
    class Total(Job):
        lines = 0

        def mapper(self, _, line):
            self.lines += 1

        def mapper_final(self):
            yield "lines", self.lines

    (tmp_path / "empty").touch()
    assert output_of(Total, runner, paths=[tmp_path / "empty"]) == [("lines", 0)]
