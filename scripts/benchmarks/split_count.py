"""Counts words as `counter_words.py` does, as a job."""

from hadoopjobs import Job, Sum


class SplitCount(Job):
    """Count the words between white space."""

    aggregator = Sum()

    def mapper(self, _, line):
        for word in line.split():
            yield word, 1


if __name__ == "__main__":
    SplitCount.run()
