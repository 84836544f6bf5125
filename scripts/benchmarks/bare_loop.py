"""A job's own mapper in two processes with a dict behind it, and nothing else.

It has no splits, no spilling, no retries, no formats: what one would write by hand in an hour. It
is no lower bound, since something faster than a dict may count the words.

Prints word, tab, count, as JSON and in order, as the job itself does.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from multiprocessing import Pool

from mrjob.examples.mr_word_freq_count import MRWordFreqCount

PROCESSES = 2


def count_part(part: tuple[str, int]) -> dict[str, int]:
    """The counts of one half of the file."""
    path, number = part
    gc.disable()
    size = os.path.getsize(path)
    ends = [size * i // PROCESSES for i in range(PROCESSES + 1)]
    counts: dict[str, int] = {}
    mapper = MRWordFreqCount([]).mapper
    with open(path, "rb") as file:
        if number:
            file.seek(ends[number] - 1)
            file.readline()
        lines = file.read(ends[number + 1] - file.tell()) + file.readline()
    for line in lines.decode().split("\n"):
        for word, count in mapper(None, line):
            try:
                counts[word] += count
            except KeyError:
                counts[word] = count
    return counts


def main() -> None:
    with Pool(PROCESSES) as pool:
        first, *others = pool.map(count_part, [(sys.argv[1], i) for i in range(PROCESSES)])
    for other in others:
        for word, count in other.items():
            first[word] = first.get(word, 0) + count
    lines = [f"{json.dumps(word)}\t{first[word]}\n" for word in sorted(first)]
    sys.stdout.write("".join(lines))


if __name__ == "__main__":
    main()
