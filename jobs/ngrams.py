"""Count the n-grams of texts."""

import re

import click

from hadoopjobs import Job, option

WORD = re.compile(r"[\w']+")


class NGrams(Job):
    """Count runs of n words that follow each other on a line, in lower case."""

    n = option("-n", type=click.IntRange(1), default=2, help="words in a run")
    min_count = option(type=int, default=1, help="leave out those that are rarer")

    def mapper(self, _, line):
        words = WORD.findall(line.lower())
        for run in zip(*(words[start:] for start in range(self.n))):
            yield " ".join(run), 1

    def combiner(self, run, counts):
        yield run, sum(counts)

    def reducer(self, run, counts):
        count = sum(counts)
        if count >= self.min_count:
            yield run, count


if __name__ == "__main__":
    NGrams.run()
