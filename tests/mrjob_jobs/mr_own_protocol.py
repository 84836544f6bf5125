# mypy: disable-error-code=misc
"""Protocols of the job's own, one for each step, and a key that is not read as it was written."""

from mrjob.job import MRJob
from mrjob.protocol import JSONProtocol, RawValueProtocol
from mrjob.step import MRStep


class CommaProtocol:
    """`key,value`: no tab, so the whole line is what mrjob sorts by."""

    def read(self, line):
        key, value = line.decode().split(",", 1)
        return key.lower(), int(value)

    def write(self, key, value):
        return f"{key},{value}".encode()


class MROwnProtocol(MRJob):
    def pick_protocols(self, step_num, step_type):
        """Commas in the first step, JSON between the steps and within the second."""
        comma, json = CommaProtocol(), JSONProtocol()
        return {
            (0, "mapper"): (RawValueProtocol().read, comma.write),
            (0, "reducer"): (comma.read, json.write),
            (1, "mapper"): (json.read, json.write),
            (1, "reducer"): (json.read, comma.write),
        }[step_num, step_type]

    def mapper(self, _, line):
        for word in line.replace(",", " ").split():
            yield word, len(word)

    def reducer(self, key, values):
        yield len(key), sum(values)

    def steps(self):
        return [
            MRStep(mapper=self.mapper, reducer=self.reducer),
            MRStep(mapper=lambda key, value: [(key, value)], reducer=self.reducer_sum),
        ]

    def reducer_sum(self, key, values):
        yield key, sum(values)


if __name__ == "__main__":
    MROwnProtocol.run()
