"""Writes a directed graph, one edge a line (from, tab, to): the same bytes for the same arguments.

There are ten edges for each node. How often a node is an edge's end follows a power law; no edge
comes twice and none leads from a node to itself.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

EXPONENT = 0.8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--edges", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", default="-", help="a file; - is standard output")
    options = parser.parse_args()
    random = np.random.Generator(np.random.PCG64(options.seed))
    nodes = max(4, options.edges // 10)
    shares = np.cumsum(np.arange(1, nodes + 1, dtype=np.float64) ** -EXPONENT)
    shares /= shares[-1]
    sources_order, targets_order = random.permutation(nodes), random.permutation(nodes)
    codes = np.empty(0, np.int64)
    while len(codes) < options.edges:
        sources = sources_order[np.searchsorted(shares, random.random(options.edges))]
        targets = targets_order[np.searchsorted(shares, random.random(options.edges))]
        drawn = (sources * nodes + targets)[sources != targets]
        codes = np.unique(np.concatenate([codes, drawn]))
    codes = random.permutation(codes)[: options.edges]
    text = "".join(f"{code // nodes}\t{code % nodes}\n" for code in codes.tolist())
    if options.output == "-":
        sys.stdout.write(text)
    else:
        with open(options.output, "w", encoding="ascii") as out:
            out.write(text)


if __name__ == "__main__":
    main()
