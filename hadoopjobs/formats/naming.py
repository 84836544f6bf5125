"""File names of outputs, and splits that are whole files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hadoopjobs.core.dataset import DatasetRef
from hadoopjobs.formats.base import Split
from hadoopjobs.formats.compression import codec_named, extension_of
from hadoopjobs.storage import resolve_inputs

_EXTENSIONS = {"parquet": ".parquet", "avro": ".avro", "orc": ".orc", "sequencefile": ""}


def output_extension(name: str, options: Mapping[str, Any]) -> str:
    """What stands behind `part-00000`: the codec's ending for text, the format's for others."""
    if name in _EXTENSIONS:
        return _EXTENSIONS[name]
    return extension_of(codec_named(options.get("compression")))


def whole_file_splits(dataset: DatasetRef) -> list[Split]:
    """One split for each file, whatever is in it."""
    return [
        Split(status.uri, 0, status.length, status.length, "file")
        for status in resolve_inputs(dataset.uris)
    ]
