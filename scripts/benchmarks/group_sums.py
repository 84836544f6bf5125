"""A vectorised group-by: the sum of the values of each key.

Reads the files of `key_values.py`: Parquet with the columns key and value, or text.
"""

import pyarrow as pa
import pyarrow.compute as pc

from hadoopjobs import Job, Sum


class GroupSums(Job):
    """The sum of the values of each key."""

    aggregator = Sum()
    output_format = "text"

    def map_batches(self, batch):
        if "line" not in batch.schema.names:
            return batch.select(["key", "value"])
        fields = pc.split_pattern(batch["line"], "\t")
        values = pc.cast(pc.list_element(fields, 1), pa.int64())
        return pa.record_batch([pc.list_element(fields, 0), values], names=["key", "value"])


if __name__ == "__main__":
    GroupSums.run()
