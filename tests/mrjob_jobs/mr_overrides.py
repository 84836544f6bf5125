# mypy: disable-error-code=misc
"""A job with its own loops over records."""

from mrjob.job import MRJob


class MROverrides(MRJob):
    def configure_args(self):
        super().configure_args()
        self.add_passthru_arg("--level", default="pairs", choices=["pairs", "run"])

    def mapper(self, _, line):
        for word in line.split():
            yield word, 1

    def combiner(self, word, counts):
        yield word, sum(counts)

    def reducer(self, word, counts):
        yield word, sum(counts)


class MRPairs(MROverrides):
    def map_pairs(self, pairs, step_num=0):
        for key, value in super().map_pairs(pairs, step_num):
            yield key.lower(), value

    def combine_pairs(self, pairs, step_num=0):
        yield "combined", 1
        yield from super().combine_pairs(pairs, step_num)

    def reduce_pairs(self, pairs, step_num=0):
        for key, value in super().reduce_pairs(pairs, step_num):
            if key != "combined":
                yield key.upper(), value


class MRRuns(MRPairs):
    def run_mapper(self, step_num=0):
        super().run_mapper(step_num)
        self.stdout.write(b'"extra"\t1\n')


if __name__ == "__main__":
    MRRuns.run()
