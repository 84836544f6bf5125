# mypy: disable-error-code=misc
"""Steps of commands: mapper, combiner and reducer, filters before them, and a shell."""

from mrjob.job import MRJob
from mrjob.protocol import RawProtocol
from mrjob.step import MRStep


class MRCommands(MRJob):
    INTERNAL_PROTOCOL = RawProtocol
    OUTPUT_PROTOCOL = RawProtocol

    def configure_args(self):
        super().configure_args()
        self.add_passthru_arg("--variant", default="counts")

    def steps(self):
        if self.options.variant == "counts":
            return [
                MRStep(
                    mapper_cmd="sed -e 's/[^a-zA-Z][^a-zA-Z]*/\\n/g'",
                    combiner_cmd="cat",
                    reducer_cmd="uniq -c",
                )
            ]
        if self.options.variant == "filters":
            return [
                MRStep(
                    mapper_pre_filter="grep -i the | cat",
                    mapper=self.to_words,
                    combiner_pre_filter="sort",
                    combiner=self.count,
                    reducer_pre_filter="grep -v '^o'",
                    reducer=self.count,
                ),
                MRStep(mapper_cmd=["sed", "s/^/x /"]),
            ]
        if self.options.variant == "nothing":
            return [MRStep(mapper_pre_filter="grep no-such-line", mapper=self.to_words)]
        return [MRStep(mapper_cmd=f"sh -c '{self.options.variant}'")]

    def to_words(self, _, line):
        self.increment_counter("job", "lines")
        for word in line.lower().split():
            yield word, "1"

    def count(self, word, counts):
        yield word, str(sum(map(int, counts)))


if __name__ == "__main__":
    MRCommands.run()
