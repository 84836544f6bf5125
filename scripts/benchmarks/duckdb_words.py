"""Counts the words of a text with DuckDB's own SQL on two threads; prints word, tab, count."""

import sys

import duckdb

# No line of the text has a tab in it, so each is read as one column.
QUERY = """
    COPY (
        SELECT word, count(*)
        FROM (
            SELECT unnest(string_split(line, ' ')) AS word
            FROM read_csv('{path}', columns = {{'line': 'VARCHAR'}}, delim = '\t',
                          header = false, quote = '', escape = '', auto_detect = false)
        )
        GROUP BY word
    )
    TO '/dev/stdout' (FORMAT csv, DELIMITER '\t', HEADER false, QUOTE '')
"""


def main() -> None:
    settings = {"threads": 2, "preserve_insertion_order": False}
    with duckdb.connect(config=settings) as connection:
        connection.execute(QUERY.format(path=sys.argv[1].replace("'", "''")))


if __name__ == "__main__":
    main()
