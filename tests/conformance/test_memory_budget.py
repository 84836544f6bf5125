"""A small budget makes tasks spill and merges stream; it never changes the result."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest

from hadoopjobs import Job, Sum
from tests.conformance.harness import partitions, run, standard_output

KEYS, RECORDS = 5000, 25_000


@pytest.fixture(scope="module")
def numbers(tmp_path_factory):
    path = tmp_path_factory.mktemp("memory") / "numbers"
    path.write_text("".join(f"{n}\n" for n in range(RECORDS)))
    return path


def key_of(number):
    return f"key {number * 7919 % KEYS}"


class Listed(Job):
    """Values that no combiner makes fewer."""

    def mapper(self, _, line):
        number = int(line)
        yield key_of(number), (number, "x" * 50)

    def reducer(self, key, values):
        numbers = [number for number, _ in values]
        yield key, (len(numbers), sum(numbers))


class Combined(Job):
    def mapper(self, _, line):
        number = int(line)
        yield key_of(number), (1, number)

    def combiner(self, key, values):
        counts, numbers = zip(*values, strict=True)
        yield key, (sum(counts), sum(numbers))

    reducer = combiner


class Aggregated(Job):
    aggregator = Sum()

    def mapper(self, _, line):
        yield key_of(int(line)), int(line)


class ColumnGroups(Job):
    batch_keys = ("key",)

    def map_batches(self, batch):
        numbers = [int(line) for line in batch.column("line").to_pylist()]
        yield pa.record_batch({"key": list(map(key_of, numbers)), "number": numbers})

    def reduce_batches(self, batch):
        grouped = pa.TableGroupBy(pa.table(batch), "key", use_threads=False)
        sums = grouped.aggregate([("number", "sum")])
        yield sums.rename_columns(["key", "number"])


class Columns(Job):
    batch_keys = ("key",)
    aggregator = {"number": Sum()}
    map_batches = ColumnGroups.map_batches


@pytest.fixture(scope="module")
def expected():
    counts: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for number in range(RECORDS):
        counts[key_of(number)] += 1
        sums[key_of(number)] += number
    return {key: (counts[key], sums[key]) for key in counts}


@pytest.mark.parametrize("job", [Listed, Combined])
def test_records_spill(runner, numbers, expected, job):
    done = run(job, runner, paths=[numbers], memory="1m", jobconf=partitions(2))
    assert sorted(done.output) == sorted(expected.items())


@pytest.mark.parametrize("job", [Aggregated, Columns, ColumnGroups])
def test_aggregates_and_columns_spill(runner, numbers, expected, job):
    done = run(job, runner, paths=[numbers], memory="1m", jobconf=partitions(2))
    assert sorted(done.output) == sorted((key, total) for key, (_, total) in expected.items())


def test_spilling_is_reported_and_is_part_of_what_is_written(runner, numbers):
    spilled = run(Listed, runner, paths=[numbers], memory="1m").result
    assert spilled.total("bytes_spilled") <= spilled.total("bytes_written")
    assert runner != "local" or spilled.total("bytes_spilled") > 0
    enough = run(Listed, runner, paths=[numbers], memory="1g").result
    assert enough.total("bytes_spilled") == 0
    assert (enough.total("bytes_written") > 0) == (runner == "local")


def test_nothing_is_written_to_disk_within_the_budget(numbers, tmp_path):
    """The temporary folder could as well not be writable."""
    missing = tmp_path / "file"
    missing.touch()
    for runner in ("inline", "memory"):
        done = run(Combined, runner, paths=[numbers], memory="1g", temp_dir=str(missing / "no"))
        assert len(done.output) == KEYS


@pytest.mark.parametrize(
    ("sort_values", "reads"), [(False, "all"), (True, "all"), (False, "some"), (True, "none")]
)
def test_one_key_with_most_values_streams(runner, numbers, sort_values, reads):
    class Skewed(Job):
        SORT_VALUES = sort_values

        def mapper(self, _, line):
            number = int(line)
            yield ("huge" if number % 100 else f"small {number}"), (number, "x" * 40)

        def reducer(self, key, values):
            if not key.startswith("huge"):
                yield key, next(values)[0]
            elif reads == "all":
                numbers = [number for number, _ in values]
                assert not sort_values or numbers == sorted(numbers)
                yield key, (len(numbers), sum(numbers))
            elif reads == "some":
                next(values)
                yield key, None

    done = run(Skewed, runner, paths=[numbers], memory="1m", split_bytes=100_000)
    output = dict(done.output)
    huge = [n for n in range(RECORDS) if n % 100]
    wanted = {"all": (len(huge), sum(huge)), "some": None}
    assert output.pop("huge", "none") == wanted.get(reads, "none")
    assert output == {f"small {n}": n for n in range(0, RECORDS, 100)}


def test_a_huge_group_behind_a_merge_in_passes(runner, numbers):
    """More runs than may be open at once, so that they are merged in passes first."""

    class Listed(Job):
        SORT_VALUES = True

        def mapper(self, _, line):
            yield "k", int(line)

        def reducer(self, key, values):
            count = 0
            for count, value in enumerate(values, 1):
                assert value == count - 1
            yield key, count

    done = run(Listed, runner, paths=[numbers], memory="1m", split_bytes=5000)
    assert done.output == [("k", RECORDS)]


def test_values_larger_than_the_budget_pass(runner):
    class Large(Job):
        def mapper(self, _, line):
            yield line, "x" * 3_000_000

        def reducer(self, key, values):
            yield key, [len(value) for value in values]

    done = run(Large, runner, ["a", "b", "a"], memory="1m")
    assert done.output == [("a", [3_000_000] * 2), ("b", [3_000_000])]


def test_intermediate_parts_larger_than_the_budget(runner, numbers):
    from hadoopjobs import Step

    class Steps(Job):
        def steps(self):
            return [
                Step(mapper=self.first, reducer=self.keep),
                Step(mapper=self.second, reducer=self.count),
            ]

        def first(self, _, line):
            yield int(line), "x" * 60

        def keep(self, key, values):
            for value in values:
                yield key, value

        def second(self, key, value):
            yield key % 10, len(value)

        def count(self, key, values):
            yield key, sum(values)

    done = run(Steps, runner, paths=[numbers], memory="1m", jobconf=partitions(3))
    assert sorted(done.output) == [(key, RECORDS // 10 * 60) for key in range(10)]


def test_an_aggregate_of_very_many_keys_is_split_again_and_again(tmp_path):
    """While its first results are on their way to the output."""
    keys = 50_000

    class Distinct(Columns):
        def map_batches(self, batch):
            numbers = [int(line) for line in batch.column("line").to_pylist()]
            yield pa.record_batch({"key": [f"some key {n}" for n in numbers], "number": numbers})

    path = tmp_path / "numbers"
    path.write_text("".join(f"{n}\n" for n in range(keys)))
    printed = standard_output(Distinct, "memory", [path, path], memory="1m", split_bytes=100_000)
    assert sorted(printed.splitlines()) == sorted(
        b'"some key %d"\t%d' % (n, 2 * n) for n in range(keys)
    )
