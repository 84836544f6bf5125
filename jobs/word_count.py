"""Count the words of texts."""

import re

from hadoopjobs import Job, Sum

WORD = re.compile(r"[\w']+")


class WordCount(Job):
    """Count how often each word occurs, in lower case."""

    aggregator = Sum()

    def mapper(self, _, line):
        for word in WORD.findall(line.lower()):
            yield word, 1


if __name__ == "__main__":
    WordCount.run()
