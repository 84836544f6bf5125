"""What a user does wrong is told in the user's words, and never by a wrong result."""

from __future__ import annotations

import pytest

from hadoopjobs import Job, Step, Sum
from hadoopjobs.core.errors import (
    CodecError,
    FileMissing,
    HadoopJobsError,
    JobLoadError,
    TaskError,
    UsageError,
)
from tests.conformance.harness import partitions, run


class Other:
    """A class of the user's that has no wire form."""


NO_PAIRS = [
    (7, "'int' object is not iterable"),
    ([7], "cannot unpack non-iterable int"),
    ([("a", 1, 2)], "too many values to unpack"),
    ([("a",)], "not enough values to unpack"),
    ("word", "not enough values to unpack"),
]


@pytest.mark.parametrize(("returned", "message"), NO_PAIRS)
def test_what_is_no_pairs(returned, message):
    class Mapping(Job):
        def mapper(self, _, line):
            return returned

    message = rf"^Mapping.mapper failed: it must yield \(key, value\) pairs: {message}"
    with pytest.raises(TaskError, match=message):
        run(Mapping, "inline", ["a"])


def line_and_one(self, _, line):
    yield line, 1


def first_of_each(self, key, values):
    yield key, next(values)


@pytest.mark.parametrize("side", ["mapper", "combiner", "reducer"])
def test_a_side_that_gives_no_pairs_is_named(runner, side):
    def give_no_pairs(self, *record):
        return [7]

    parts = {"mapper": line_and_one, "combiner": first_of_each, "reducer": first_of_each}
    failing = type("Failing", (Job,), {**parts, side: give_no_pairs})
    with pytest.raises(TaskError, match=rf"^Failing.{side} failed: it must yield \(key, value\)"):
        run(failing, runner, ["a"])


@pytest.mark.parametrize("side", ["mapper", "combiner", "reducer"])
@pytest.mark.parametrize("end", ["", "_init", "_final"])
def test_an_exception_names_the_side_and_the_users_line(side, end):
    def fail(self, *record):
        raise KeyError("lost")

    parts = {"mapper": line_and_one, "combiner": first_of_each, "reducer": first_of_each}
    failing = type("Failing", (Job,), {**parts, side + end: fail})
    with pytest.raises(TaskError) as caught:
        run(failing, "inline", ["a"])
    error = caught.value
    assert error.side == f"Failing.{side}"
    assert error.summary == "KeyError: 'lost'"
    assert 'raise KeyError("lost")' in error.user_traceback
    assert "hadoopjobs/" not in error.user_traceback.replace("/tests/", "")
    assert error.record == (None if end else repr("a"))


def test_stop_iteration_does_not_end_the_input(runner):
    class FirstWord(Job):
        def mapper(self, _, line):
            return [(next(iter(line.split())), 1)]

        def reducer(self, key, values):
            return [(key, sum(values))]

    class Reducing(Job):
        def mapper(self, _, line):
            return [(line, 1)]

        def reducer(self, key, values):
            return [(key, next(iter(())))]

    with pytest.raises(TaskError, match="StopIteration") as caught:
        run(FirstWord, runner, ["a", "", "b"])
    assert "next(iter(line.split()))" in caught.value.user_traceback
    assert caught.value.record == "''"
    with pytest.raises(TaskError, match="StopIteration"):
        run(Reducing, runner, ["a"])


@pytest.mark.parametrize("side", ["mapper", "combiner", "reducer"])
def test_stop_iteration_out_of_a_generator_is_told_with_the_users_line(runner, side):
    def take_too_many(self, *record):
        yield record[0], next(iter(()))

    parts = {"mapper": line_and_one, "combiner": first_of_each, "reducer": first_of_each}
    failing = type("Failing", (Job,), {**parts, side: take_too_many})
    with pytest.raises(TaskError, match="StopIteration") as caught:
        run(failing, runner, ["a"])
    assert "yield record[0], next(iter(()))" in caught.value.user_traceback
    assert caught.value.record == "'a'"


def test_a_record_that_cannot_be_shown_does_not_hide_the_error(runner):
    class Large(Job):
        def mapper(self, _, line):
            yield 10**5000, line

        def reducer(self, key, values):
            raise ValueError("the user's own error")

    with pytest.raises(TaskError, match="the user's own error") as caught:
        run(Large, runner, ["a"])
    assert str(caught.value.record).startswith("<a int that cannot be shown")


@pytest.mark.parametrize("name", ["mapper", "reducer", "reducer_final", "partitioner"])
def test_what_is_no_function_is_refused_before_the_run(runner, name):
    with pytest.raises(JobLoadError, match=rf"^{name} is 5: make it a function"):
        run(type("Number", (Job,), {"mapper": line_and_one, name: 5}), runner, ["a"])


@pytest.mark.parametrize("name", ["mapper", "reducer", "reducer_final"])
def test_what_would_have_to_be_awaited_is_refused_before_the_run(runner, name):
    async def generate(self, *record):
        yield record[0], 1

    async def give(self, *record):
        return []

    for function in (generate, give):
        with pytest.raises(JobLoadError, match=rf"^{name} is async"):
            run(type("Awaited", (Job,), {"mapper": line_and_one, name: function}), runner, ["a"])


@pytest.mark.parametrize(("given", "advice"), [(Sum, r"Sum\(\)"), ("sum", r"as Sum\(\)")])
def test_an_aggregator_that_is_no_object_is_refused_before_the_run(runner, given, advice):
    parts = {"mapper": line_and_one, "aggregator": given}
    with pytest.raises(JobLoadError, match=rf"^an aggregator is an object, {advice}, and not"):
        run(type("Folding", (Job,), parts), runner, ["a"])


def test_a_wrong_number_of_parameters(runner):
    class OneTooFew(Job):
        def mapper(self, line):
            yield line, 1

    with pytest.raises(
        TaskError, match=r"OneTooFew.mapper failed: it cannot be called: .*argument"
    ):
        run(OneTooFew, runner, ["a"])


def test_keys_and_values_without_a_wire_form_are_named(runner):
    class OddKey(Job):
        def mapper(self, _, line):
            yield Other(), 1

        def reducer(self, key, values):
            yield "k", 1

    class OddValue(Job):
        def mapper(self, _, line):
            yield line, Other()

        def reducer(self, key, values):
            yield key, 1

    with pytest.raises(CodecError, match="Other"):
        run(OddKey, runner, ["a"])
    place = r"\n  where: map side of stage 1 \(OddValue.mapper → OddValue.reducer\)\n  file:  "
    with pytest.raises(CodecError, match=rf"Other(.|\n)*register_codec.*{place}"):
        run(OddValue, runner, ["a"])


def test_values_that_cannot_be_copied_or_packed_are_named(runner):
    class Generating(Job):
        def mapper(self, _, line):
            yield line, (letter for letter in line)

    class Deep(Job):
        def mapper(self, _, line):
            nested: list = []
            for _ in range(5000):
                nested = [nested]
            yield line, nested

        def reducer(self, key, values):
            yield key, 1

    with pytest.raises(TaskError, match=r"mapper failed: it yields what cannot be copied"):
        run(Generating, runner, ["a"])
    with pytest.raises(TaskError, match=r"mapper failed: it yields what is nested too deep"):
        run(Deep, runner, ["a"])


def test_sorted_values_without_a_place_in_the_order_are_named(runner):
    class Sorted(Job):
        SORT_VALUES = True

        def mapper(self, _, line):
            yield line, 1j
            yield line, 2j

        def reducer(self, key, values):
            yield key, list(values)

    with pytest.raises(CodecError, match="complex"):
        run(Sorted, runner, ["a"])


def test_a_failed_attempt_is_tried_again(runner, tmp_path):
    class FailsTwice(Job):
        def mapper(self, _, line):
            import os

            variable = "mapreduce_task_attempt_id"
            attempt = os.environ[variable].rpartition("_")[2]
            self.increment_counter("attempts", "begun")
            if int(attempt) < 2:
                raise ValueError(attempt)
            yield line, int(attempt)

    done = run(FailsTwice, runner, ["a"], max_attempts=3)
    assert done.output == [("a", 2)]
    assert done.counters == {"attempts": {"begun": 1}}
    assert done.result.stages[0].failed_attempts == 2
    with pytest.raises(TaskError, match="tried:  2 times"):
        run(FailsTwice, runner, ["a"], max_attempts=2)


def test_missing_input(runner, tmp_path):
    class Any(Job):
        def mapper(self, _, line):
            yield line, 1

    with pytest.raises(FileMissing, match=r"input .*/nowhere does not exist"):
        run(Any, runner, paths=[tmp_path / "nowhere"])
    with pytest.raises(FileMissing, match=r"input .*/\*\.txt does not exist: nothing matches it"):
        run(Any, runner, paths=[tmp_path / "*.txt"])


def steps_of(*steps):
    return type("Wrong", (Job,), {"steps": lambda self: [step() for step in steps]})


def one(*record):
    return [("k", 1)]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (lambda: Step(mapper=one, mapper_cmd="cat"), "mapper_cmd or mapper functions, not both"),
        (lambda: Step(mapper=one, map_batches=one), "map_batches .*or a mapper, not both"),
        (lambda: Step(mapper=one, reduce_batches=one), "reduce_batches or a mapper, not both"),
        (lambda: Step(map_batches=one, reducer=one), "has no combiner or reducer"),
        (lambda: Step(map_batches=one, sort_values=True), "has neither sorted values"),
        (lambda: Step(aggregator=Sum(), reducer=one), "with an aggregator has no combiner or"),
        (lambda: Step(mapper=one, aggregator={"a": Sum()}), "needs map_batches"),
        (lambda: Step(mapper=one, combiner=one), "a step with a combiner needs a reducer"),
        (lambda: Step(mapper_raw=one, mapper=one), "with mapper_raw has no mapper"),
    ],
)
def test_parts_of_a_step_that_do_not_go_together_are_refused(step, message):
    with pytest.raises(JobLoadError, match=message):
        run(steps_of(step), "inline", ["a"])


def test_mapper_raw_behind_another_step_is_refused():
    with pytest.raises(JobLoadError, match="only the first step"):
        run(steps_of(lambda: Step(mapper=one), lambda: Step(mapper_raw=one)), "inline", ["a"])


def test_a_job_without_steps_is_refused():
    with pytest.raises(JobLoadError, match=r"Wrong.steps\(\) gave no step"):
        run(steps_of(), "inline", ["a"])


def test_a_number_of_reduce_tasks_that_is_none_is_refused():
    for nonsense in ("many", "-1", "1.5"):
        with pytest.raises(UsageError, match=f"mapreduce.job.reduces='{nonsense}' is not a number"):
            run(steps_of(lambda: Step(mapper=one)), "inline", jobconf=partitions(nonsense))


def test_an_error_is_an_error_of_ours_in_no_case(runner):
    class Exits(Job):
        def mapper(self, _, line):
            raise SystemExit(3)

    with pytest.raises(HadoopJobsError, match="SystemExit: 3"):
        run(Exits, runner, ["a"])
