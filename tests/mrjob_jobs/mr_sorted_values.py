# mypy: disable-error-code=misc
"""Values in the order of their JSON."""

from mrjob.job import MRJob


class MRSortedValues(MRJob):
    SORT_VALUES = True

    def mapper(self, _, line):
        for place, word in enumerate(line.split()):
            yield word[:1], [word, place]
            yield word[:1], place

    def combiner(self, key, values):
        for value in values:
            yield key, value

    def reducer(self, key, values):
        yield key, list(values)


if __name__ == "__main__":
    MRSortedValues.run()
