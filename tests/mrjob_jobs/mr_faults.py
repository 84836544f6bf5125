# mypy: disable-error-code=misc
"""Jobs that must fail, by --fault."""

from mrjob.job import MRJob


class MRFaults(MRJob):
    def configure_args(self):
        super().configure_args()
        self.add_passthru_arg("--fault", required=True)

    def mapper(self, _, line):
        if self.options.fault == "mapper":
            raise ValueError("no good line")
        if self.options.fault == "set":
            yield "key", {1, 2}
        elif self.options.fault == "triple":
            yield "key", 1, 2
        elif self.options.fault == "counter":
            self.increment_counter("a", "b", 1.5)
        elif self.options.fault == "exit":
            raise SystemExit(3)
        else:
            yield line, 1

    def reducer(self, key, values):
        if self.options.fault == "reducer":
            raise KeyError(key)
        if self.options.fault == "output":
            yield key, {"set": {1}}
        yield key, sum(values)


if __name__ == "__main__":
    MRFaults.run()
