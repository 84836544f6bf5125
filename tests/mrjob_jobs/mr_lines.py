# mypy: disable-error-code=misc
"""The default input protocol on lines that are not clean text."""

from mrjob.job import MRJob


class MRLines(MRJob):
    def mapper(self, _, line):
        yield line, len(line)

    def reducer(self, line, lengths):
        yield line, sorted(lengths)


if __name__ == "__main__":
    MRLines.run()
