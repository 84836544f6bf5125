# mypy: disable-error-code=misc
"""Calls run() at its top, and defines two jobs."""

from mrjob.job import MRJob


class MRBase(MRJob):
    def mapper(self, _, line):
        yield len(line), 1


class MROther(MRBase):
    def reducer(self, key, values):
        yield key, "other"


class MRUnguarded(MRBase):
    def reducer(self, key, values):
        yield key, sum(values)


MRUnguarded.run()
