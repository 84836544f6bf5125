"""Rank the nodes of a graph by the links to them."""

from math import fsum
from zlib import crc32

import click

from hadoopjobs import Job, Step, option


class PageRank(Job):
    """Compute PageRank from edges `from<TAB>to`: node<TAB>rank. The ranks add up to 1.

    Each iteration is a step. Of a node's rank a share, --damping, goes on in equal parts to
    the nodes that it links to; a node without links gives that share to all nodes equally. The
    rest of all ranks is divided equally too. An edge that comes twice counts once; a line without
    a tab is a node; lines that begin with # are comments.

    Sums are exact whatever the order of their terms, so each runner gives the same digits. The
    links of one node must fit in memory; the nodes that link to it need not.
    """

    iterations = option(type=click.IntRange(1), default=10, help="how many steps to make")
    damping = option(type=click.FloatRange(0, 1), default=0.85, help="share that follows links")
    parts = option(type=click.IntRange(1), default=4, help="reduce tasks of each step")

    # Between steps travel pairs node, (rank, links). Ranks add up to the number of nodes, so that
    # they can start at 1 before anyone has counted the nodes. In a shuffle a float is a part of a
    # node's rank and a list its links; pairs whose key is an int p are the totals, which part p
    # needs before it sees its first node: numbers sort before text.

    def steps(self):
        iteration = {
            "mapper_init": self.start_totals,
            "mapper": self.spread,
            "mapper_final": self.send_totals,
            "partitioner": self.part_of,
            "partitions": self.parts,
        }
        return [
            Step(mapper=self.edges, reducer=self.nodes, partitions=self.parts),
            *[Step(**iteration, reducer=self.rank)] * (self.iterations - 1),
            Step(**iteration, reducer=self.final_rank),
        ]

    def edges(self, _, line):
        if line.strip() and not line.startswith("#"):
            node, *more = line.split("\t")
            yield node, None
            if more:
                yield node, more[0]
                yield more[0], None

    def nodes(self, node, links):
        yield node, (1.0, sorted(set(links) - {None}))

    def start_totals(self):
        self.node_count = 0
        self.dangling = []

    def spread(self, node, state):
        rank, links = state
        self.node_count += 1
        if not links:
            self.dangling.append(rank)
        yield node, links
        for link in links:
            yield link, rank / len(links)

    def send_totals(self):
        for part in range(self.parts if self.node_count else 0):
            yield part, (self.node_count, fsum(self.dangling))

    def part_of(self, key, parts):
        return key if isinstance(key, int) else crc32(key.encode("utf-8", "surrogatepass")) % parts

    def rank(self, key, values):
        if isinstance(key, int):
            self.take_totals(values)
        else:
            yield key, self.ranked(values)

    def final_rank(self, key, values):
        if isinstance(key, int):
            self.take_totals(values)
        else:
            yield key, self.ranked(values)[0] / self.total_nodes

    def take_totals(self, totals):
        """Note how many nodes there are, and what of the others' rank each node gets."""
        counts, dangling = zip(*totals)
        self.total_nodes = sum(counts)
        self.gift = 1 - self.damping + self.damping * fsum(dangling) / self.total_nodes

    def ranked(self, values):
        """The new (rank, links) of the node that got `values`."""
        links = []

        def received():
            for value in values:
                if isinstance(value, float):
                    yield value
                else:
                    links.extend(value)

        return self.gift + self.damping * fsum(received()), links


if __name__ == "__main__":
    PageRank.run()
