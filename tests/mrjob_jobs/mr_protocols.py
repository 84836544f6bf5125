# mypy: disable-error-code=misc
"""Any protocol of mrjob between the steps and for the output."""

from mrjob import protocol
from mrjob.job import MRJob
from mrjob.step import MRStep


class MRProtocols(MRJob):
    def configure_args(self):
        super().configure_args()
        self.add_passthru_arg("--internal", default="JSONProtocol")
        self.add_passthru_arg("--written", default="JSONProtocol")

    def internal_protocol(self):
        return getattr(protocol, self.options.internal)()

    def output_protocol(self):
        return getattr(protocol, self.options.written)()

    def _form(self, text):
        return text.encode() if self.options.internal.startswith("Bytes") else text

    def mapper(self, _, line):
        for word in line.split():
            yield self._form(word[:1]), self._form(word)

    def combiner(self, key, values):
        for value in sorted(set(values)):
            yield key, value

    def reducer(self, key, values):
        for value in sorted(set(values)):
            yield key, value

    def reducer_last(self, key, values):
        for value in sorted(set(values)):
            text = value.decode() if isinstance(value, bytes) else value
            if self.options.written.startswith("Bytes"):
                yield None, text.encode()
            else:
                yield text[:2], text

    def steps(self):
        return [
            MRStep(mapper=self.mapper, combiner=self.combiner, reducer=self.reducer),
            MRStep(reducer=self.reducer_last),
        ]


if __name__ == "__main__":
    MRProtocols.run()
