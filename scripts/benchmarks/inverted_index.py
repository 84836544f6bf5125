"""An inverted index in which every posting crosses the shuffle: there is no combiner."""

from zlib import crc32

from hadoopjobs import Job


class InvertedIndex(Job):
    """For each word how many postings it has, and their exclusive or.

    The document of a posting is the CRC-32 of the line. The lists themselves are not written,
    so that the output is small and the shuffle is what counts.
    """

    def mapper(self, _, line):
        document = crc32(line.encode())
        for word in line.split():
            yield word, document

    def reducer(self, word, documents):
        count = digest = 0
        for document in documents:
            count += 1
            digest ^= document
        yield word, [count, digest]


if __name__ == "__main__":
    InvertedIndex.run()
