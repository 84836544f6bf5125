"""Three steps with enough work in each side that a worker can be killed in any of them."""

import hashlib

from hadoopjobs import Job, Step


def busy(word, turns):
    digest = word.encode()
    for _ in range(turns):
        digest = hashlib.sha256(digest).digest()
    return digest[0] % 7


class ThreeSteps(Job):
    JOBCONF = {"mapreduce.job.reduces": 3}

    def steps(self):
        return [
            Step(mapper=self.words, combiner=self.add, reducer=self.weigh),
            Step(mapper=self.by_count, reducer=self.members),
            Step(mapper=self.unpack, reducer=self.write),
        ]

    def words(self, _, line):
        for word in line.split():
            busy(word, 2)
            yield word, 1

    def add(self, word, counts):
        yield word, sum(counts)

    def weigh(self, word, counts):
        yield word, (sum(counts), busy(word, 150))

    def by_count(self, word, weighed):
        busy(word, 15)
        yield weighed[0] % 50, word

    def members(self, count, words):
        yield count, sorted(words)

    def unpack(self, count, words):
        for word in words:
            busy(word, 5)
            yield word, count

    def write(self, word, counts):
        busy(word, 60)
        yield word, sorted(counts)
