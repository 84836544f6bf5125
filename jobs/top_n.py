"""The most frequent words of texts, or values of a field."""

import heapq
import re

import click

from hadoopjobs import Job, Step, Sum, Top, option

WORD = re.compile(r"[\w']+")


class MostFrequent(Top):
    """The (count, word) pairs of the highest counts; of equal counts the first words."""

    def add_all(self, state, values):
        return heapq.nsmallest(self.count, [*state, *values], key=lambda pair: (-pair[0], pair[1]))

    def merge(self, one, other):
        return self.add_all(one, other)


class TopN(Job):
    """Find the N most frequent words, in lower case, most frequent first.

    With --field, what stands in that field of each line is counted instead: `--field 7` finds
    the most visited pages of an access log.
    """

    n = option("-n", type=click.IntRange(1), default=10, help="how many")
    field = option(type=click.IntRange(1), help="count this field instead of words; the first is 1")
    separator = option(help="what divides fields; white space if not given")

    def steps(self):
        return [
            Step(mapper=self.words, aggregator=Sum()),
            Step(mapper=self.counted, aggregator=MostFrequent(self.n), partitions=1),
            Step(mapper=self.ranked),
        ]

    def words(self, _, line):
        if self.field is None:
            for word in WORD.findall(line.lower()):
                yield word, 1
            return
        fields = line.split(self.separator)
        if len(fields) >= self.field:
            yield fields[self.field - 1], 1

    def counted(self, word, count):
        yield None, (count, word)

    def ranked(self, _, pairs):
        for count, word in pairs:
            yield word, count


if __name__ == "__main__":
    TopN.run()
