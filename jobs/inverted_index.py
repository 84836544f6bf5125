"""For each word, the documents that it occurs in."""

import os
import re
from itertools import groupby, islice

import click

from hadoopjobs import Job, option

WORD = re.compile(r"[\w']+")
INPUT_FILE = "mapreduce_map_input_file"  # as Hadoop Streaming calls it


class InvertedIndex(Job):
    """List the documents of each word, in lower case: word<TAB>[document, document, ...].

    A line `document<TAB>text` belongs to the document that it names, as a verse to its
    reference; a line without a tab belongs to the file that it stands in. Documents come sorted
    and each once. The list of a frequent word goes on over several lines, so that no list is
    larger than memory.
    """

    SORT_VALUES = True

    list_length = option(type=click.IntRange(1), default=10_000, help="documents a line, at most")

    def mapper_init(self):
        self.file = os.path.basename(os.environ[INPUT_FILE])

    def mapper(self, _, line):
        name, tab, text = line.partition("\t")
        document, text = (name, text) if tab else (self.file, line)
        for word in set(WORD.findall(text.lower())):
            yield word, document

    def reducer(self, word, documents):
        different = (document for document, _ in groupby(documents))
        while some := list(islice(different, self.list_length)):
            yield word, some


if __name__ == "__main__":
    InvertedIndex.run()
