"""Vectorised jobs: batches of columns through user code, aggregated or grouped."""

from __future__ import annotations

import datetime
import math
from collections import defaultdict
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from hadoopjobs import Count, Job, Max, Mean, Min, Step, Sum, Top
from hadoopjobs.core.errors import HadoopJobsError, JobLoadError, TaskError, UsageError
from hadoopjobs.core.sort_key import encode
from tests.conformance.harness import output_of, partitions, run


class Words(Job):
    """Words and their lengths, a batch of lines at a time."""

    def map_batches(self, batch):
        words = pc.list_flatten(pc.utf8_split_whitespace(batch.column("line")))
        words = words.filter(pc.not_equal(words, ""))
        return pa.record_batch({"word": words, "length": pc.utf8_length(words)})


TEXT = ["to be or not to be", "", "that is the question"]
WORDS = " ".join(TEXT).split()


def per_word(fold):
    return {word: fold([len(word)] * WORDS.count(word)) for word in WORDS}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Sum(), sum),
        (Count(), len),
        (Min(), min),
        (Max(), max),
        (Mean(), lambda values: sum(values) / len(values)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_one_aggregator_for_all_columns(runner, given, expected):
    class Aggregated(Words):
        aggregator = given

    output = output_of(Aggregated, runner, TEXT, jobconf=partitions(3))
    assert dict(output) == per_word(expected)
    assert len(output) == len(set(WORDS))


def test_an_aggregator_for_each_column(runner):
    class Sales(Job):
        batch_keys = ("shop",)
        aggregator = {"amount": Mean(), "day": Max()}

        def map_batches(self, batch):
            rows = [line.split(",") for line in batch.column("line").to_pylist()]
            columns = list(zip(*rows, strict=True))
            return pa.record_batch(
                {"day": columns[0], "shop": columns[1], "amount": pa.array(map(float, columns[2]))}
            )

    lines = ["mon,a,1", "tue,b,5", "wed,a,2", "mon,b,7"]
    assert sorted(output_of(Sales, runner, lines)) == [("a", [1.5, "wed"]), ("b", [6.0, "tue"])]


def test_counting_rows_of_one_column(runner):
    class Counted(Job):
        aggregator = Count()

        def map_batches(self, batch):
            return batch

    assert sorted(output_of(Counted, runner, ["b", "a", "b"])) == [("a", 1), ("b", 2)]


def test_map_batches_alone_keeps_the_order(runner, tmp_path):
    class Upper(Job):
        def map_batches(self, batch):
            yield pa.record_batch({"line": pc.utf8_upper(batch.column("line"))})

    path = tmp_path / "text"
    path.write_text("".join(f"line {n}\n" for n in range(500)))
    output = output_of(Upper, runner, paths=[path], split_bytes=600)
    assert output == [(None, f"LINE {n}") for n in range(500)]


class Odd(Job):
    """Rows with keys that are null, NaN, zeros of both signs; two key columns."""

    batch_keys = ("name", "number")

    def map_batches(self, batch):
        import random

        draw = random.Random(batch.column("line")[0].as_py())
        names = draw.choices(["a", "b", "", "é", "\U0001f600", None], k=2000)
        numbers = draw.choices([0.0, -0.0, 1.5, math.nan, math.inf, -math.inf, None], k=2000)
        return pa.record_batch(
            {
                "name": pa.array(names, pa.string()),
                "number": pa.array(numbers, pa.float64()),
                "one": pa.array([1] * 2000),
            }
        )


def expected_groups(lines):
    """Rows by encoded key: the ten-line reference."""
    groups: dict[bytes, int] = defaultdict(int)
    for line in lines:
        rows = Odd().map_batches(pa.record_batch({"line": [line]})).to_pylist()
        for row in rows:
            groups[encode((row["name"], row["number"]))] += 1
    return groups


@pytest.mark.parametrize(("reduces", "memory"), [(1, "256m"), (3, "1m")])
def test_whole_groups_reach_reduce_batches_sorted_by_key(runner, tmp_path, reduces, memory):
    class Grouped(Odd):
        def reduce_batches(self, batch):
            groups: dict[bytes, list] = {}
            last = b""
            for row in batch.to_pylist():
                code = encode((row["name"], row["number"]))
                assert code >= last, "rows are not sorted"
                last = code
                group = groups.setdefault(code, [row["name"], row["number"], 0])
                group[2] += row["one"]
            names, numbers, counts = map(list, zip(*groups.values(), strict=True))
            yield pa.record_batch(
                {
                    "name": pa.array(names, pa.string()),
                    "number": pa.array(numbers, pa.float64()),
                    "count": counts,
                }
            )

    lines = [f"seed {n}" for n in range(12)]
    path = tmp_path / "seeds"
    path.write_text("".join(f"{line}\n" for line in lines))
    output = output_of(
        Grouped, runner, paths=[path], split_bytes=7, memory=memory, jobconf=partitions(reduces)
    )
    expected = expected_groups(f"seed {n}" for n in range(12))
    counts = [(encode((name, number)), count) for name, (number, count) in output]
    assert len(counts) == len(expected)  # no group came twice
    assert dict(counts) == expected


@pytest.mark.parametrize(("reduces", "memory"), [(1, "256m"), (3, "1m")])
def test_aggregates_group_odd_keys_as_records_are_grouped(runner, tmp_path, reduces, memory):
    class Summed(Odd):
        aggregator = {"one": Sum()}

    lines = [f"seed {n}" for n in range(12)]
    path = tmp_path / "seeds"
    path.write_text("".join(f"{line}\n" for line in lines))
    output = output_of(
        Summed, runner, paths=[path], split_bytes=7, memory=memory, jobconf=partitions(reduces)
    )
    counts = [(encode((name, number)), count) for name, (number, count) in output]
    assert dict(counts) == expected_groups(lines)
    assert len(counts) == len(dict(counts))


COLUMNS = {
    "bool": pa.array([True, False, None, True]),
    "int8": pa.array([3, -3, None, 3], pa.int8()),
    "uint64": pa.array([2**64 - 1, 0, None, 2**64 - 1], pa.uint64()),
    "float32": pa.array([1.5, math.nan, None, 1.5], pa.float32()),
    "decimal": pa.array([Decimal("1.10"), Decimal("-2.00"), None, Decimal("1.10")]),
    "date": pa.array([datetime.date(2020, 1, 1), datetime.date(1900, 1, 1), None] * 2),
    "timestamp": pa.array([5, -5, None, 5], pa.timestamp("us", "UTC")),
    "duration": pa.array([5, -5, None, 5], pa.duration("ms")),
    "time": pa.array([5, 1, None, 5], pa.time32("s")),
    "binary": pa.array([b"\xff", b"", None, b"\xff"]),
    "large string": pa.array(["b", "", None, "b"], pa.large_string()),
    "dictionary": pa.array(["b", "a", None, "b"]).dictionary_encode(),
    "null": pa.nulls(4),
}


@pytest.mark.parametrize("kind", list(COLUMNS))
def test_key_columns_of_many_types(kind):
    class Typed(Job):
        def map_batches(self, batch):
            column = COLUMNS[kind]
            return [pa.record_batch({"key": column, "n": [1] * len(column)})] * 2

    class Summed(Typed):
        aggregator = Sum()

    class Grouped(Typed):
        def reduce_batches(self, batch):
            sizes: dict[bytes, list] = {}
            for key in batch.column("key").to_pylist():
                sizes.setdefault(encode(key), [key, 0])[1] += 1
            keys, counts = zip(*sizes.values(), strict=True)
            return pa.record_batch({"key": pa.array(keys, batch.schema.types[0]), "n": counts})

    def coded(pairs):
        return {encode(key): count for key, count in pairs}

    values = COLUMNS[kind].to_pylist()
    expected = {encode(v): 2 * [encode(w) for w in values].count(encode(v)) for v in values}
    # both at once: a run costs more than the work in it
    job = Grouped if len(kind) % 2 else Summed
    output = output_of(job, "inline", ["x"], jobconf=partitions(2))
    assert coded(output) == expected
    assert len(output) == len(expected)


def test_tasks_whose_columns_have_another_type_agree(runner, tmp_path):
    class Guessed(Job):
        aggregator = Sum()

        def map_batches(self, batch):
            keys = [None if line == "-" else line for line in batch.column("line").to_pylist()]
            return pa.record_batch({"key": keys, "n": [1] * len(keys)})

    (tmp_path / "1").write_text("-\n-\n")
    (tmp_path / "2").write_text("a\n-\n")
    for order in ("12", "21"):
        output = output_of(Guessed, runner, paths=[tmp_path / name for name in order])
        assert sorted(output, key=repr) == [("a", 1), (None, 3)]


def test_batches_of_one_task_whose_columns_have_another_type_agree(runner):
    class Guessed(Job):
        def map_batches(self, batch):
            yield pa.record_batch({"key": [None], "n": [1]})
            yield pa.record_batch({"key": ["a"], "n": [2]})

        def reduce_batches(self, batch):
            return batch

    assert output_of(Guessed, runner, ["x"]) == [(None, 1), ("a", 2)]


def test_empty_batches_and_no_batches(runner):
    class Empty(Job):
        def map_batches(self, batch):
            yield batch.slice(0, 0)
            yield batch.slice(0, 0)

        def reduce_batches(self, batch):
            raise AssertionError("there is nothing to reduce")

    class Nothing(Job):
        aggregator = Count()

        def map_batches(self, batch):
            return None

    assert output_of(Empty, runner, ["x"], jobconf=partitions(2)) == []
    assert output_of(Nothing, runner, ["x"]) == []
    assert output_of(Nothing, runner, []) == []


def test_tables_slices_and_iterables_may_be_given_back(runner):
    class Given(Job):
        aggregator = Sum()

        def map_batches(self, batch):
            whole = pa.record_batch({"k": list("abcab"), "n": [1, 2, 3, 4, 5]})
            yield whole.slice(0, 3)
            yield pa.Table.from_batches([whole.slice(3)])

    assert sorted(output_of(Given, runner, ["x"])) == [("a", 5), ("b", 7), ("c", 3)]


def test_steps_of_records_and_columns(runner):
    class Mixed(Job):
        def steps(self):
            return [
                Step(mapper=self.words, aggregator=Sum()),
                Step(map_batches=self.swap, aggregator=Count()),
                Step(mapper=self.text),
            ]

        def words(self, _, line):
            for word in line.split():
                yield word, 1

        def swap(self, batch):
            return pa.record_batch({"count": batch.column("value"), "word": batch.column("key")})

        def text(self, count, words):
            yield f"{count} times", words

    assert sorted(output_of(Mixed, runner, TEXT)) == [("1 times", 6), ("2 times", 2)]


def test_columns_into_a_reducer_of_records_by_a_second_step(runner):
    class Mixed(Job):
        def steps(self):
            return [
                Step(map_batches=Words().map_batches),
                Step(reducer=lambda word, lengths: [(word, sum(lengths))]),
            ]

    assert dict(output_of(Mixed, runner, TEXT)) == per_word(sum)


def test_reduce_batches_without_map_batches_groups_the_lines(runner):
    class Lines(Job):
        def reduce_batches(self, batch):
            return batch

    assert output_of(Lines, runner, ["b", "a", "b"]) == [(None, "a"), (None, "b"), (None, "b")]


@pytest.mark.parametrize(
    ("parts", "error", "message"),
    [
        ({"aggregator": Top(2)}, JobLoadError, "Top cannot fold columns"),
        ({"aggregator": {"nowhere": Sum()}}, UsageError, "no column 'nowhere' to aggregate"),
        ({"aggregator": Sum(), "batch_keys": ("no",)}, UsageError, "no key column 'no'"),
        ({"map_batches": lambda self, batch: [1]}, UsageError, "gave a int: it must give pyarrow"),
        ({"map_batches": lambda self, batch: 7}, UsageError, "gave a int: it must give pyarrow"),
        ({"reduce_batches": lambda self, b: "x"}, UsageError, "gave a str: it must give pyarrow"),
        ({"reduce_batches": lambda self, b: b.column("no")}, TaskError, "KeyError"),
        ({"map_batches": lambda self, batch: batch.column("no")}, TaskError, "KeyError"),
        (
            {"aggregator": {"word": Sum()}, "batch_keys": ("length",)},
            HadoopJobsError,
            r"sum.*string|string.*sum",
        ),
    ],
)
def test_mistakes_are_named(parts, error, message):
    with pytest.raises(error, match=message):
        run(type("Wrong", (Words,), parts), "inline", TEXT)


def test_batches_of_different_columns_are_named(runner):
    class Different(Job):
        aggregator = Sum()

        def map_batches(self, batch):
            yield pa.record_batch({"a": [1], "n": [1]})
            yield pa.record_batch({"b": [1], "n": [1]})

    class Apart(Job):
        aggregator = Sum()

        def map_batches(self, batch):
            name = batch.column("line")[0].as_py()
            return pa.record_batch({name: [1], "n": [1]})

    with pytest.raises(UsageError, match="batches of different columns: a int64, n int64 and b"):
        run(Different, runner, ["x"])
    with pytest.raises(UsageError, match="different columns"):
        run(Apart, runner, ["a", "b"], split_bytes=2)
