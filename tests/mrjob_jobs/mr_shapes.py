# mypy: disable-error-code=misc
"""Steps of all shapes, chosen by --shape."""

from mrjob.job import MRJob
from mrjob.step import MRStep


class MRShapes(MRJob):
    def configure_args(self):
        super().configure_args()
        self.add_passthru_arg("--shape", default="reducer")

    def words(self, _, line):
        return [(word, 1) for word in line.split()]

    def nothing(self, *_):
        return None

    def total(self, key, values):
        yield key, sum(values)

    def lengths(self, key, values):
        yield len(key or ""), len(list(values))

    def lines(self, _, lines):
        for line in lines:
            yield len(line), 1

    def swap(self, key, value):
        yield value, key

    def listed(self, key, values):
        yield key, sorted(values, key=str)

    def begin(self):
        self.calls = 0
        yield "begin", 1

    def end(self):
        yield "end", 1

    def steps(self):
        return {
            "mapper": [MRStep(mapper=self.words)],
            "reducer": [MRStep(reducer=self.lines)],
            "two-reducers": [
                MRStep(mapper=self.words, reducer=self.total),
                MRStep(reducer=self.lengths),
            ],
            "two-mappers": [MRStep(mapper=self.words), MRStep(mapper=self.swap)],
            "mapper-then-reducer": [MRStep(mapper=self.words), MRStep(reducer=self.total)],
            "reducer-mapper-reducer": [
                MRStep(mapper=self.words, reducer=self.total),
                MRStep(mapper=self.swap, reducer=self.listed),
            ],
            "combiner-only": [MRStep(mapper=self.words, combiner=self.total)],
            "combiner-then-reducer": [
                MRStep(mapper=self.words, combiner=self.total),
                MRStep(reducer=self.total),
            ],
            "late-combiner": [
                MRStep(mapper=self.words, reducer=self.total),
                MRStep(combiner=self.total, reducer=self.total),
            ],
            "edges": [
                MRStep(
                    mapper_init=self.begin,
                    mapper=self.words,
                    mapper_final=self.end,
                    combiner_init=self.nothing,
                    combiner=self.total,
                    reducer_init=self.nothing,
                    reducer=self.total,
                )
            ],
            "init-only": [MRStep(mapper_init=self.begin, reducer=self.lengths)],
            "none": [MRStep(mapper=self.nothing, reducer=self.total)],
        }[self.options.shape]


if __name__ == "__main__":
    MRShapes.run()
