# mypy: disable-error-code=misc
"""One whole file to each mapper."""

import os

from mrjob.job import MRJob


class MRRaw(MRJob):
    def mapper_init(self):
        yield "files", 1

    def mapper_raw(self, path, uri):
        with open(path, "rb") as file:
            data = file.read()
        yield "bytes", len(data)
        yield os.path.basename(uri), data.count(b"\n")

    def reducer(self, key, values):
        yield key, sum(values)


if __name__ == "__main__":
    MRRaw.run()
