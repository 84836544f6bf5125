"""Sort the lines of texts, over several tasks."""

import os
import random
import re
from bisect import bisect_right
from decimal import Decimal, InvalidOperation

import click

from hadoopjobs import Job, Step, option
from hadoopjobs.core.errors import ConfigError

NUMBER = re.compile(r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)")
SAMPLE_SIZE = 1000  # keys, of each task
REDUCES = "mapreduce.job.reduces"
TASK = "mapreduce_task_partition"  # the number of the task, as Hadoop Streaming calls it


class Sort(Job):
    """Sort lines: the output's parts, one after the other, are in order as a whole.

    Lines compare by code points, as `LC_ALL=C sort` does. With --field they compare by that
    field, then by the whole line; with --numeric by the number that the line or field begins
    with, of any size and exactly, those without a number first.

    There are two rounds. The first takes a sample of the keys; in the second each part gets a
    range of keys, between bounds that divide the sample evenly. Equal keys share a part.

    -D mapreduce.job.reduces=N gives N parts, of which some are empty if there are fewer keys.
    """

    output_format = "text"

    numeric = option("-n", "--numeric", is_flag=True, help="compare by value")
    field = option(type=click.IntRange(1), help="compare by this field; the first is 1")
    separator = option(help="what divides fields; white space if not given")
    parts = option(type=click.IntRange(1), help="parts of the output, at most; 4 if not given")
    bounds = option(hidden=True)

    def steps(self):
        if self.asked_parts() == "0":
            raise ConfigError(f"{REDUCES}=0 leaves nobody to sort: give 1 or more")
        if self.bounds is None:
            return [
                Step(
                    mapper_init=self.start_sample,
                    mapper=self.sample_line,
                    mapper_final=self.finish_sample,
                )
            ]
        return [
            Step(
                mapper=self.keyed,
                reducer=self.lines,
                partitioner=self.part_of,
                partitions=int(self.asked_parts() or len(self.bounds) + 1),
                sort_values=True,
            )
        ]

    def is_last_round(self):
        return self.bounds is not None

    def next_round(self, pairs):
        if self.bounds is not None:
            return None
        return Sort(**self.options | {"bounds": bounds_of(pairs, self.most_parts())})

    def asked_parts(self):
        """What the setting asks for; --parts wins."""
        return self.setting(REDUCES) if self.parts is None else None

    def most_parts(self):
        return self.parts or int(self.asked_parts() or 4)

    def start_sample(self):
        self.seen = 0
        self.sample = []
        self.random = random.Random(os.environ[TASK])

    def sample_line(self, _, line):
        """Keep each line with the same probability (reservoir sampling)."""
        self.seen += 1
        if len(self.sample) < SAMPLE_SIZE:
            self.sample.append(self.key_of(line))
        elif (place := int(self.random.random() * self.seen)) < SAMPLE_SIZE:
            self.sample[place] = self.key_of(line)

    def finish_sample(self):
        for key in self.sample:
            yield key, self.seen / len(self.sample)

    def keyed(self, _, line):
        key = self.key_of(line)
        yield key, None if key is line else line

    def key_of(self, line):
        key = line
        if self.field is not None:
            fields = line.split(self.separator)
            key = fields[self.field - 1] if self.field <= len(fields) else ""
        return number_of(key) if self.numeric else key

    def part_of(self, key, parts):
        return 0 if key is None else bisect_right(self.bounds, key)

    def lines(self, key, lines):
        for line in lines:
            yield None, key if line is None else line


def number_of(text):
    """The number that `text` begins with, as `sort -g` reads it; None if there is none.

    >>> number_of(" 12 apples"), number_of("-1.50"), number_of("apples")
    (12, Decimal('-1.50'), None)
    """
    match = NUMBER.match(text)
    if match is None:
        return None
    digits = match[1]
    if digits.isdecimal() and len(digits) < 19:
        return int(digits)
    try:
        return Decimal(digits)
    except InvalidOperation:  # an exponent beyond Decimal's
        return float(digits)


def bounds_of(sample, parts):
    """At most parts - 1 keys, all different, that divide the (key, weight) pairs evenly.

    >>> bounds_of([(key, 1) for key in "caabaabd"], 4)
    ['a', 'b', 'c']
    """
    sample = sorted((pair for pair in sample if pair[0] is not None), key=lambda pair: pair[0])
    share = sum(weight for _, weight in sample) / parts
    bounds: list = []
    passed = 0
    for key, weight in sample:
        passed += weight
        if passed > share * (len(bounds) + 1) and len(bounds) < parts - 1:
            if not bounds or bounds[-1] < key:
                bounds.append(key)
    return bounds


if __name__ == "__main__":
    Sort.run()
