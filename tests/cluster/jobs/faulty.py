"""Jobs whose mappers go wrong in a container, always or in the first attempt."""

from __future__ import annotations

import os
import signal
import subprocess
import time

from hadoopjobs import Job, Step, option

ATTEMPT = "mapreduce_task_attempt_id"
INPUT_FILE = "mapreduce_map_input_file"


class Counted(Job):
    def mapper(self, _, line):
        self.go_wrong(line)
        for word in line.split():
            yield word, 1

    def reducer(self, word, counts):
        yield word, sum(counts)

    def go_wrong(self, line):
        """Nothing goes wrong here."""


class Files(Counted):
    """Counts the lines of each file, by the name that its task finds."""

    def mapper_init(self):
        self.file, self.lines = os.environ[INPUT_FILE].rpartition("/")[2], 0

    def mapper(self, _, line):
        self.lines += 1

    def mapper_final(self):
        assert os.environ[INPUT_FILE].endswith(self.file)
        yield self.file, self.lines


class Raises(Counted):
    def go_wrong(self, line):
        if "seven" in line:
            raise ValueError("this line is not liked")


class KilledOnce(Counted):
    """Its first attempt of each map task is killed."""

    def go_wrong(self, line):
        if os.environ[ATTEMPT].endswith("_0"):
            os.kill(os.getpid(), signal.SIGKILL)


class LeavesEarly(Counted):
    """Its process ends as if all were well, before it has written anything."""

    def go_wrong(self, line):
        if "seven" in line:
            os._exit(0)


class LeavesEarlyWithoutReducer(Job):
    def mapper(self, _, line):
        yield line, 1
        if "seven" in line:
            os._exit(0)


class Slow(Counted):
    def go_wrong(self, line):
        time.sleep(120)


class Steady(Counted):
    """Takes a hundredth of a second a line."""

    def go_wrong(self, line):
        time.sleep(0.01)


class Telling(Steady):
    """Says at each line what it sees."""

    def go_wrong(self, line):
        super().go_wrong(line)
        self.set_status(f"at {line} > here")


class Secretive(Steady):
    """Needs a password, and shows that it has it without showing it."""

    password = option(default="", help="Of some database.")

    def go_wrong(self, line):
        super().go_wrong(line)
        assert os.environ["DB_PASSWORD"].startswith("canary")
        assert self.password.startswith("canary")


class Prints(Counted):
    """What it prints must not get into the data."""

    def go_wrong(self, line):
        print("printed", line)
        subprocess.run(["echo", "printed by a command"], check=True)


class TwoSteps(Job):
    def steps(self):
        return [
            Step(mapper=self.words, reducer=self.count),
            Step(mapper=self.by_count, reducer=self.together),
        ]

    def words(self, _, line):
        for word in line.split():
            self.increment_counter("words", "seen")
            yield word, 1

    def count(self, word, counts):
        yield word, sum(counts)

    def by_count(self, word, count):
        yield count, word

    def together(self, count, words):
        yield count, sorted(words)


class Broken(TwoSteps):
    """Its second step fails as long as there is a file `fault`, on the node."""

    fault = option("--fault", type=str, default="")

    def by_count(self, word, count):
        if os.path.exists(self.options["fault"]):
            raise ValueError("the fault is there")
        yield from super().by_count(word, count)


if __name__ == "__main__":
    Counted.run()
