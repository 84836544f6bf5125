# mypy: disable-error-code=misc
"""A mapper that goes on changing what it has yielded."""

from mrjob.job import MRJob


class MRReusedValues(MRJob):
    def mapper_init(self):
        self.seen = []
        self.count = {"n": 0}

    def mapper(self, _, line):
        self.seen.append(len(line))
        del self.seen[:-2]
        self.count["n"] += 1
        yield "seen", self.seen
        yield ["key", self.count["n"] % 2], self.count

    def reducer(self, key, values):
        yield key, sorted(values, key=repr)


if __name__ == "__main__":
    MRReusedValues.run()
