"""Join two tables of text on a column."""

import os
from fnmatch import fnmatch
from posixpath import normpath

import click

from hadoopjobs import Job, option

RIGHT, LEFT = 0, 1  # in the order in which the rows of a key must reach the reducer
INPUT_FILE = "mapreduce_map_input_file"  # as Hadoop Streaming calls it


class Join(Job):
    """Join two data sets: key<TAB>[columns of the left row, columns of the right row].

    The inputs are the files of both; --right tells which of them are the right side's. Each
    left row is paired with each right row of the same key; with `--kind left` a row that has
    no partner is kept, with null beside it. The key is left out of the columns. The right rows
    of one key must fit in memory, so the right side is the one in which keys are rare.

    The sides of a reduce-side join meet by secondary sort: rows are tagged with their side, and
    those of the right come first. Rows without a key column are counted and passed over.
    """

    SORT_VALUES = True

    right = option(required=True, help="file, folder or pattern of the right side's inputs")
    kind = option(type=click.Choice(["inner", "left"]), default="inner", help="left: outer join")
    left_key = option(type=click.IntRange(1), default=1, help="key column of the left side")
    right_key = option(type=click.IntRange(1), default=1, help="key column of the right side")
    separator = option(default="\t", show_default="a tab", help="what divides columns")

    def mapper_init(self):
        is_right = names_file(self.right, os.environ[INPUT_FILE])
        self.side = RIGHT if is_right else LEFT
        self.key_index = (self.right_key if is_right else self.left_key) - 1
        self.rows = 0

    def mapper(self, _, line):
        columns = line.split(self.separator)
        if self.key_index >= len(columns):
            self.increment_counter("join", "rows without a key")
            return
        self.rows += 1
        yield columns.pop(self.key_index), (self.side, columns)

    def mapper_final(self):
        self.increment_counter("join", f"{'left' if self.side else 'right'} rows", self.rows)

    def reducer(self, key, rows):
        right_rows = []
        for side, columns in rows:
            if side == RIGHT:
                right_rows.append(columns)
            elif right_rows:
                for right in right_rows:
                    yield key, [columns, right]
            elif self.kind == "left":
                yield key, [columns, None]


def names_file(pattern, uri):
    """Whether `pattern` names the file at `uri`, which is absolute, or a folder above it.

    >>> names_file("data/*.tsv", "/home/me/data/a.tsv"), names_file("me", "hdfs://h/me/part-0")
    (True, True)
    >>> names_file("a.tsv", "/home/me/data.tsv")
    False
    """
    wanted, path = (text if "://" in text else normpath(text) for text in (pattern, uri))
    while wanted.startswith("../"):
        wanted = wanted[3:]
    wanted = wanted.removeprefix("file://").rstrip("/")
    return any(fnmatch(path, start + wanted + end) for start in ("", "*/") for end in ("", "/*"))


if __name__ == "__main__":
    Join.run()
