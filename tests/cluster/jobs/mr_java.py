"""A job of mrjob that names Java classes, as such jobs do."""

from __future__ import annotations

import re

from mrjob.job import MRJob
from mrjob.protocol import JSONProtocol, RawValueProtocol
from mrjob.step import MRStep


class MRJava(MRJob):  # type: ignore[misc]
    """Counts words; the file's name and the file come as one line, and go out value first."""

    HADOOP_INPUT_FORMAT = "test.Custom$WholeFile"
    HADOOP_OUTPUT_FORMAT = "test.Custom$Swapped"
    INPUT_PROTOCOL = RawValueProtocol
    OUTPUT_PROTOCOL = JSONProtocol

    def mapper(self, _, line):
        name, _, text = line.partition("\t")
        self.increment_counter("files", name)
        for word in re.findall(r"[a-z]+", text):
            yield word, 1

    def combiner(self, word, counts):
        yield word, sum(counts)

    def reducer(self, word, counts):
        yield word, sum(counts)


class MRPartitioned(MRJava):
    """All keys on the last reducer, in two steps."""

    PARTITIONER = "test.Custom$Last"

    def steps(self):
        return [
            MRStep(mapper=self.mapper, combiner=self.combiner, reducer=self.reducer),
            MRStep(mapper=self.swap, reducer=self.words),
        ]

    def swap(self, word, count):
        yield count, word

    def words(self, count, words):
        yield count, sorted(words)


class MRCommands(MRJob):  # type: ignore[misc]
    def mapper_cmd(self):
        return "tr ' ' '\\n'"

    def reducer_cmd(self):
        return "uniq -c"


if __name__ == "__main__":
    MRJava.run()
