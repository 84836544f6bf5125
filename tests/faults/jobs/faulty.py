"""Jobs with one mistake each, in the line that says `# here`."""

import os
import signal
import sys
import time

import pyarrow as pa

from hadoopjobs import Aggregator, Job, Step, option


class Counting(Job):
    """What all of these do, but for their mistake: count the words of lines."""

    JOBCONF = {"mapreduce.job.reduces": 2}

    def mapper(self, _, line):
        for word in line.split():
            yield word, 1

    def reducer(self, word, counts):
        yield word, sum(counts)


class BadMapper(Counting):
    def mapper(self, _, line):
        yield line, 1
        if "bad" in line:
            raise ValueError("this line is bad")  # here


class BadMapperInit(Counting):
    def mapper_init(self):
        self.table = {"one": 1}["no such table"]  # here


class BadMapperFinal(Counting):
    def mapper_final(self):
        return 1 / 0  # here


class BadCombiner(Counting):
    def combiner(self, word, counts):
        if word == "bad":
            raise ValueError("combiner does not like it")  # here
        yield word, sum(counts)


class BadReducer(Counting):
    def reducer(self, word, counts):
        if word == "bad":
            raise ValueError("reducer does not like it")  # here
        yield word, sum(counts)


class BadReducerFinal(Counting):
    def reducer_final(self):
        raise ValueError("at the end")  # here


class BadPartitioner(Counting):
    def partitioner(self, word, partitions):
        if word == "bad":
            raise ValueError("no partition for it")  # here
        return 0


class WildPartitioner(Counting):
    def partitioner(self, word, partitions):
        return partitions


class Fussy(Aggregator):
    def zero(self):
        return 0

    def add(self, state, value):
        if value == "bad":
            raise KeyError(value)  # here
        return state + 1

    def merge(self, one, other):
        return one + other


class BadAggregator(Job):
    aggregator = Fussy()

    def mapper(self, _, line):
        for word in line.split():
            yield word, word


class Stubborn(Fussy):
    def add(self, state, value):
        return state + 1

    def finish(self, state):
        raise ValueError("cannot finish")  # here


class BadFinish(BadAggregator):
    aggregator = Stubborn()


class BadBatches(Job):
    def map_batches(self, batch):
        lines = batch.column("line").to_pylist()
        if any("bad" in line for line in lines):
            raise ValueError("a batch is bad")  # here
        return pa.record_batch([pa.array(lines)], names=["line"])


class SystemExits(Counting):
    def mapper(self, _, line):
        if "bad" in line:
            sys.exit(3)  # here
        yield line, 1


class Stop(BaseException):
    pass


class NoException(Counting):
    def mapper(self, _, line):
        if "bad" in line:
            raise Stop("not even an Exception")  # here
        yield line, 1


class Recursive(Counting):
    def mapper(self, _, line):
        yield self.deeper(line), 1

    def deeper(self, line):
        return self.deeper(line) if "bad" in line else line  # here


class OutOfMemory(Counting):
    def mapper(self, _, line):
        if "bad" in line:
            raise MemoryError("cannot hold this line")  # here
        yield line, 1


class SurrogateMessage(Counting):
    def mapper(self, _, line):
        if "bad" in line:
            raise ValueError(line + "\udcff")  # here
        yield line, 1


class NoPairs(Counting):
    def mapper(self, _, line):
        yield line


class NoReading(Job):
    def mapper(self, line):
        yield line, 1


class BadKey(Counting):
    def mapper(self, _, line):
        yield object(), 1


class Exits(Counting):
    """The worker is gone at once; with a number of deaths that it may die."""

    deaths = option("--deaths", type=int, default=1000)
    state = option("--state", required=True)

    def mapper(self, _, line):
        if "bad" in line and died_before(self.state) < self.deaths:
            os._exit(7)
        yield from super().mapper(None, line)


class Killed(Exits):
    def mapper(self, _, line):
        if "bad" in line and died_before(self.state) < self.deaths:
            os.kill(os.getpid(), signal.SIGKILL)
        yield from Counting.mapper(self, None, line)


class Flaky(Exits):
    def mapper(self, _, line):
        if "bad" in line and died_before(self.state) < self.deaths:
            raise ConnectionError("try again")  # here
        yield from Counting.mapper(self, None, line)


class FlakyReducer(Exits):
    def mapper(self, _, line):
        yield from Counting.mapper(self, None, line)

    def reducer(self, word, counts):
        yield word, sum(counts)
        if word == "bad" and died_before(self.state) < self.deaths:
            raise ConnectionError("try again")  # here


def died_before(state):
    """How often this was called: one byte a call in a side file."""
    with open(state, "ab") as file:
        file.write(b".")
        return file.tell() - 1


class Sleepy(Counting):
    """Says in a side file that it runs, then never ends; `--side` says where."""

    side = option("--side", default="map")
    state = option("--state", required=True)

    def mapper(self, _, line):
        if self.side == "map" and "bad" in line:
            died_before(self.state)
            time.sleep(1000)
        yield from super().mapper(None, line)

    def reducer(self, word, counts):
        yield word, sum(counts)
        if self.side == "reduce" and word == "bad":
            died_before(self.state)
            time.sleep(1000)


class SleepyCommand(Job):
    """A command whose shell has children of its own."""

    state = option("--state", required=True)

    def mapper_cmd(self):
        return f"sh -c 'sleep 1000 & sleep 1000 | cat & touch {self.state}; wait'"


class Chain(Job):
    """Three steps; each call is one byte in a side file. The last waits while STATE.wait exists
    and fails if STATE.bad does."""

    state = option("--state", required=True)
    JOBCONF = {"mapreduce.job.reduces": 2}

    def steps(self):
        return [
            Step(mapper=self.first, reducer=self.add),
            Step(mapper=self.second, reducer=self.add),
            Step(mapper=self.third, reducer=self.add),
        ]

    def called(self, name):
        with open(f"{self.state}.{name}", "ab") as file:
            file.write(b".")

    def add(self, key, values):
        yield key, sum(values)

    def first(self, _, line):
        self.called("first")
        for word in line.split():
            yield word, 1

    def second(self, word, count):
        self.called("second")
        if os.path.exists(f"{self.state}.bad-second"):
            raise ValueError("the second step fails")  # here
        yield count, len(word)

    def third(self, count, total):
        self.called("third")
        while os.path.exists(f"{self.state}.wait"):
            self.called("waiting")
            time.sleep(0.05)
        if os.path.exists(f"{self.state}.bad"):
            raise ValueError("the third step fails")  # here
        yield total % 5, count


class Skippable(Counting):
    """Changes a list after it yielded it, and raises on bad lines after a first pair."""

    def mapper(self, _, line):
        count = 0
        pair: list[object] = ["line", count]
        for word in line.split():
            pair[1] = count = count + 1
            yield word, pair
            if word == "bad":
                raise ValueError("this word is bad")  # here

    def combiner(self, word, pairs):
        yield word, ["combined", sum(number for _, number in pairs)]

    def reducer(self, word, pairs):
        yield word, sum(number for _, number in pairs)
