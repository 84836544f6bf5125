"""Find the lines that match a regular expression."""

import os
import re

import click

from hadoopjobs import Job, Step, Sum, option

INPUT_FILE = "mapreduce_map_input_file"  # as Hadoop Streaming calls it


def regular_expression(text):
    """`text`, if it is a regular expression."""
    try:
        re.compile(text)
    except re.error as error:
        raise click.BadParameter(f"{text!r} is no regular expression: {error}") from error
    return text


class Grep(Job):
    """Print the lines in which --pattern is found, as they are and in the order of the input.

    With --count, print for each file how many such lines it has: file<TAB>lines.
    """

    output_format = "text"

    pattern = option(type=regular_expression, required=True, help="regular expression of Python")
    ignore_case = option("-i", "--ignore-case", is_flag=True, help="capitals are no difference")
    invert = option(is_flag=True, help="the lines in which it is not found")
    count = option("-c", "--count", is_flag=True, help="numbers of lines instead of lines")

    def steps(self):
        if self.count:
            mapper, aggregator = self.counted, Sum()
        else:
            mapper, aggregator = self.found, None
        return [Step(mapper_init=self.compile_pattern, mapper=mapper, aggregator=aggregator)]

    def compile_pattern(self):
        self.search = re.compile(self.pattern, re.IGNORECASE if self.ignore_case else 0).search
        self.file = os.environ[INPUT_FILE]

    def found(self, _, line):
        if (self.search(line) is None) == self.invert:
            yield None, line

    def counted(self, _, line):
        yield self.file, int((self.search(line) is None) == self.invert)


if __name__ == "__main__":
    Grep.run()
